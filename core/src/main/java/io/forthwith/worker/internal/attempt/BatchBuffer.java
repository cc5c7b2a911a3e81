package io.forthwith.worker.internal.attempt;

import io.forthwith.store.ClaimRequest;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Claimed jobs that wait to run together. Those of one type become a batch when a slot is free and they are ripe: when they fill a batch, or the
 * oldest has lingered for long enough. Not thread-safe: the slots guard it.
 */
public final class BatchBuffer {
    private final RegisteredProcessors processors;
    private final Consumer<RunningBatch> runner;
    private final Ticker ticker;
    private final Map<BatchRules, Gathering> gatherings = new LinkedHashMap<>();
    private boolean lingers = true;

    /**
     * @param runner runs a batch from its start to the settlement of each job
     */
    public BatchBuffer(RegisteredProcessors processors, Consumer<RunningBatch> runner, Ticker ticker) {
        this.processors = processors;
        this.runner = runner;
        this.ticker = ticker;
    }

    /** Runs a batch on the current thread. */
    public void run(RunningBatch batch) {
        runner.accept(batch);
    }

    /** Adds a job; false if its type does not run in batches. */
    public boolean add(RunningJob run) {
        BatchRules rules = processors.batches(run.job());
        if (rules == null) {
            return false;
        }
        // At its last try it may be the job that kills the process: it must not take others along again.
        boolean isSuspect = run.job().lostWorkers() >= ClaimRequest.LOST_WORKERS_CAP - 1;
        BatchRules own = isSuspect ? new BatchRules(rules.type(), 1, Duration.ZERO, rules.call()) : rules;
        gatherings.computeIfAbsent(own, Gathering::new).jobs.add(run);
        return true;
    }

    /** From now on, no job waits for others. */
    public void lingerNoMore() {
        lingers = false;
    }

    /** How many jobs wait. */
    public int size() {
        return gatherings.values().stream().mapToInt(each -> each.jobs.size()).sum();
    }

    /** How many calls they make, ripe or not. */
    public int calls() {
        return gatherings.values().stream()
                .mapToInt(each -> each.rules.calls(each.jobs.size()))
                .sum();
    }

    /** How many calls are ripe, or a few more. */
    public int ripeCalls() {
        long now = ticker.nanos();
        int calls = 0;
        for (Gathering each : gatherings.values()) {
            each.look(now);
            calls += each.isRipe ? each.rules.calls(each.jobs.size()) : 0;
        }
        return calls;
    }

    /** How many more jobs fit into the calls of the jobs that wait, and into as many calls as {@code more} jobs could make by themselves. */
    public int roomFor(BatchRules rules, int more) {
        Gathering gathering = gatherings.get(rules);
        int waiting = gathering == null ? 0 : gathering.jobs.size();
        return (rules.calls(waiting) + more) * rules.maxJobs() - waiting - more;
    }

    /** Removes and returns the ripe batch whose oldest job was claimed first; null if none is ripe, or {@code other} was claimed before it. */
    public @Nullable RunningBatch takeBefore(@Nullable RunningJob other) {
        long now = ticker.nanos();
        Gathering first = null;
        RunningJob oldest = other;
        for (Gathering each : gatherings.values()) {
            each.look(now);
            RunningJob head = each.jobs.peek();
            if (head != null && each.isRipe && (oldest == null || head.claimedNanos() - oldest.claimedNanos() < 0)) {
                oldest = head;
                first = each;
            }
        }
        return first == null ? null : first.take(now);
    }

    public boolean remove(RunningJob run) {
        boolean isRemoved = false;
        for (Gathering each : gatherings.values()) {
            isRemoved |= each.jobs.remove(run);
        }
        return isRemoved;
    }

    public List<RunningJob> removeAll() {
        List<RunningJob> all =
                gatherings.values().stream().flatMap(each -> each.jobs.stream()).toList();
        gatherings.clear();
        return all;
    }

    /** Removes and returns the jobs that have been ripe, without a slot, since before that time. */
    public List<RunningJob> takeRipeBefore(long nanos) {
        List<RunningJob> stale = new ArrayList<>();
        for (Gathering each : gatherings.values()) {
            RunningJob oldest = each.jobs.peek();
            while (oldest != null && each.isRipe && each.ripeNanos(oldest) - nanos < 0) {
                stale.add(each.jobs.remove());
                oldest = each.jobs.peek();
            }
        }
        return stale;
    }

    /** How long until jobs become ripe, or have been ripe for {@code patienceNanos}. */
    public Duration untilNext(long nowNanos, long patienceNanos) {
        Duration soonest = LoopRound.UNTIL_WOKEN;
        for (Gathering each : gatherings.values()) {
            RunningJob oldest = each.jobs.peek();
            if (oldest != null) {
                long due = each.isRipe ? each.ripeNanos(oldest) + patienceNanos + 1 : each.lingeredNanos(oldest);
                Duration until = Duration.ofNanos(Math.max(0, due - nowNanos));
                soonest = until.compareTo(soonest) < 0 ? until : soonest;
            }
        }
        return soonest;
    }

    /** The waiting jobs of one type, in the order in which they were claimed. */
    private final class Gathering {
        private final BatchRules rules;
        private final Deque<RunningJob> jobs = new ArrayDeque<>();
        private boolean isRipe;
        private long ripeSinceNanos;

        Gathering(BatchRules rules) {
            this.rules = rules;
        }

        /** Sees whether the jobs are ripe. They count as ripe from then on, since no slot could take them before. */
        void look(long now) {
            RunningJob oldest = jobs.peek();
            boolean isRipeNow = oldest != null && (jobs.size() >= rules.maxJobs() || lingeredNanos(oldest) - now <= 0);
            if (isRipeNow && !isRipe) {
                ripeSinceNanos = now;
            }
            isRipe = isRipeNow;
        }

        RunningBatch take(long now) {
            List<RunningJob> taken = new ArrayList<>();
            for (RunningJob next = jobs.poll();
                    next != null;
                    next = taken.size() < rules.maxJobs() ? jobs.poll() : null) {
                taken.add(next);
            }
            look(now);
            return new RunningBatch(rules, taken);
        }

        /** When this job has lingered. */
        long lingeredNanos(RunningJob run) {
            return run.claimedNanos() + (lingers ? rules.linger().toNanos() : 0);
        }

        /** Since when this job could have run. */
        long ripeNanos(RunningJob run) {
            long lingered = lingeredNanos(run);
            return lingered - ripeSinceNanos > 0 ? lingered : ripeSinceNanos;
        }
    }
}
