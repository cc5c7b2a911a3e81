package io.forthwith.limit;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a key of a limit stands. Immutable. */
public final class LimitState {
    /** Where counting stops. */
    public static final int MOST = 1_000;

    private final LimitKey key;
    private final @Nullable Limit limit;
    private final boolean isOverridden;
    private final @Nullable Pause pause;
    private final List<UUID> running;
    private final int waiting;
    private final @Nullable Instant nextStart;
    private final @Nullable Instant restsUntil;
    private final @Nullable UUID first;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public LimitState(
            LibraryOnly by,
            LimitKey key,
            @Nullable Limit limit,
            boolean isOverridden,
            @Nullable Pause pause,
            List<UUID> running,
            int waiting,
            @Nullable Instant nextStart,
            @Nullable Instant restsUntil,
            @Nullable UUID first) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(key, "key");
        this.key = key;
        this.limit = limit;
        this.isOverridden = isOverridden;
        this.pause = pause;
        this.running = List.copyOf(running);
        this.waiting = waiting;
        this.nextStart = nextStart;
        this.restsUntil = restsUntil;
        this.first = first;
    }

    /** The key. */
    public LimitKey key() {
        return key;
    }

    /** What holds for it; null if its limit is not declared, and then none of its jobs starts. */
    public @Nullable Limit limit() {
        return limit;
    }

    /** Whether {@code limit} holds for this key only. */
    public boolean isOverridden() {
        return isOverridden;
    }

    /** Since when none of its jobs starts, by whom and why; null if it is not paused. */
    public @Nullable Pause pause() {
        return pause;
    }

    /** The jobs that run under it, by id, up to {@link #MOST}. */
    public List<UUID> running() {
        return running;
    }

    /** How many pending jobs wait for it, up to {@link #MOST}; a few that the next claims look at may be missing. */
    public int waiting() {
        return waiting;
    }

    /** When its rate, and its rest, let the next job start; null for now. */
    public @Nullable Instant nextStart() {
        return nextStart;
    }

    /** Until when none of its jobs starts because it was told to rest; null if it does not rest. */
    public @Nullable Instant restsUntil() {
        return restsUntil;
    }

    /**
     * The job that comes first in a sequence, of those that are pending, or processing, or have failed and block the others; null if there is none,
     * and for other keys.
     */
    public @Nullable UUID first() {
        return first;
    }

    /** Whether no further job can start now. */
    public boolean isFull() {
        Integer concurrency = limit == null ? Integer.valueOf(0) : limit.concurrency();
        return pause != null
                || nextStart != null
                || restsUntil != null
                || (concurrency != null && running.size() >= concurrency);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LimitState that
                && Objects.equals(key, that.key)
                && Objects.equals(limit, that.limit)
                && isOverridden == that.isOverridden
                && Objects.equals(pause, that.pause)
                && Objects.equals(running, that.running)
                && waiting == that.waiting
                && Objects.equals(nextStart, that.nextStart)
                && Objects.equals(restsUntil, that.restsUntil)
                && Objects.equals(first, that.first);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, limit, isOverridden, pause, running, waiting, nextStart, restsUntil, first);
    }

    @Override
    public String toString() {
        return "LimitState[key=" + key + ", limit=" + limit + ", isOverridden=" + isOverridden + ", pause=" + pause
                + ", running=" + running + ", waiting=" + waiting + ", nextStart=" + nextStart + ", restsUntil="
                + restsUntil + ", first=" + first + "]";
    }
}
