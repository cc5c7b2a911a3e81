package io.forthwith;

import io.forthwith.internal.CauseChain;
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

/** The table of {@link ErrorClassifier#standard()}. */
public final class StandardClassifier implements ErrorClassifier {
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
        return SqlErrors.describe(thrown);
    }

    private static boolean isTimeout(Throwable thrown) {
        // An InterruptedIOException is a SocketTimeoutException, or what HTTP clients throw when a whole call takes too
        // long.
        return thrown instanceof TimeoutException
                || thrown instanceof InterruptedIOException
                || isA(thrown, "java.net.http.HttpTimeoutException");
    }

    private static boolean isConnection(Throwable thrown) {
        // A host that is not found is a misspelt name or, more often in a name that worked yesterday, a resolver in
        // trouble:
        // a few tries cost little. Of TLS nothing is said here: a reset under it is the cause and decides, a bad
        // certificate
        // does not pass.
        return thrown instanceof SocketException
                || thrown instanceof UnknownHostException
                || thrown instanceof ClosedChannelException;
    }

    /** What a message is taken from: not an exception that does nothing but carry another through an API. */
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

    /** By name, for classes of modules that the core does without. */
    public static boolean isA(Throwable thrown, String className) {
        return superclass(thrown, className) != null;
    }

    public static @Nullable Class<?> superclass(Throwable thrown, String className) {
        Class<?> type = thrown.getClass();
        while (type != null && !type.getName().equals(className)) {
            type = type.getSuperclass();
        }
        return type;
    }
}
