package io.forthwith;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A durable step that a job has begun, as the store keeps it. Immutable.
 *
 * @param jobId the job
 * @param claim the number of the claim under which it first began
 * @param name the name of the {@link Step}
 * @param part the name of the part, if the step runs in several parts; otherwise empty
 * @param position its position in the order in which the steps of the job began, counted from 1
 * @param hasUndo whether it is undone if the job fails or is cancelled
 * @param result the result as JSON; null if there is none, or not yet
 * @param startedAt when its beginning was stored, before its action ran
 * @param finishedAt when its result was stored; null while its action may be running, and if the outcome is unknown
 * @param undoJobId the job that undoes it or has undone it; null if no job does
 * @param undoneAt when it was undone; null if it was not
 */
public record JobStep(
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
    /** Refuses null where it is not allowed. */
    public JobStep {
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(startedAt, "startedAt");
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
}
