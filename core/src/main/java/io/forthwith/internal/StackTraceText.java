package io.forthwith.internal;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a throwable into text that is safe to store and to log. It copes with cyclic causes, and with methods of the
 * throwable that throw or return null.
 */
public final class StackTraceText {
    private static final int MAX_THROWABLES = 20;
    private static final int MAX_FRAMES = 15;
    private static final int MAX_MESSAGE = 500;
    private static final int ENOUGH = 10_000;

    private final StringBuilder text = new StringBuilder();
    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private StackTraceText() {}

    /** A shortened stack trace: the first frames of the throwable, of its causes and of its suppressed exceptions. */
    public static String of(Throwable thrown) {
        StackTraceText trace = new StackTraceText();
        trace.append("", thrown);
        return trace.text.toString();
    }

    /** The message of {@code thrown}, or its simple class name if the message is blank. */
    public static String messageOf(Throwable thrown) {
        String message = rawMessage(thrown);
        return message == null || SafeText.line(message, MAX_MESSAGE).isBlank() ? simpleName(thrown) : message;
    }

    /** Class and message in one line. */
    public static String line(Throwable thrown) {
        return SafeText.line(thrown.getClass().getName() + ": " + messageOf(thrown), MAX_MESSAGE);
    }

    private static String simpleName(Throwable thrown) {
        String name = thrown.getClass().getSimpleName();
        return name.isEmpty() ? thrown.getClass().getName() : name;
    }

    private static @Nullable String rawMessage(Throwable thrown) {
        try {
            return thrown.getMessage();
        } catch (Throwable broken) {
            return "(its getMessage() threw " + broken.getClass().getName() + ")";
        }
    }

    private void append(String label, Throwable thrown) {
        if (text.length() > ENOUGH || seen.size() >= MAX_THROWABLES) {
            return;
        }
        String name = SafeText.line(thrown.getClass().getName(), MAX_MESSAGE);
        if (!seen.add(thrown)) {
            text.append(label).append(name).append(" (already shown above)\n");
            return;
        }
        String message = rawMessage(thrown);
        text.append(label).append(name);
        if (message != null) {
            // One line, so that a message cannot fake lines of the stack trace or of the log.
            text.append(": ").append(SafeText.line(message, MAX_MESSAGE));
        }
        text.append('\n');
        try {
            appendFrames(thrown.getStackTrace());
            for (Throwable suppressed : thrown.getSuppressed()) {
                append("Suppressed: ", suppressed);
            }
            Throwable cause = thrown.getCause();
            if (cause != null) {
                append("Caused by: ", cause);
            }
        } catch (Throwable broken) {
            text.append("  (its trace could not be read: ")
                    .append(broken.getClass().getName())
                    .append(")\n");
        }
    }

    private void appendFrames(StackTraceElement @Nullable [] frames) {
        if (frames == null) {
            return;
        }
        for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
            // An exception may have been given frames with any text in them.
            text.append("  at ")
                    .append(SafeText.line(String.valueOf(frames[i]), MAX_MESSAGE))
                    .append('\n');
        }
        if (frames.length > MAX_FRAMES) {
            text.append("  … ").append(frames.length - MAX_FRAMES).append(" more\n");
        }
    }
}
