package io.forthwith.internal;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A throwable as a log may have it. A message can quote a name from outside, and a line break in it would begin a line that looks like one of the log. So
 * this one has the class and the message of the other in one line, and its stack trace, and so have its causes and suppressed exceptions.
 *
 * <p>A back end that groups errors by {@code getClass()} sees this class, not that of the other. That is the price: an exception of the other class has the message of that class, and its
 * constructor may do anything.
 */
public final class LoggedException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int LONGEST = 10_000;
    private static final int MOST = 50;

    private LoggedException(String line) {
        super(line);
    }

    /** Returns the same throwable if none of its messages, nor of its causes and suppressed exceptions, has a control character; otherwise a copy without them. */
    public static Throwable of(Throwable thrown) {
        return of(thrown, UnaryOperator.identity());
    }

    /**
     * Also changes the messages before.
     *
     * @param redactor removes secrets from a message; it does not throw
     */
    public static Throwable of(Throwable thrown, UnaryOperator<String> redactor) {
        return isFit(thrown, redactor) ? thrown : new Copier(redactor).copy(thrown);
    }

    private static boolean isFit(Throwable thrown, UnaryOperator<String> redactor) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> left = new ArrayDeque<>();
        left.add(thrown);
        try {
            for (Throwable next = left.poll(); next != null; next = left.poll()) {
                if (!seen.add(next)) {
                    continue;
                }
                if (seen.size() > MOST
                        || !isFit(next.getMessage(), redactor)
                        || !isFit(next.getLocalizedMessage(), redactor)
                        || !isFit(next.toString(), redactor)) {
                    return false;
                }
                Throwable cause = next.getCause();
                if (cause != null) {
                    left.add(cause);
                }
                left.addAll(List.of(next.getSuppressed()));
            }
            return true;
        } catch (Throwable broken) {
            return false;
        }
    }

    private static boolean isFit(@Nullable String text, UnaryOperator<String> redactor) {
        return text == null || text.equals(clean(text, redactor));
    }

    private static String clean(String text, UnaryOperator<String> redactor) {
        return SafeText.line(redactor.apply(text), LONGEST);
    }

    /** Its stack trace is that of the other. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    /** The class of the other is in the message, so that of this one is not shown. */
    @Override
    @SuppressWarnings(
            "OverrideThrowableToString") // The inherited one would add the name of this class before the message.
    public String toString() {
        return String.valueOf(getMessage());
    }

    /** Copies a throwable with what belongs to it, up to fifty in all. */
    private static final class Copier {
        private final UnaryOperator<String> redactor;
        private final Set<Throwable> copied = Collections.newSetFromMap(new IdentityHashMap<>());

        Copier(UnaryOperator<String> redactor) {
            this.redactor = redactor;
        }

        LoggedException copy(Throwable thrown) {
            LoggedException copy = new LoggedException(line(thrown));
            copied.add(thrown);
            try {
                copy.setStackTrace(thrown.getStackTrace());
                for (Throwable suppressed : thrown.getSuppressed()) {
                    if (isNew(suppressed)) {
                        copy.addSuppressed(copy(suppressed));
                    }
                }
                Throwable cause = thrown.getCause();
                if (cause != null && isNew(cause)) {
                    copy.initCause(copy(cause));
                }
            } catch (Throwable broken) {
                // A method of the throwable is broken: what is known of it stands in the log.
            }
            return copy;
        }

        private boolean isNew(Throwable thrown) {
            return copied.size() < MOST && !copied.contains(thrown);
        }

        private String line(Throwable thrown) {
            String name = thrown.getClass().getName();
            try {
                String message = thrown.getMessage();
                return message == null ? name : name + ": " + clean(message, redactor);
            } catch (Throwable broken) {
                return name + " (its getMessage() threw " + broken.getClass().getName() + ")";
            }
        }
    }
}
