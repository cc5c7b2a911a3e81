package io.forthwith;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One failed attempt of a job, as kept in its history. Immutable.
 *
 * @param jobId the job
 * @param claim the claim the attempt ran under; (job, claim) is unique
 * @param attempt the attempt, counted from 1
 * @param kind whose error it was
 * @param code the stable word for programs
 * @param message what the user was told
 * @param exceptionClass the class thrown, if any
 * @param trace the trimmed trace, if any
 * @param workerId the worker that ran it, if known
 * @param startedAt when the attempt was claimed
 * @param failedAt when its failure was recorded
 */
public record JobFailure(
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
