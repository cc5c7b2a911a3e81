package io.forthwith.limit;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a key of a limit stands. Immutable.
 *
 * @param key the key
 * @param limit what holds for it; null if its limit is not declared, and then none of its jobs starts
 * @param isOverridden whether {@code limit} holds for this key only
 * @param pause since when none of its jobs starts, by whom and why; null if it is not paused
 * @param running the jobs that run under it, by id, up to {@link #MOST}
 * @param waiting how many pending jobs wait for it, up to {@link #MOST}; a few that the next claims look at may be missing
 * @param nextStart when its rate, and its rest, let the next job start; null for now
 * @param restsUntil until when none of its jobs starts because it was told to {@linkplain LimitStore#rest rest}; null if it does not rest
 * @param first the job that comes first in a sequence, of those that are pending, or processing, or have failed and block the others; null if there is none, and
 *     for other keys
 */
public record LimitState(
        LimitKey key,
        @Nullable Limit limit,
        boolean isOverridden,
        @Nullable LimitPause pause,
        List<UUID> running,
        int waiting,
        @Nullable Instant nextStart,
        @Nullable Instant restsUntil,
        @Nullable UUID first) {
    /** Where counting stops. */
    public static final int MOST = 1_000;

    /** Copies. */
    public LimitState {
        Objects.requireNonNull(key, "key");
        running = List.copyOf(running);
    }

    /** Whether no further job can start now. */
    public boolean isFull() {
        Integer concurrency = limit == null ? Integer.valueOf(0) : limit.concurrency();
        return pause != null
                || nextStart != null
                || restsUntil != null
                || (concurrency != null && running.size() >= concurrency);
    }
}
