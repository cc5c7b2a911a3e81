package io.forthwith.event;

import io.forthwith.Job;
import io.forthwith.JobError;
import java.time.Duration;
import java.util.UUID;

/**
 * Something that happened to a job in this worker. Every event except {@link Started} is sent after the store has
 * confirmed it. Immutable.
 */
public sealed interface JobEvent {
    /** The job as it was when it was claimed; the event says what has changed. */
    Job job();

    /**
     * The processor is about to run the job.
     *
     * @param first the first job of the same call, which takes one slot of the worker; the job itself unless it runs in a batch
     */
    record Started(Job job, UUID first) implements JobEvent {
        /** A job that does not run in a batch. */
        public Started(Job job) {
            this(job, job.id());
        }
    }

    /**
     * The job completed.
     *
     * @param took how long the attempt took
     */
    record Completed(Job job, Duration took) implements JobEvent {}

    /**
     * The processor has returned, and the job waits for the children that it has spawned. There is no event for its
     * end: the worker that ends its last child also ends the job.
     *
     * @param children how many children it has spawned, with its finisher, but without descendants of its children
     * @param took how long the attempt took
     */
    record Waiting(Job job, int children, Duration took) implements JobEvent {}

    /**
     * The job failed and will not be retried.
     *
     * @param error why it failed
     * @param took how long the attempt took
     */
    record Failed(Job job, JobError error, Duration took) implements JobEvent {}

    /**
     * The attempt failed, and the job will be tried again.
     *
     * @param error why it failed
     * @param delay how long from now
     * @param took how long the attempt took
     */
    record RetryScheduled(Job job, JobError error, Duration delay, Duration took) implements JobEvent {}

    /**
     * The job was not ready and was postponed.
     *
     * @param delay how long from now
     * @param reason what is missing
     * @param took how long the attempt took
     */
    record Postponed(Job job, Duration delay, String reason, Duration took) implements JobEvent {}

    /**
     * The job was cancelled while this worker held it.
     *
     * @param took how long the attempt took; zero if it has not begun
     */
    record Cancelled(Job job, Duration took) implements JobEvent {}

    /**
     * The job was given back unfinished, so that another worker can run it. The attempt does not count.
     *
     * @param took how long the attempt took; zero if it has not begun
     */
    record GivenBack(Job job, Duration took) implements JobEvent {}

    /**
     * The store refused the outcome of this attempt, because the job had been taken over or had ended in another way.
     * There is one case in which the outcome was written all the same: its answer was lost, and the job was claimed
     * again before this worker repeated the call. Then the rows are right, and only this event is wrong.
     *
     * @param took how long the attempt took; zero if it has not begun
     */
    record Refused(Job job, Duration took) implements JobEvent {}
}
