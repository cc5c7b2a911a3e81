package io.forthwith.jdbc.internal.rows;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.NewJob;

/** Which jobs need nothing but a row with an id, a type, a queue, a priority and an input. The defaults of the columns are right for the rest. */
public final class PlainJobs {
    private PlainJobs() {}

    /** Whether a job that is added alone is such a job. */
    public static boolean isPlain(NewJob job) {
        return hasNoRelatives(job)
                && job.uniqueKey() == null
                && job.limits().isEmpty()
                && job.delay().isZero()
                && job.expiresAfter() == null
                && job.timeLimit() == null
                && job.maxAttempts() == null
                && job.userId() == null
                && job.projectId() == null
                && job.locale() == null
                && job.metadata().isEmpty()
                && job.traceContext() == null;
    }

    private static boolean hasNoRelatives(NewJob job) {
        return job.parentId() == null
                && job.isSealed()
                && !job.cancelsOtherChildren()
                && job.predecessors().isEmpty()
                && job.onChildFailure() == ChildFailurePolicy.FAIL_AT_ONCE;
    }
}
