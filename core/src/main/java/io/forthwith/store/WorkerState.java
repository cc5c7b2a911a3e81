package io.forthwith.store;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A registered worker, as it was when the store was asked. All times are those of the store's own clock. Immutable.
 *
 * @param info what it has registered
 * @param load what it has said with its last heartbeat; null if it does not say, as a worker of an older version of the library
 * @param startedAt when it registered
 * @param lastBeatAt when it last sent a heartbeat, or registered; null if it is not known of a worker of an older version of the library
 * @param leaseEndsAt when its lease ends unless it sends another heartbeat
 * @param isAlive whether its lease is good. Otherwise it has died, or cannot reach the store, and no other worker has taken over its jobs yet
 */
public record WorkerState(
        WorkerInfo info,
        @Nullable WorkerLoad load,
        Instant startedAt,
        @Nullable Instant lastBeatAt,
        Instant leaseEndsAt,
        boolean isAlive) {
    /** Checks that all is there. */
    public WorkerState {
        Objects.requireNonNull(info, "info");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(leaseEndsAt, "leaseEndsAt");
    }
}
