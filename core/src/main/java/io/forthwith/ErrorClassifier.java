package io.forthwith;

import io.forthwith.internal.CauseChain;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a processor threw into a {@link JobError}: whose error it is, what to tell the user, whether to retry. A
 * classifier says what it knows and declines the rest, so that several can be asked in turn:
 *
 * <pre>{@code
 * ErrorClassifier.on(RateLimited.class, e -> JobError.retryable("rate_limited", "The image service is busy"))
 *         .orElse(ErrorClassifier.on(Blocked.class, e -> JobError.user("blocked", "This picture is not allowed")))
 * }</pre>
 *
 * <p>A worker asks {@link Processor#errorClassifier() the processor's}, then its own, then {@link #standard()}; one that
 * throws counts as declining. An error without an exception class gets class and trace of what was thrown.
 *
 * <p>Must be thread-safe.
 */
@FunctionalInterface
public interface ErrorClassifier {
    /**
     * Describes {@code thrown}, or returns null to leave that to the next. It is never a {@link NotReadyException} nor a
     * worker's own interruption.
     */
    @Nullable
    JobError classify(Throwable thrown);

    /**
     * Describes exceptions of one class, also those that are the cause of what was thrown, or the cause of that, and so on.
     * Declines everything else, and what {@code describe} returns null for. It looks neither into an {@link Error} nor into
     * a {@link JobException}, which has said itself what it is.
     */
    static <T extends Throwable> ErrorClassifier on(Class<T> type, Function<? super T, @Nullable JobError> describe) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(describe, "describe");
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

    /** This classifier, and where it declines, the next one. */
    default ErrorClassifier orElse(ErrorClassifier next) {
        Objects.requireNonNull(next, "next");
        return thrown -> {
            JobError error = classify(thrown);
            return error != null ? error : next.classify(thrown);
        };
    }

    /**
     * What is asked last; it never declines. The first that it knows among what was thrown, its cause, the cause of that and
     * so on decides; nothing is decided by message text.
     *
     * <ul>
     *   <li>A {@link JobException} says itself what it is.
     *   <li>Time-outs, failed connections, and what a database says will pass (a deadlock, a lock or statement time-out, too
     *       few resources, a fail-over) are retryable system errors, with the codes {@code timeout}, {@code connection} and
     *       {@code temporary}. JDBC is told apart by exception class and SQLState.
     *   <li>Everything else is a system error that is not retried, with the code {@code unexpected}. So is every {@code
     *       Error}, whatever caused it.
     * </ul>
     */
    static ErrorClassifier standard() {
        return StandardClassifier.INSTANCE;
    }
}
