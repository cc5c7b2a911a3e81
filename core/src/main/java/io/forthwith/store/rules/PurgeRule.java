package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Retention;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs a purge deletes. A job may go when it {@linkplain #endedUntil ended long enough ago}, its parent and all jobs that come after
 * it {@linkplain #isDone are done}, and no {@linkplain StepRule#isUndoOpen undo job} has steps of it left to undo. So a family that can
 * still be retried stays complete. Pure functions.
 */
public final class PurgeRule {
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private PurgeRule() {}

    /**
     * The latest end of the jobs that may go now.
     *
     * @param status the status in which they ended
     */
    public static Instant endedUntil(JobStatus status, Retention retention, Instant now) {
        Duration kept = status == JobStatus.FAILED ? retention.failed() : retention.completed();
        return now.minus(kept.compareTo(FOREVER) > 0 ? FOREVER : kept);
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
