package io.forthwith.memory;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.ParentRule;
import java.lang.reflect.Field;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A bug to be planted: parents are closed by a counter of the completions that children were told to have, also those told twice, instead
 * of by a look at the children. In the package of the store whose rows it changes.
 */
public final class CountingParents {
    private final InMemoryJobStore store;
    private final Supplier<Instant> now;
    private final Map<UUID, Integer> counters = new HashMap<>();

    /** Of this store, on its clock. */
    public CountingParents(InMemoryJobStore store, Supplier<Instant> now) {
        this.store = store;
        this.now = now;
    }

    /** A settlement was answered. */
    public void answered(Settlement settlement, Settled answer) {
        Job child = store.find(settlement.claim().jobId()).orElse(null);
        boolean isTold = answer == Settled.APPLIED || answer == Settled.ALREADY_APPLIED;
        if (child == null || child.parentId() == null || !isTold || !(settlement instanceof Settlement.Complete)) {
            return;
        }
        UUID parentId = child.parentId();
        int count = counters.merge(parentId, 1, Integer::sum);
        Job parent = store.find(parentId).orElseThrow();
        if (parent.status() == JobStatus.WAITING
                && count >= store.children(parentId, 0, 1_000).size()) {
            ParentRule.Verdict closed = new ParentRule.Verdict(JobStatus.COMPLETED, 100, null, false);
            rows().put(new JobMoves(now.get()).settleParent(parent, closed, null));
        }
    }

    private InMemoryRows rows() {
        try {
            Field rows = InMemoryJobStore.class.getDeclaredField("jobs");
            rows.setAccessible(true);
            return (InMemoryRows) Objects.requireNonNull(rows.get(store));
        } catch (ReflectiveOperationException renamed) {
            throw new LinkageError(renamed.getMessage(), renamed);
        }
    }
}
