package io.forthwith;

import io.forthwith.internal.CauseChain;
import io.forthwith.internal.KnownExceptions;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SqlErrors;
import io.forthwith.internal.StackTraceText;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns an exception that a processor threw into a {@link JobError}: who can fix it, what to tell the user, and whether
 * to retry. A classifier declines what it does not know, by returning null, so that several can be asked one after the
 * other:
 *
 * <pre>{@code
 * ErrorClassifier.on(RateLimited.class, e -> JobError.retryable("rate_limited", "The image service is busy"))
 *         .orElse(ErrorClassifier.on(Blocked.class, e -> JobError.user("blocked", "This picture is not allowed")))
 * }</pre>
 *
 * <p>A worker asks {@link Processor#errorClassifier() that of the processor} first, then its own, then
 * {@link #standard()}. A classifier that throws counts as one that declines. If the error it returns has no exception
 * class, the worker adds the class and the stack trace of the exception.
 *
 * <p>An implementation must be thread-safe.
 */
@FunctionalInterface
public interface ErrorClassifier {
    /**
     * Describes {@code thrown}, or returns null to leave it to the next classifier. It is never asked about a
     * {@link NotReadyException}, nor about the interrupt of a worker that stops.
     */
    @Nullable
    JobError classify(Throwable thrown);

    /**
     * Describes exceptions of one class, wherever they are in the chain of causes. It declines everything else, and
     * also if {@code describe} returns null. It does not look at the causes of an {@link Error}, nor at those of a
     * {@link JobException}, which describes itself.
     */
    static <T extends Throwable> ErrorClassifier on(Class<T> type, Function<? super T, @Nullable JobError> describe) {
        NullRules.require(type, "type", "give the class of the exceptions to describe");
        NullRules.require(describe, "describe", "give a function; to decline an exception, let it return null");
        return thrown -> {
            for (Throwable each : CauseChain.of(thrown)) {
                JobError error = type.isInstance(each) ? describe.apply(type.cast(each)) : null;
                if (error != null || each instanceof JobException) {
                    return error;
                }
            }
            return null;
        };
    }

    /** Asks this classifier first, and {@code next} if this one declines. */
    default ErrorClassifier orElse(ErrorClassifier next) {
        NullRules.require(next, "next", "leave orElse() out: the classifier of the worker is asked next anyway");
        return thrown -> {
            JobError error = classify(thrown);
            return error != null ? error : next.classify(thrown);
        };
    }

    /**
     * The classifier that is asked last. It never declines. It looks at the exception, then at its cause, then at the
     * cause of that, and the first one that it knows decides. It never looks at the text of a message.
     *
     * <ul>
     *   <li>A {@link JobException} describes itself.
     *   <li>Time-outs, failed connections and temporary errors of a database (a deadlock, a lock or statement time-out,
     *       too few resources, a fail-over) are retryable system errors, with the codes {@code timeout},
     *       {@code connection} and {@code temporary}. JDBC errors are recognized by exception class and SQLState.
     *   <li>Everything else is a system error that is not retried, with the code {@code unexpected}. This includes
     *       every {@code Error}, whatever its cause.
     * </ul>
     */
    static ErrorClassifier standard() {
        return ErrorClassifier::standardError;
    }

    private static JobError standardError(Throwable thrown) {
        for (Throwable each : CauseChain.of(thrown)) {
            if (each instanceof JobException said) {
                return said.error().causedBy(thrown);
            }
            String code = KnownExceptions.codeOf(each);
            if (code != null) {
                String message = StackTraceText.messageOf(each);
                JobError known = code.equals(SqlErrors.PERMANENT)
                        ? JobError.permanent(code, message)
                        : JobError.retryable(code, message);
                return known.causedBy(thrown);
            }
        }
        return JobError.permanent("unexpected", StackTraceText.messageOf(KnownExceptions.unwrapped(thrown)))
                .causedBy(thrown);
    }
}
