package io.forthwith.worker.internal;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The lease of this worker, as the worker knows it, on its own steady clock. A renewal counts from before its heartbeat
 * was sent, so that the lease never ends later here than in the store. The lease loop writes it; all threads read it.
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

    /** Whether the lease is still good in the store, as far as the worker knows. */
    public boolean isGood(long nowNanos) {
        State now = state;
        return now.workerId != null && now.renewedAt + lengthNanos - nowNanos > 0;
    }

    /** How long the lease of a registration lasts unless it is renewed; zero if it has run out, or is not the current one. */
    public Duration left(UUID id, long nowNanos) {
        State now = state;
        long left = id.equals(now.workerId) ? now.renewedAt + lengthNanos - nowNanos : 0;
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /**
     * Whether all heartbeats of one whole lease have succeeded, without a gap. Only then does the lapsed lease of
     * another worker mean that it is dead: after an outage all leases have lapsed, and the first worker that is back
     * must not take over the jobs of those that come back a moment later.
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

    /** A heartbeat failed: the lease is good only after the next successful one. */
    void doubted(long nowNanos) {
        State before = state;
        state = new State(before.workerId, before.renewedAt, nowNanos);
    }

    void lost() {
        state = new State(null, 0, 0);
    }

    private record State(@Nullable UUID workerId, long renewedAt, long goodSince) {}
}
