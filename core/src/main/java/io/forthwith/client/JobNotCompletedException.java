package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job whose result was awaited failed, was cancelled, or did not end in time. */
public final class JobNotCompletedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final UUID jobId;
    private final @Nullable JobStatus status;

    private JobNotCompletedException(String message, UUID jobId, @Nullable JobStatus status) {
        super(message);
        this.jobId = jobId;
        this.status = status;
    }

    static JobNotCompletedException ended(Job job) {
        String why = job.errorMessage() == null ? "" : ": " + job.errorMessage();
        return new JobNotCompletedException(
                "Job " + job.id() + " (" + job.type() + ") was not completed, it is "
                        + job.status().text() + why,
                job.id(),
                job.status());
    }

    static JobNotCompletedException stillOpen(Job job, Duration timeout) {
        return new JobNotCompletedException(
                "Job " + job.id() + " (" + job.type() + ") had not ended after " + timeout + ", it is "
                        + WhyStillOpen.whyOpen(job),
                job.id(),
                null);
    }

    /** The job. */
    public UUID jobId() {
        return jobId;
    }

    /** How it ended; null if it had not ended in time. */
    public @Nullable JobStatus status() {
        return status;
    }
}
