package io.forthwith.event;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.internal.LibraryOnly;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a job in this worker. Every event except {@link Started} is sent after the store has
 * confirmed it. Immutable.
 */
public interface JobEvent {
    /** The job as it was when it was claimed; the event says what has changed. */
    Job job();

    /** The processor is about to run the job. */
    final class Started implements JobEvent {
        private final Job job;
        private final UUID first;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Started(LibraryOnly by, Job job, UUID first) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.first = first;
        }

        @Override
        public Job job() {
            return job;
        }

        /** The first job of the same call, which takes one slot of the worker; the job itself unless it runs in a batch. */
        public UUID first() {
            return first;
        }

        /** A job that does not run in a batch. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Started(LibraryOnly by, Job job) {
            this(by, job, job.id());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Started that && Objects.equals(job, that.job) && Objects.equals(first, that.first);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, first);
        }

        @Override
        public String toString() {
            return "Started[job=" + job + ", first=" + first + "]";
        }
    }

    /** The job completed. */
    final class Completed implements JobEvent {
        private final Job job;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Completed(LibraryOnly by, Job job, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How long the attempt took. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Completed that && Objects.equals(job, that.job) && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, took);
        }

        @Override
        public String toString() {
            return "Completed[job=" + job + ", took=" + took + "]";
        }
    }

    /**
     * The processor has returned, and the job waits for the children that it has spawned. There is no event for its
     * end: the worker that ends its last child also ends the job.
     */
    final class Waiting implements JobEvent {
        private final Job job;
        private final int children;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Waiting(LibraryOnly by, Job job, int children, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.children = children;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How many children it has spawned, with its finisher, but without descendants of its children. */
        public int children() {
            return children;
        }

        /** How long the attempt took. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Waiting that
                    && Objects.equals(job, that.job)
                    && children == that.children
                    && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, children, took);
        }

        @Override
        public String toString() {
            return "Waiting[job=" + job + ", children=" + children + ", took=" + took + "]";
        }
    }

    /** The job failed and will not be retried. */
    final class Failed implements JobEvent {
        private final Job job;
        private final JobError error;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Failed(LibraryOnly by, Job job, JobError error, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.error = error;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** Why it failed. */
        public JobError error() {
            return error;
        }

        /** How long the attempt took. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Failed that
                    && Objects.equals(job, that.job)
                    && Objects.equals(error, that.error)
                    && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, error, took);
        }

        @Override
        public String toString() {
            return "Failed[job=" + job + ", error=" + error + ", took=" + took + "]";
        }
    }

    /** The attempt failed, and the job will be tried again. */
    final class RetryScheduled implements JobEvent {
        private final Job job;
        private final JobError error;
        private final Duration delay;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public RetryScheduled(LibraryOnly by, Job job, JobError error, Duration delay, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.error = error;
            this.delay = delay;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** Why it failed. */
        public JobError error() {
            return error;
        }

        /** How long from now. */
        public Duration delay() {
            return delay;
        }

        /** How long the attempt took. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof RetryScheduled that
                    && Objects.equals(job, that.job)
                    && Objects.equals(error, that.error)
                    && Objects.equals(delay, that.delay)
                    && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, error, delay, took);
        }

        @Override
        public String toString() {
            return "RetryScheduled[job=" + job + ", error=" + error + ", delay=" + delay + ", took=" + took + "]";
        }
    }

    /** The job was not ready and was postponed. */
    final class Postponed implements JobEvent {
        private final Job job;
        private final Duration delay;
        private final String reason;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Postponed(LibraryOnly by, Job job, Duration delay, String reason, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.delay = delay;
            this.reason = reason;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How long from now. */
        public Duration delay() {
            return delay;
        }

        /** What is missing. */
        public String reason() {
            return reason;
        }

        /** How long the attempt took. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Postponed that
                    && Objects.equals(job, that.job)
                    && Objects.equals(delay, that.delay)
                    && Objects.equals(reason, that.reason)
                    && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, delay, reason, took);
        }

        @Override
        public String toString() {
            return "Postponed[job=" + job + ", delay=" + delay + ", reason=" + reason + ", took=" + took + "]";
        }
    }

    /** The job was cancelled while this worker held it. */
    final class Cancelled implements JobEvent {
        private final Job job;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Cancelled(LibraryOnly by, Job job, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How long the attempt took; zero if it has not begun. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Cancelled that && Objects.equals(job, that.job) && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, took);
        }

        @Override
        public String toString() {
            return "Cancelled[job=" + job + ", took=" + took + "]";
        }
    }

    /** The job was given back unfinished, so that another worker can run it. The attempt does not count. */
    final class GivenBack implements JobEvent {
        private final Job job;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public GivenBack(LibraryOnly by, Job job, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How long the attempt took; zero if it has not begun. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof GivenBack that && Objects.equals(job, that.job) && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, took);
        }

        @Override
        public String toString() {
            return "GivenBack[job=" + job + ", took=" + took + "]";
        }
    }

    /**
     * The store refused the outcome of this attempt, because the job had been taken over or had ended in another way.
     * There is one case in which the outcome was written all the same: its answer was lost, and the job was claimed
     * again before this worker repeated the call. Then the rows are right, and only this event is wrong.
     */
    final class Refused implements JobEvent {
        private final Job job;
        private final Duration took;

        /** The library makes it. */
        @SuppressWarnings("exports") // so that only the library can call it
        public Refused(LibraryOnly by, Job job, Duration took) {
            Objects.requireNonNull(by, "by");
            this.job = job;
            this.took = took;
        }

        @Override
        public Job job() {
            return job;
        }

        /** How long the attempt took; zero if it has not begun. */
        public Duration took() {
            return took;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Refused that && Objects.equals(job, that.job) && Objects.equals(took, that.took);
        }

        @Override
        public int hashCode() {
            return Objects.hash(job, took);
        }

        @Override
        public String toString() {
            return "Refused[job=" + job + ", took=" + took + "]";
        }
    }
}
