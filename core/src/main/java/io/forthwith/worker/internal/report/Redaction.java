package io.forthwith.worker.internal.report;

import io.forthwith.JobError;
import io.forthwith.internal.LibraryOnly;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Lets the application remove secrets from texts of processors before they are stored or logged. If its function fails,
 * the text is not shown. Immutable.
 */
public final class Redaction {
    public static final Redaction NONE = new Redaction(UnaryOperator.identity());

    private static final String UNREADABLE = "[not shown: it could not be redacted]";

    private final UnaryOperator<String> hosts;

    public Redaction(UnaryOperator<String> hosts) {
        this.hosts = hosts;
    }

    public String text(String text) {
        try {
            String redacted = hosts.apply(text);
            // The function of the application may return null, although its type says it does not.
            return redacted == null ? UNREADABLE : redacted;
        } catch (Throwable broken) {
            // The exception itself is not logged, because it may quote the text.
            JobLog.redactionFailed(broken);
            return UNREADABLE;
        }
    }

    public JobError error(JobError error) {
        return this == NONE
                ? error
                : new JobError(
                        LibraryOnly.KEY,
                        error.kind(),
                        error.code(),
                        text(error.message()),
                        error.exceptionClass(),
                        orNull(error.trace()),
                        error.retryable(),
                        error.retryAfter());
    }

    private @Nullable String orNull(@Nullable String text) {
        return text == null ? null : text(text);
    }
}
