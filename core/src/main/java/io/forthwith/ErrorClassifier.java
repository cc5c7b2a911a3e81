package io.forthwith;

/**
 * Turns what a processor threw into a {@link JobError}: whose error it is, what to tell the user, whether to retry.
 *
 * <p>Must be thread-safe. If it throws or returns null, the worker falls back to {@link #standard()}.
 */
@FunctionalInterface
public interface ErrorClassifier {
    /** Describes {@code thrown}, which is never a {@link NotReadyException} and never a worker's own interruption. */
    JobError classify(Throwable thrown);

    /**
     * The default. A {@link JobException} says itself what it is. Time-outs, failed connections and
     * {@code SQLTransientException}s are retryable system errors, also inside the wrappers of {@code java.util.concurrent}.
     * Everything else, {@code Error}s included, is a system error that is not retried. Nothing is decided by message text.
     */
    static ErrorClassifier standard() {
        return StandardClassifier.INSTANCE;
    }
}
