package io.forthwith.internal.job;

import io.forthwith.JobContext;
import io.forthwith.internal.AttemptWithUndos;

/** What the library needs of an attempt and a processor does not: all that stands behind its {@link JobContext}. */
public interface AttemptParts extends AttemptWithUndos {
    /** The jobs that it has spawned, and the policies for them. */
    JobsToSpawn jobsToSpawn();

    /** Lets a store complete the job in a transaction of the processor. */
    TransactionalCompletion completion();

    /**
     * What stands behind a context.
     *
     * @throws IllegalArgumentException if neither a worker nor {@code FakeJobContext} has made it
     */
    static AttemptParts of(JobContext context) {
        if (context instanceof AttemptParts parts) {
            return parts;
        }
        throw new IllegalArgumentException(
                "The context is a " + context.getClass().getName()
                        + ": give the one that a worker has passed to the processor, or a FakeJobContext");
    }
}
