package io.forthwith.worker;

import org.jspecify.annotations.Nullable;

/** All its methods throw, each something else. */
public final class Spiteful extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
        throw new OutOfMemoryError("no memory for a message");
    }

    @Override
    public synchronized @Nullable Throwable getCause() {
        throw new IllegalStateException("no cause for you");
    }

    @Override
    public StackTraceElement[] getStackTrace() {
        throw new StackOverflowError("no trace for you");
    }

    @Override
    public String toString() {
        throw new LinkageError("no text for you");
    }

    @SuppressWarnings("unchecked") // the cast is erased, so it can throw any throwable
    public static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
