package io.forthwith;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A durable step that a job has begun, as the store keeps it. Immutable. */
public final class JobStep {
    private final UUID jobId;
    private final long claim;
    private final String name;
    private final String part;
    private final int position;
    private final boolean hasUndo;
    private final @Nullable String result;
    private final Instant startedAt;
    private final @Nullable Instant finishedAt;
    private final @Nullable UUID undoJobId;
    private final @Nullable Instant undoneAt;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobStep(
            LibraryOnly by,
            UUID jobId,
            long claim,
            String name,
            String part,
            int position,
            boolean hasUndo,
            @Nullable String result,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable UUID undoJobId,
            @Nullable Instant undoneAt) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(startedAt, "startedAt");
        this.jobId = jobId;
        this.claim = claim;
        this.name = name;
        this.part = part;
        this.position = position;
        this.hasUndo = hasUndo;
        this.result = result;
        this.startedAt = startedAt;
        this.finishedAt = finishedAt;
        this.undoJobId = undoJobId;
        this.undoneAt = undoneAt;
    }

    /** The job. */
    public UUID jobId() {
        return jobId;
    }

    /** The number of the claim under which it first began. */
    public long claim() {
        return claim;
    }

    /** The name of the {@link Step}. */
    public String name() {
        return name;
    }

    /** The name of the part, if the step runs in several parts; otherwise empty. */
    public String part() {
        return part;
    }

    /** Its position in the order in which the steps of the job began, counted from 1. */
    public int position() {
        return position;
    }

    /** Whether it is undone if the job fails or is cancelled. */
    public boolean hasUndo() {
        return hasUndo;
    }

    /** The result as JSON; null if there is none, or not yet. */
    public @Nullable String result() {
        return result;
    }

    /** When its beginning was stored, before its action ran. */
    public Instant startedAt() {
        return startedAt;
    }

    /** When its result was stored; null while its action may be running, and if the outcome is unknown. */
    public @Nullable Instant finishedAt() {
        return finishedAt;
    }

    /** The job that undoes it or has undone it; null if no job does. */
    public @Nullable UUID undoJobId() {
        return undoJobId;
    }

    /** When it was undone; null if it was not. */
    public @Nullable Instant undoneAt() {
        return undoneAt;
    }

    /**
     * The idempotency key for its action and its undo, at most 255 characters. It includes the time at which the step
     * began. So it is new even if the id of a purged job is used again.
     */
    public String key() {
        // ChronoUnit.MICROS.between would overflow for extreme times, which plain SQL can store: it counts in
        // nanoseconds.
        long begun = startedAt.getEpochSecond() * 1_000_000 + startedAt.getNano() / 1_000;
        String key = jobId + "~" + claim + "~" + Long.toString(begun, Character.MAX_RADIX) + "~" + name;
        return part.isEmpty() ? key : key + "~" + part;
    }

    /** Whether its action has returned and its result is stored. */
    public boolean isFinished() {
        return finishedAt != null;
    }

    /** Whether it still counts for its job: no undo job has taken it. */
    public boolean stands() {
        return undoJobId == null;
    }

    /** Key and state. The result is left out, because it may hold secrets. */
    @Override
    public String toString() {
        String state =
                undoneAt != null ? "undone" : undoJobId != null ? "to be undone" : isFinished() ? "finished" : "begun";
        return "JobStep " + key() + " (" + state + ")";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobStep that
                && Objects.equals(jobId, that.jobId)
                && claim == that.claim
                && Objects.equals(name, that.name)
                && Objects.equals(part, that.part)
                && position == that.position
                && hasUndo == that.hasUndo
                && Objects.equals(result, that.result)
                && Objects.equals(startedAt, that.startedAt)
                && Objects.equals(finishedAt, that.finishedAt)
                && Objects.equals(undoJobId, that.undoJobId)
                && Objects.equals(undoneAt, that.undoneAt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                jobId, claim, name, part, position, hasUndo, result, startedAt, finishedAt, undoJobId, undoneAt);
    }
}
