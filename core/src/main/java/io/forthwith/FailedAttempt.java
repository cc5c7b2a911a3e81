package io.forthwith;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One failed attempt in the history of a job. Immutable.
 *
 * @param jobId the job
 * @param claim the number of the claim under which the attempt ran; job and claim together are unique
 * @param attempt the attempt, counted from 1
 * @param kind who can fix it
 * @param code a stable word for programs
 * @param message what the user is told
 * @param exceptionClass the class of the exception; null if there was none
 * @param trace the shortened stack trace; null if there is none
 * @param workerId the worker that ran it; null if unknown
 * @param startedAt when the attempt was claimed; null if unknown
 * @param failedAt when its failure was recorded
 */
public record FailedAttempt(
        UUID jobId,
        long claim,
        int attempt,
        JobError.Kind kind,
        String code,
        String message,
        @Nullable String exceptionClass,
        @Nullable String trace,
        @Nullable UUID workerId,
        @Nullable Instant startedAt,
        Instant failedAt) {}
