package io.forthwith;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A durable step of a job, as it stands in the store. Immutable.
 *
 * @param jobId the job
 * @param claim the claim under which it was first begun
 * @param name the name of the {@link Step}
 * @param part which one of several runs of that step; empty if there is but one
 * @param position the order in which the steps of a job were begun, counted from 1
 * @param hasUndo whether it is to be undone if the job fails or is cancelled
 * @param result the result as JSON; null if there is none, or none yet
 * @param startedAt when it was noted down, before the action
 * @param finishedAt when its result was stored; null as long as the action may be under way, or its outcome is not known
 * @param undoJobId the job that undoes it, or did; null as long as it stands
 * @param undoneAt when it was undone
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
    /** Checks for null. */
    public JobStep {
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(startedAt, "startedAt");
    }

    /**
     * The idempotency key its action and its undo are given. It holds the time at which the step was begun, so that it is new even if
     * a job's id is used again after the job was purged.
     */
    public String key() {
        // ChronoUnit.MICROS.between throws for what a stranger may have written: it counts nanoseconds on its way.
        long begun = startedAt.getEpochSecond() * 1_000_000 + startedAt.getNano() / 1_000;
        String key = jobId + "~" + claim + "~" + Long.toString(begun, Character.MAX_RADIX) + "~" + name;
        return part.isEmpty() ? key : key + "~" + part;
    }

    /** Whether its result is stored. */
    public boolean isFinished() {
        return finishedAt != null;
    }

    /** Whether it counts for its job: it was not handed to an undo job. */
    public boolean stands() {
        return undoJobId == null;
    }

    /** Without the result, which may hold secrets. */
    @Override
    public String toString() {
        String state =
                undoneAt != null ? "undone" : undoJobId != null ? "to be undone" : isFinished() ? "finished" : "begun";
        return "JobStep " + key() + " (" + state + ")";
    }
}
