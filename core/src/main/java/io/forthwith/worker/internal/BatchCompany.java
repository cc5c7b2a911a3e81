package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.attempt.BatchRules;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.loop.Ticker;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Fills batches: a claim asks for as many jobs as there are slots, and this claims company for those of them that run in batches, of their types
 * only. So a worker with one slot gets a hundred jobs of a batch, but never a hundred jobs of other types.
 *
 * <p>To find jobs of one type, a store may have to pass over many others. So after a claim that found too few, it pauses for a multiple of the
 * time that this claim took. Used by the thread of the claim loop only.
 */
final class BatchCompany {
    private static final int PAUSE_FACTOR = 20;

    private final WorkerSettings config;
    private final JobStore store;
    private final RegisteredProcessors processors;
    private final JobSlots slots;
    private final Ticker ticker;
    private final Map<BatchRules, Long> pausedUntil = new HashMap<>();

    BatchCompany(WorkerSettings config, JobStore store, RegisteredProcessors processors, JobSlots slots) {
        this.config = config;
        this.store = store;
        this.processors = processors;
        this.slots = slots;
        this.ticker = config.ticker();
    }

    /**
     * Claims company for the jobs that were just claimed, and adds it to them. Throws what the store throws; what was claimed before is added.
     *
     * @param most the most jobs to add
     */
    void join(List<Job> claimed, UUID workerId, int most) {
        Map<BatchRules, Integer> leading = new LinkedHashMap<>();
        for (Job job : claimed) {
            BatchRules rules = processors.batches(job);
            if (rules != null) {
                leading.merge(rules, 1, Integer::sum);
            }
        }
        int before = claimed.size();
        leading.forEach((rules, jobs) -> {
            int room = Math.min(slots.roomFor(rules, jobs), most - (claimed.size() - before));
            Long until = pausedUntil.get(rules);
            if (room > 0 && (until == null || ticker.nanos() - until >= 0)) {
                claimed.addAll(claim(rules, workerId, Math.min(room, ClaimRequest.MOST_JOBS)));
            }
        });
    }

    private List<Job> claim(BatchRules rules, UUID workerId, int limit) {
        long began = ticker.nanos();
        List<Job> found = store.claim(new ClaimRequest(
                workerId, config.queues(), limit, rules.types(), ClaimRequest.LOST_WORKERS_CAP, true, config.ageing()));
        if (found.size() < limit) {
            long now = ticker.nanos();
            pausedUntil.put(rules, now + PAUSE_FACTOR * (now - began));
        }
        return found;
    }
}
