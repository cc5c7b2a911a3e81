package io.forthwith.internal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPLogger;
import org.slf4j.spi.LocationAwareLogger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A logger that never throws. Filters and appenders belong to the application, and a line that they cannot write must
 * not change what the library does. No message of a throwable can begin a line of its own. Thread-safe.
 */
public final class GuardedLogger {
    private static final String SELF = GuardedLogger.class.getName();

    private final Logger backEnd;

    private GuardedLogger(Logger backEnd) {
        this.backEnd = backEnd;
    }

    /** The logger of this name. It writes nothing if the back end cannot make it. */
    public static GuardedLogger of(String name) {
        try {
            return new GuardedLogger(LoggerFactory.getLogger(name));
        } catch (Throwable broken) {
            return new GuardedLogger(NOPLogger.NOP_LOGGER);
        }
    }

    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    private boolean isEnabled(Level level) {
        try {
            return backEnd.isEnabledForLevel(level);
        } catch (Throwable broken) {
            return false;
        }
    }

    public void debug(String what, @Nullable Object... values) {
        write(Level.DEBUG, null, what, values);
    }

    public void info(String what, @Nullable Object... values) {
        write(Level.INFO, null, what, values);
    }

    public void warn(String what, @Nullable Object... values) {
        write(Level.WARN, null, what, values);
    }

    public void error(String what, @Nullable Object... values) {
        write(Level.ERROR, null, what, values);
    }

    /** Logs a throwable. If its methods throw, it is described as well as possible. */
    public void warn(Throwable thrown, String what, @Nullable Object... values) {
        describe(Level.WARN, thrown, what, values);
    }

    /** Logs a throwable. If its methods throw, it is described as well as possible. */
    public void error(Throwable thrown, String what, @Nullable Object... values) {
        describe(Level.ERROR, thrown, what, values);
    }

    private void describe(Level level, Throwable thrown, String what, @Nullable Object... values) {
        if (!write(level, thrown, what, values)) {
            try {
                write(level, null, what + "\n" + StackTraceText.of(thrown).replace("{}", "{ }"), values);
            } catch (Throwable hopeless) {
                // There is no memory for the text.
            }
        }
    }

    /** Whether the back end took the line without throwing. */
    private boolean write(Level level, @Nullable Throwable thrown, String what, @Nullable Object... values) {
        try {
            Throwable safe = thrown == null ? null : LoggedException.of(thrown);
            if (backEnd instanceof LocationAwareLogger aware) {
                // So that the back end finds the caller of this class, if its pattern shows callers.
                aware.log(null, SELF, level.toInt(), what, values, safe);
            } else {
                LoggingEventBuilder line = backEnd.atLevel(level);
                (safe == null ? line : line.setCause(safe)).log(what, values);
            }
            return true;
        } catch (Throwable broken) {
            return false;
        }
    }
}
