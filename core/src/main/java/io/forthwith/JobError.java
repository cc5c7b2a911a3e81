package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed: a message for the user, and the detail for the operators. Immutable. The constructor makes all
 * texts safe to store: it replaces NUL, control characters and lone surrogates, and cuts texts that are too long.
 *
 * @param kind who can fix it
 * @param code a stable word for programs, for example {@code insufficient_credits}; characters that are not valid in a
 *     name become {@code _}
 * @param message what the user is told, stored in {@code error_message}; at most 1,000 characters; if it is blank, the
 *     code is used
 * @param exceptionClass the class of the exception; never shown to users
 * @param trace the shortened stack trace; never shown to users; at most 8,000 characters
 * @param retryable whether a later attempt may succeed
 * @param retryAfter how long to wait before the next attempt; null if the retry policy decides
 */
public record JobError(
        Kind kind,
        String code,
        String message,
        @Nullable String exceptionClass,
        @Nullable String trace,
        boolean retryable,
        @Nullable Duration retryAfter) {
    /** Who can fix the error. */
    public enum Kind {
        /** The user can fix it: no credits left, or bad input. Never retried. */
        USER,
        /** The application, or a service that it depends on, has failed. */
        SYSTEM
    }

    private static final int MAX_MESSAGE = 1_000;
    private static final int MAX_CLASS = 255;
    private static final int MAX_TRACE = 8_000;

    /**
     * Makes the texts safe to store.
     *
     * @throws IllegalArgumentException if {@code kind} is {@link Kind#USER} and {@code retryable} is true, or
     *     {@code retryAfter} is negative or longer than 100 years
     */
    public JobError {
        NullRules.require(kind, "kind", "give USER if the user can fix it, otherwise SYSTEM");
        code = NameRules.code(
                NullRules.require(code, "code", "give a stable word for programs, such as insufficient_credits"));
        String line = SafeText.line(message, MAX_MESSAGE);
        message = line.isBlank() ? code : line;
        exceptionClass = exceptionClass == null ? null : SafeText.line(exceptionClass, MAX_CLASS);
        trace = trace == null ? null : SafeText.block(trace, MAX_TRACE);
        if (retryAfter != null) {
            DelayRules.require(retryAfter);
        }
        if (kind == Kind.USER && retryable) {
            throw new IllegalArgumentException(
                    "A user's error is never retryable: code " + code + " must be of kind SYSTEM to be retried");
        }
    }

    /** An error that the user can fix. It is never retried. */
    public static JobError user(String code, String message) {
        return new JobError(Kind.USER, code, message, null, null, false, null);
    }

    /** A system error that is not retried. */
    public static JobError permanent(String code, String message) {
        return new JobError(Kind.SYSTEM, code, message, null, null, false, null);
    }

    /** A system error that the retry policy may retry. */
    public static JobError retryable(String code, String message) {
        return new JobError(Kind.SYSTEM, code, message, null, null, true, null);
    }

    /**
     * Returns the same error with the class and the shortened stack trace of {@code thrown}. It does no harm if methods of
     * {@code thrown} throw.
     */
    public JobError causedBy(Throwable thrown) {
        NullRules.require(thrown, "thrown", "leave causedBy() out if no exception is the cause");
        return new JobError(
                kind, code, message, thrown.getClass().getName(), StackTraceText.of(thrown), retryable, retryAfter);
    }

    /** Returns the same error with this wait before the next attempt. */
    public JobError after(@Nullable Duration delay) {
        return new JobError(kind, code, message, exceptionClass, trace, retryable, delay);
    }

    /** Returns the same error without class and stack trace, for a store that refused to store it with them. */
    public JobError bare() {
        return new JobError(kind, code, message, null, null, retryable, retryAfter);
    }

    /** Kind, code and message. The stack trace is left out, because it is long and may hold secrets. */
    @Override
    public String toString() {
        return "JobError " + kind + " " + code + ": " + message;
    }
}
