package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed: a message for the user, and the detail for the operators. Immutable. The constructor makes all
 * texts safe to store: it replaces NUL, control characters and lone surrogates, and cuts texts that are too long.
 */
public final class JobError {
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

    private final Kind kind;
    private final String code;
    private final String message;
    private final @Nullable String exceptionClass;
    private final @Nullable String trace;
    private final boolean retryable;
    private final @Nullable Duration retryAfter;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobError(
            LibraryOnly by,
            Kind kind,
            String code,
            String message,
            @Nullable String exceptionClass,
            @Nullable String trace,
            boolean retryable,
            @Nullable Duration retryAfter) {
        Objects.requireNonNull(by, "by");
        NullRules.require(kind, "kind", "give USER if the user can fix it, otherwise SYSTEM");
        code = NameRules.code(
                NullRules.require(code, "code", "give a stable word for programs, such as insufficient_credits"));
        String line = SafeText.line(message, MAX_MESSAGE);
        if (retryAfter != null) {
            DelayRules.require(retryAfter);
        }
        if (kind == Kind.USER && retryable) {
            throw new IllegalArgumentException(
                    "A user's error is never retryable: code " + code + " must be of kind SYSTEM to be retried");
        }
        this.kind = kind;
        this.code = code;
        this.message = line.isBlank() ? code : line;
        this.exceptionClass = exceptionClass == null ? null : SafeText.line(exceptionClass, MAX_CLASS);
        this.trace = trace == null ? null : SafeText.block(trace, MAX_TRACE);
        this.retryable = retryable;
        this.retryAfter = retryAfter;
    }

    /** Who can fix it. */
    public Kind kind() {
        return kind;
    }

    /** A stable word for programs, for example {@code insufficient_credits}; characters that are not valid in a name become {@code _}. */
    public String code() {
        return code;
    }

    /** What the user is told, stored in {@code error_message}; at most 1,000 characters; if it is blank, the code is used. */
    public String message() {
        return message;
    }

    /** The class of the exception; never shown to users. */
    public @Nullable String exceptionClass() {
        return exceptionClass;
    }

    /** The shortened stack trace; never shown to users; at most 8,000 characters. */
    public @Nullable String trace() {
        return trace;
    }

    /** Whether a later attempt may succeed. */
    public boolean retryable() {
        return retryable;
    }

    /** How long to wait before the next attempt; null if the retry policy decides. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** An error that the user can fix. It is never retried. */
    public static JobError user(String code, String message) {
        return new JobError(LibraryOnly.KEY, Kind.USER, code, message, null, null, false, null);
    }

    /** A system error that is not retried. */
    public static JobError permanent(String code, String message) {
        return new JobError(LibraryOnly.KEY, Kind.SYSTEM, code, message, null, null, false, null);
    }

    /** A system error that the retry policy may retry. */
    public static JobError retryable(String code, String message) {
        return new JobError(LibraryOnly.KEY, Kind.SYSTEM, code, message, null, null, true, null);
    }

    /**
     * Returns the same error with the class and the shortened stack trace of {@code thrown}. It does no harm if methods of
     * {@code thrown} throw.
     */
    public JobError causedBy(Throwable thrown) {
        NullRules.require(thrown, "thrown", "leave causedBy() out if no exception is the cause");
        return new JobError(
                LibraryOnly.KEY,
                kind,
                code,
                message,
                thrown.getClass().getName(),
                StackTraceText.of(thrown),
                retryable,
                retryAfter);
    }

    /** Returns the same error with this wait before the next attempt. */
    public JobError after(@Nullable Duration delay) {
        return new JobError(LibraryOnly.KEY, kind, code, message, exceptionClass, trace, retryable, delay);
    }

    /** Returns the same error without class and stack trace, for a store that refused to store it with them. */
    public JobError bare() {
        return new JobError(LibraryOnly.KEY, kind, code, message, null, null, retryable, retryAfter);
    }

    /** Kind, code and message. The stack trace is left out, because it is long and may hold secrets. */
    @Override
    public String toString() {
        return "JobError " + kind + " " + code + ": " + message;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobError that
                && Objects.equals(kind, that.kind)
                && Objects.equals(code, that.code)
                && Objects.equals(message, that.message)
                && Objects.equals(exceptionClass, that.exceptionClass)
                && Objects.equals(trace, that.trace)
                && retryable == that.retryable
                && Objects.equals(retryAfter, that.retryAfter);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, code, message, exceptionClass, trace, retryable, retryAfter);
    }
}
