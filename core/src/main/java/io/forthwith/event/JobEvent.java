package io.forthwith.event;

import io.forthwith.Job;
import io.forthwith.JobError;
import java.time.Duration;

/**
 * Something that happened to a job in this worker. Every event but {@link Started} is sent after the store has confirmed
 * it. Immutable.
 */
public sealed interface JobEvent {
    /** The job as it was claimed; the event says what has changed since. */
    Job job();

    /** A processor is about to run it. */
    record Started(Job job) implements JobEvent {}

    /**
     * It completed.
     *
     * @param took how long the attempt took
     */
    record Completed(Job job, Duration took) implements JobEvent {}

    /**
     * Its own part is done, and it waits for the children it has spawned. What then becomes of it is decided with the last of them, by
     * whichever worker ends that, and no event tells of it.
     *
     * @param children how many it has spawned, its finisher included, without theirs
     */
    record Waiting(Job job, int children) implements JobEvent {}

    /**
     * It failed for good.
     *
     * @param error why
     * @param took how long the attempt took
     */
    record Failed(Job job, JobError error, Duration took) implements JobEvent {}

    /**
     * The attempt failed and the job will be tried again.
     *
     * @param error why
     * @param delay when, from now
     */
    record RetryScheduled(Job job, JobError error, Duration delay) implements JobEvent {}

    /**
     * It was not ready and comes back later.
     *
     * @param delay when, from now
     * @param reason what is missing
     */
    record Postponed(Job job, Duration delay, String reason) implements JobEvent {}

    /** It was cancelled while this worker held it. */
    record Cancelled(Job job) implements JobEvent {}

    /** It was given back unfinished, for another worker to run. */
    record GivenBack(Job job) implements JobEvent {}

    /**
     * What this worker wrote was refused, because the job had been taken over or had ended otherwise. Or it was written, the answer was
     * lost, and the job was claimed anew before this worker could ask: the rows are right then, and only this event is not.
     */
    record Refused(Job job) implements JobEvent {}
}
