package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A processor throws it to say how its failure is to be treated. The message is shown to the user, so write it for a
 * person. The cause is kept for the operators.
 */
public final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final JobError.Kind kind;
    private final String code;
    private final boolean retryable;
    private final @Nullable Duration retryAfter;
    private final boolean isRateLimited;
    private final @Nullable String limitName;

    private JobException(JobError error, @Nullable Throwable cause) {
        this(error, cause, false, null);
    }

    private JobException(JobError error, @Nullable Throwable cause, boolean isRateLimited, @Nullable String limitName) {
        super(error.message(), cause);
        this.isRateLimited = isRateLimited;
        this.limitName = limitName;
        this.kind = error.kind();
        this.code = error.code();
        this.retryable = error.retryable();
        this.retryAfter = error.retryAfter();
    }

    /**
     * An error that the user can fix, such as no credits left or wrong input. It is never retried, and its stack trace
     * is never logged.
     *
     * @param code a stable word for programs, for example {@code insufficient_credits}
     */
    public static JobException user(String code, String message) {
        return new JobException(JobError.user(code, message), null);
    }

    /** A failure that may pass. The {@link RetryPolicy} of the processor retries it. Its code is {@code temporary}. */
    public static JobException retryable(String message) {
        return retryable("temporary", message);
    }

    /**
     * Makes one with a code of your own.
     *
     * @param code a stable word for programs, for example {@code service_busy}
     */
    public static JobException retryable(String code, String message) {
        return new JobException(JobError.retryable(code, message), null);
    }

    /** A failure that will not pass. The job fails at once. Its code is {@code permanent}. */
    public static JobException permanent(String message) {
        return permanent("permanent", message);
    }

    /**
     * Makes one with a code of your own.
     *
     * @param code a stable word for programs, for example {@code unknown_currency}
     */
    public static JobException permanent(String code, String message) {
        return new JobException(JobError.permanent(code, message), null);
    }

    /**
     * The failure of an HTTP call. It is retryable for the statuses 408, 429, 502, 503 and 504, and permanent for every
     * other. Its code is {@code http_} and the status.
     */
    public static JobException http(int status, String message) {
        String code = "http_" + status;
        boolean retryable = status == 408 || status == 429 || (status >= 502 && status <= 504);
        return new JobException(
                retryable ? JobError.retryable(code, message) : JobError.permanent(code, message), null);
    }

    /**
     * What the job needs has asked it to wait, for example an API by the status 429. The job is postponed by this time, as by a {@link NotReadyException}: no attempt is
     * used. The keys of all {@linkplain NewJob#limit limits} of the job rest meanwhile: none of their jobs starts. A job under no limit is just postponed. If it is under
     * several limits, name the one that is meant: {@link #rateLimited(String, Duration)}.
     *
     * @throws IllegalArgumentException if the time is negative or longer than 100 years
     */
    public static JobException rateLimited(Duration time) {
        return rateLimited(time, null);
    }

    /**
     * Makes one for one limit of the job: only its key rests. If the job is under no such limit, it is postponed, no key rests, and the log says so.
     *
     * @param limitName the name of the limit, such as {@code image-api}; of a limit on a type {@code type:} and the type
     */
    public static JobException rateLimited(String limitName, Duration time) {
        return rateLimited(
                time,
                NullRules.require(
                        limitName, "limitName", "call rateLimited(time), then the keys of all limits of the job rest"));
    }

    private static JobException rateLimited(Duration time, @Nullable String limitName) {
        return new JobException(
                JobError.retryable("rate_limited", "A service that the job needs asks to wait")
                        .after(DelayRules.require(NullRules.require(
                                time, "time", "give how long to wait, for example Duration.ofSeconds(30)"))),
                null,
                true,
                limitName);
    }

    /**
     * Returns the same failure, to be retried after {@code delay}, for example the "Retry-After" of a server.
     *
     * @throws IllegalArgumentException if the delay is negative or longer than 100 years
     */
    public JobException after(Duration delay) {
        JobException later =
                new JobException(error().after(DelayRules.require(delay)), getCause(), isRateLimited, limitName);
        later.setStackTrace(getStackTrace());
        return later;
    }

    /** Returns the same failure with what has caused it, for the operators: {@code throw JobException.retryable("The service is busy").causedBy(e)}. */
    public JobException causedBy(Throwable cause) {
        JobException caused = new JobException(
                error(),
                NullRules.require(cause, "cause", "leave causedBy out if nothing else was thrown"),
                isRateLimited,
                limitName);
        caused.setStackTrace(getStackTrace());
        return caused;
    }

    /** How long keys of the job's limits rest; null unless it was made by {@code rateLimited}. */
    public @Nullable Duration rest() {
        return isRateLimited ? retryAfter : null;
    }

    /** The name of the limit whose key rests; null for the keys of all limits of the job. */
    public @Nullable String limitName() {
        return limitName;
    }

    /** The failure as a value, without class and stack trace. */
    public JobError error() {
        String message = getMessage();
        return new JobError(
                LibraryOnly.KEY, kind, code, message == null ? "" : message, null, null, retryable, retryAfter);
    }
}
