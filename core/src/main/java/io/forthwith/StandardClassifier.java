package io.forthwith;

import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** The table of {@link ErrorClassifier#standard()}. */
final class StandardClassifier implements ErrorClassifier {
    static final StandardClassifier INSTANCE = new StandardClassifier();

    private static final int MAX_WRAPPERS = 20;

    // By name, so that the core needs neither java.sql nor java.net.http.
    private static final Set<String> TIMEOUTS =
            Set.of("java.net.http.HttpTimeoutException", "java.sql.SQLTimeoutException");
    private static final Set<String> CONNECTIONS = Set.of(
            "java.sql.SQLTransientConnectionException",
            "java.sql.SQLNonTransientConnectionException",
            "java.sql.SQLRecoverableException");
    private static final Set<String> TRANSIENT = Set.of("java.sql.SQLTransientException");

    private StandardClassifier() {}

    @Override
    public JobError classify(Throwable thrown) {
        Throwable cause = unwrap(thrown);
        if (cause instanceof JobException said) {
            return said.error().causedBy(thrown);
        }
        String message = TraceText.messageOf(cause);
        return describe(cause, message).causedBy(thrown);
    }

    private static JobError describe(Throwable cause, String message) {
        if (cause instanceof TimeoutException || cause instanceof SocketTimeoutException || is(cause, TIMEOUTS)) {
            return JobError.retryable("timeout", message);
        }
        if (cause instanceof ConnectException
                || cause instanceof NoRouteToHostException
                || cause instanceof SocketException
                || is(cause, CONNECTIONS)) {
            return JobError.retryable("connection", message);
        }
        if (is(cause, TRANSIENT)) {
            return JobError.retryable("temporary", message);
        }
        return JobError.permanent("unexpected", message);
    }

    private static boolean is(Throwable thrown, Set<String> classNames) {
        for (Class<?> type = thrown.getClass(); type != null; type = type.getSuperclass()) {
            if (classNames.contains(type.getName())) {
                return true;
            }
        }
        return false;
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable inner = thrown;
        for (int i = 0; i < MAX_WRAPPERS && isWrapper(inner); i++) {
            Throwable cause = inner.getCause();
            if (cause == null) {
                break;
            }
            inner = cause;
        }
        return inner;
    }

    private static boolean isWrapper(Throwable thrown) {
        return thrown instanceof ExecutionException
                || thrown instanceof CompletionException
                || thrown instanceof UncheckedIOException
                || thrown instanceof InvocationTargetException
                || thrown instanceof UndeclaredThrowableException;
    }
}
