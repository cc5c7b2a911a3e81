package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job that a worker runs at this moment. Immutable. */
public final class RunningJob {
    private final UUID id;
    private final String type;
    private final @Nullable UUID workerId;
    private final @Nullable Instant since;
    private final int lostWorkers;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public RunningJob(
            LibraryOnly by, UUID id, String type, @Nullable UUID workerId, @Nullable Instant since, int lostWorkers) {
        Objects.requireNonNull(by, "by");
        this.id = Objects.requireNonNull(id, "id");
        this.type = Objects.requireNonNull(type, "type");
        this.workerId = workerId;
        this.since = since;
        this.lostWorkers = lostWorkers;
    }

    /** Its id. */
    public UUID id() {
        return id;
    }

    /** The name of its type. */
    public String type() {
        return type;
    }

    /** The worker that holds it; null only if somebody has written the row by hand. */
    public @Nullable UUID workerId() {
        return workerId;
    }

    /** When it was claimed; null only if somebody has written the row by hand. */
    public @Nullable Instant since() {
        return since;
    }

    /** How many workers were lost while they ran it. */
    public int lostWorkers() {
        return lostWorkers;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RunningJob that
                && id.equals(that.id)
                && type.equals(that.type)
                && Objects.equals(workerId, that.workerId)
                && Objects.equals(since, that.since)
                && lostWorkers == that.lostWorkers;
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, type, workerId, since, lostWorkers);
    }

    @Override
    public String toString() {
        return "RunningJob[id=" + id + ", type=" + type + ", workerId=" + workerId + ", since=" + since
                + ", lostWorkers=" + lostWorkers + "]";
    }
}
