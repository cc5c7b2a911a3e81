package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed: a friendly message for the user, and the detail for those who run the system. Immutable; all
 * text is made safe to store (no NUL, control characters or lone surrogates, bounded length) when the value is built.
 *
 * @param kind whose error it is
 * @param code a stable word for programs, for example {@code insufficient_credits}; characters that a name may not hold
 *     become {@code _}, since an error must not fail for its own code
 * @param message what a person can act on; goes to {@code error_message}; at most 1,000 characters; the code if there is
 *     nothing to read in it
 * @param exceptionClass the class thrown; never shown to users
 * @param trace the trimmed stack trace; never shown to users; at most 8,000 characters
 * @param retryable whether a later attempt may succeed
 * @param retryAfter how long the cause itself asked to wait before the next attempt, or null to let the policy decide
 */
public record JobError(
        Kind kind,
        String code,
        String message,
        @Nullable String exceptionClass,
        @Nullable String trace,
        boolean retryable,
        @Nullable Duration retryAfter) {
    /** Whose error it is. */
    public enum Kind {
        /** The user can mend it: no credits left, bad input. Never retried. */
        USER,
        /** Something of ours or of a service we depend on went wrong. */
        SYSTEM
    }

    private static final int MAX_MESSAGE = 1_000;
    private static final int MAX_CLASS = 255;
    private static final int MAX_TRACE = 8_000;

    /**
     * Makes the texts safe to store.
     *
     * @throws IllegalArgumentException if a user's error is to be retried, or the wait is negative or longer than 100 years
     */
    public JobError {
        Objects.requireNonNull(kind, "kind");
        code = NameRules.code(code);
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

    /** A user's error, never retried. */
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

    /** The same with class and trimmed trace of {@code thrown}, whose own methods may throw without harm. */
    public JobError causedBy(Throwable thrown) {
        return new JobError(
                kind, code, message, thrown.getClass().getName(), StackTraceText.of(thrown), retryable, retryAfter);
    }

    /** The same, to be retried no earlier than after {@code delay}. */
    public JobError after(@Nullable Duration delay) {
        return new JobError(kind, code, message, exceptionClass, trace, retryable, delay);
    }

    /** The same without class and trace, for a store that refused the whole. */
    public JobError bare() {
        return new JobError(kind, code, message, null, null, retryable, retryAfter);
    }

    /** Without the trace, which is long and not for everybody. */
    @Override
    public String toString() {
        return "JobError " + kind + " " + code + ": " + message;
    }
}
