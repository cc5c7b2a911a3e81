package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.Retention;
import io.forthwith.limit.SequenceFailurePolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs a purge deletes. A job may go when it {@linkplain #isOld ended long enough ago}, its parent and all jobs that come after
 * it {@linkplain #isDone are done}, no {@linkplain StepRule#isUndoOpen undo job} has steps of it left to undo, and
 * it does not {@linkplain #blocksSequence block a sequence}. So a family that can
 * still be retried stays complete. Pure functions.
 */
public final class PurgeRule {
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private PurgeRule() {}

    /**
     * The latest end of the jobs that may go now, of whatever type.
     *
     * @param status the status in which they ended
     */
    public static Instant endedUntil(JobStatus status, Retention retention, Instant now) {
        return now.minus(shortest(status, retention));
    }

    /** The shortest time for which jobs that ended in this status are kept: no job that ended later may go. */
    public static Duration shortest(JobStatus status, Retention retention) {
        Duration shortest = kept(status, retention);
        for (Retention ofType : retention.types().values()) {
            Duration kept = kept(status, ofType);
            shortest = kept.compareTo(shortest) < 0 ? kept : shortest;
        }
        return shortest;
    }

    /** Whether an ended job is older than jobs of its type are kept. */
    public static boolean isOld(Job job, Retention retention, Instant now) {
        Instant until = now.minus(kept(job.status(), retention.of(job.type())));
        return job.completedAt() != null && !job.completedAt().isAfter(until);
    }

    /** How long jobs that ended in this status are kept, at most 100 years. */
    public static Duration kept(JobStatus status, Retention retention) {
        Duration kept = status == JobStatus.FAILED ? retention.failed() : retention.completed();
        return kept.compareTo(FOREVER) > 0 ? FOREVER : kept;
    }

    /** Whether a job has failed and holds up the jobs behind it in its sequence. Without it they would run. */
    public static boolean blocksSequence(Job job) {
        return job.status() == JobStatus.FAILED
                && job.sequence() != null
                && job.sequence().onFailure() == SequenceFailurePolicy.BLOCK;
    }

    /**
     * Whether a job never needs its children and predecessors again, not even for a retry.
     *
     * @param job a parent, or a job that comes after others, as it is stored; null if there is none
     */
    public static boolean isDone(@Nullable Job job) {
        return job == null || job.status() == JobStatus.COMPLETED;
    }
}
