package io.forthwith;

import io.forthwith.internal.CauseChain;
import io.forthwith.internal.ExceptionTypes;
import io.forthwith.internal.SqlErrors;
import io.forthwith.internal.StackTraceText;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** See {@link ErrorClassifier#standard()}. */
final class StandardClassifier implements ErrorClassifier {
    static final StandardClassifier INSTANCE = new StandardClassifier();

    private StandardClassifier() {}

    @Override
    public JobError classify(Throwable thrown) {
        for (Throwable each : CauseChain.of(thrown)) {
            JobError known = known(each);
            if (known != null) {
                return known.causedBy(thrown);
            }
        }
        return JobError.permanent("unexpected", StackTraceText.messageOf(unwrapped(thrown)))
                .causedBy(thrown);
    }

    private static @Nullable JobError known(Throwable thrown) {
        if (thrown instanceof JobException said) {
            return said.error();
        }
        if (isTimeout(thrown)) {
            return JobError.retryable("timeout", StackTraceText.messageOf(thrown));
        }
        if (isConnection(thrown)) {
            return JobError.retryable("connection", StackTraceText.messageOf(thrown));
        }
        String sqlCode = SqlErrors.codeOf(thrown);
        if (sqlCode == null) {
            return null;
        }
        String message = StackTraceText.messageOf(thrown);
        return sqlCode.equals(SqlErrors.PERMANENT)
                ? JobError.permanent(sqlCode, message)
                : JobError.retryable(sqlCode, message);
    }

    private static boolean isTimeout(Throwable thrown) {
        // SocketTimeoutException is an InterruptedIOException, and HTTP clients throw one when a whole call takes too
        // long.
        return thrown instanceof TimeoutException
                || thrown instanceof InterruptedIOException
                || ExceptionTypes.isA(thrown, "java.net.http.HttpTimeoutException");
    }

    private static boolean isConnection(Throwable thrown) {
        // An unknown host is a wrong name or, if the name worked before, a name server in trouble; a few retries cost
        // little. TLS exceptions are left out: a connection reset is their cause and decides, and a bad certificate
        // does not pass.
        return thrown instanceof SocketException
                || thrown instanceof UnknownHostException
                || thrown instanceof ClosedChannelException;
    }

    /** The exception whose message is shown: the first one that does not just wrap another. */
    private static Throwable unwrapped(Throwable thrown) {
        Throwable shown = thrown;
        for (Throwable each : CauseChain.of(thrown)) {
            shown = each;
            if (!isWrapper(each)) {
                break;
            }
        }
        return shown;
    }

    private static boolean isWrapper(Throwable thrown) {
        return thrown instanceof ExecutionException
                || thrown instanceof CompletionException
                || thrown instanceof UncheckedIOException
                || thrown instanceof InvocationTargetException
                || thrown instanceof UndeclaredThrowableException;
    }
}
