package io.forthwith.worker.internal.report;

import io.forthwith.JobError;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the host takes out of texts of processors before they are stored or logged. A text that it cannot look at is not let through.
 * Immutable.
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
            // A host's function may be of code that knows no nullness.
            return redacted == null ? UNREADABLE : redacted;
        } catch (Throwable broken) {
            // Not even what was thrown is logged: it may quote the text.
            JobLog.redactionFailed(broken);
            return UNREADABLE;
        }
    }

    public JobError error(JobError error) {
        return this == NONE
                ? error
                : new JobError(
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
