package io.forthwith;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One failed attempt in the history of a job. Immutable. */
public final class FailedAttempt {
    private final UUID jobId;
    private final long claim;
    private final int attempt;
    private final JobError.Kind kind;
    private final String code;
    private final String message;
    private final @Nullable String exceptionClass;
    private final @Nullable String trace;
    private final @Nullable UUID workerId;
    private final @Nullable Instant startedAt;
    private final Instant failedAt;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public FailedAttempt(
            LibraryOnly by,
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
            Instant failedAt) {
        Objects.requireNonNull(by, "by");
        this.jobId = jobId;
        this.claim = claim;
        this.attempt = attempt;
        this.kind = kind;
        this.code = code;
        this.message = message;
        this.exceptionClass = exceptionClass;
        this.trace = trace;
        this.workerId = workerId;
        this.startedAt = startedAt;
        this.failedAt = failedAt;
    }

    /** The job. */
    public UUID jobId() {
        return jobId;
    }

    /** The number of the claim under which the attempt ran; job and claim together are unique. */
    public long claim() {
        return claim;
    }

    /** The attempt, counted from 1. */
    public int attempt() {
        return attempt;
    }

    /** Who can fix it. */
    public JobError.Kind kind() {
        return kind;
    }

    /** A stable word for programs. */
    public String code() {
        return code;
    }

    /** What the user is told. */
    public String message() {
        return message;
    }

    /** The class of the exception; null if there was none. */
    public @Nullable String exceptionClass() {
        return exceptionClass;
    }

    /** The shortened stack trace; null if there is none. */
    public @Nullable String trace() {
        return trace;
    }

    /** The worker that ran it; null if unknown. */
    public @Nullable UUID workerId() {
        return workerId;
    }

    /** When the attempt was claimed; null if unknown. */
    public @Nullable Instant startedAt() {
        return startedAt;
    }

    /** When its failure was recorded. */
    public Instant failedAt() {
        return failedAt;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FailedAttempt that
                && Objects.equals(jobId, that.jobId)
                && claim == that.claim
                && attempt == that.attempt
                && Objects.equals(kind, that.kind)
                && Objects.equals(code, that.code)
                && Objects.equals(message, that.message)
                && Objects.equals(exceptionClass, that.exceptionClass)
                && Objects.equals(trace, that.trace)
                && Objects.equals(workerId, that.workerId)
                && Objects.equals(startedAt, that.startedAt)
                && Objects.equals(failedAt, that.failedAt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                jobId, claim, attempt, kind, code, message, exceptionClass, trace, workerId, startedAt, failedAt);
    }

    @Override
    public String toString() {
        return "FailedAttempt[jobId=" + jobId + ", claim=" + claim + ", attempt=" + attempt + ", kind=" + kind
                + ", code=" + code + ", message=" + message + ", exceptionClass=" + exceptionClass + ", trace=" + trace
                + ", workerId=" + workerId + ", startedAt=" + startedAt + ", failedAt=" + failedAt + "]";
    }
}
