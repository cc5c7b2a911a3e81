package io.forthwith.worker.internal;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What this worker knows of its own lease, on its own steady clock. Times count from before a beat was sent, so that the
 * worker never believes in its lease longer than the store does. Written by the lease loop, read by all.
 */
public final class OwnLease {
    private final long lengthNanos;
    private volatile State state = new State(null, 0, 0);

    OwnLease(Duration length) {
        this.lengthNanos = length.toNanos();
    }

    /** The id of the current registration; null while there is none. */
    @Nullable
    public UUID workerId() {
        return state.workerId;
    }

    /** Whether the store still holds this worker's lease to be good, for all the worker knows. */
    public boolean isGood(long nowNanos) {
        State now = state;
        return now.workerId != null && now.renewedAt + lengthNanos - nowNanos > 0;
    }

    /**
     * Whether all beats were good for one whole lease without a gap. Only then may the worker take over from others: after
     * an outage everybody's lease has lapsed, and the first one back must not bury the rest.
     */
    boolean isProven(long nowNanos) {
        return isGood(nowNanos) && nowNanos - state.goodSince >= lengthNanos;
    }

    void registered(UUID workerId, long sentAtNanos) {
        state = new State(workerId, sentAtNanos, sentAtNanos);
    }

    void renewed(long sentAtNanos) {
        State before = state;
        boolean gap = sentAtNanos - before.renewedAt >= lengthNanos;
        state = new State(before.workerId, sentAtNanos, gap ? sentAtNanos : before.goodSince);
    }

    /** A beat failed: whatever was proven is no longer. */
    void doubted(long nowNanos) {
        State before = state;
        state = new State(before.workerId, before.renewedAt, nowNanos);
    }

    void lost() {
        state = new State(null, 0, 0);
    }

    private record State(@Nullable UUID workerId, long renewedAt, long goodSince) {}
}
