package io.forthwith.internal;

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

/** The exceptions that the standard classifier knows. */
public final class KnownExceptions {
    private KnownExceptions() {}

    /** The code of an exception, without a look at its causes; null if it is not known. */
    public static @Nullable String codeOf(Throwable thrown) {
        return isTimeout(thrown) ? "timeout" : isConnection(thrown) ? "connection" : SqlErrors.codeOf(thrown);
    }

    private static boolean isTimeout(Throwable thrown) {
        // SocketTimeoutException is an InterruptedIOException, and HTTP clients throw one when a whole call takes too
        // long.
        return thrown instanceof TimeoutException
                || thrown instanceof InterruptedIOException
                || ExceptionsByClassName.isA(thrown, "java.net.http.HttpTimeoutException");
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
    public static Throwable unwrapped(Throwable thrown) {
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
