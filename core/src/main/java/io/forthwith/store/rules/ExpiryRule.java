package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.internal.MessagesToUser;
import java.time.Instant;
import java.util.Locale;

/** Which jobs fail because they have not started by their deadline. Pure functions. */
public final class ExpiryRule {
    /** The code of the error. */
    public static final String CODE = "expired";

    private ExpiryRule() {}

    /** Whether a job fails when its deadline has passed: it has one, is pending or waiting, and has not started. */
    public static boolean mayExpire(Job job) {
        boolean isIdle = job.status() == JobStatus.PENDING || job.status() == JobStatus.WAITING;
        return isIdle && job.expiresAt() != null && !job.hasStarted();
    }

    /** Whether such a job fails now. */
    public static boolean isExpired(Job job, Instant now) {
        return mayExpire(job) && hasPassed(job, now);
    }

    /** Whether a job that a worker has just claimed fails instead of being started: this is its first attempt, and its deadline has passed. */
    public static boolean isClaimedTooLate(Job claimed) {
        return claimed.attempt() == 1
                && claimed.lostWorkers() == 0
                && claimed.postponements() == 0
                && claimed.startedAt() != null
                && hasPassed(claimed, claimed.startedAt());
    }

    private static boolean hasPassed(Job job, Instant now) {
        return job.expiresAt() != null && !job.expiresAt().isAfter(now);
    }

    /**
     * Why such a job fails.
     *
     * @param locale the language of the message if the job has none
     */
    public static JobError error(Job job, Locale locale) {
        return JobError.permanent(CODE, MessagesToUser.in(job.localeOr(locale)).expired());
    }
}
