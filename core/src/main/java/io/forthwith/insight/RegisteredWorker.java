package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A registered worker, as it was when the store was asked. All times are those of the store's own clock. Immutable. */
public final class RegisteredWorker {
    private final WorkerInfo info;
    private final @Nullable WorkerLoad load;
    private final Instant startedAt;
    private final @Nullable Instant lastBeatAt;
    private final Instant leaseEndsAt;
    private final boolean isAlive;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public RegisteredWorker(
            LibraryOnly by,
            WorkerInfo info,
            @Nullable WorkerLoad load,
            Instant startedAt,
            @Nullable Instant lastBeatAt,
            Instant leaseEndsAt,
            boolean isAlive) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(info, "info");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(leaseEndsAt, "leaseEndsAt");
        this.info = info;
        this.load = load;
        this.startedAt = startedAt;
        this.lastBeatAt = lastBeatAt;
        this.leaseEndsAt = leaseEndsAt;
        this.isAlive = isAlive;
    }

    /** What it has registered. */
    public WorkerInfo info() {
        return info;
    }

    /** What it has said with its last heartbeat; null if it does not say, as a worker of an older version of the library. */
    public @Nullable WorkerLoad load() {
        return load;
    }

    /** When it registered. */
    public Instant startedAt() {
        return startedAt;
    }

    /** When it last sent a heartbeat, or registered; null if it is not known of a worker of an older version of the library. */
    public @Nullable Instant lastBeatAt() {
        return lastBeatAt;
    }

    /** When its lease ends unless it sends another heartbeat. */
    public Instant leaseEndsAt() {
        return leaseEndsAt;
    }

    /** Whether its lease is good. Otherwise it has died, or cannot reach the store, and no other worker has taken over its jobs yet. */
    public boolean isAlive() {
        return isAlive;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RegisteredWorker that
                && Objects.equals(info, that.info)
                && Objects.equals(load, that.load)
                && Objects.equals(startedAt, that.startedAt)
                && Objects.equals(lastBeatAt, that.lastBeatAt)
                && Objects.equals(leaseEndsAt, that.leaseEndsAt)
                && isAlive == that.isAlive;
    }

    @Override
    public int hashCode() {
        return Objects.hash(info, load, startedAt, lastBeatAt, leaseEndsAt, isAlive);
    }

    @Override
    public String toString() {
        return "RegisteredWorker[info=" + info + ", load=" + load + ", startedAt=" + startedAt + ", lastBeatAt="
                + lastBeatAt + ", leaseEndsAt=" + leaseEndsAt + ", isAlive=" + isAlive + "]";
    }
}
