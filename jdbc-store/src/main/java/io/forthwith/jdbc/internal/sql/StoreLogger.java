package io.forthwith.jdbc.internal.sql;

import io.forthwith.internal.LoggedException;
import io.forthwith.internal.SafeText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPLogger;
import org.slf4j.spi.LocationAwareLogger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The logger of all classes of the store, under the name of the class that an application knows. It never throws:
 * filters and appenders belong to the application, and a line that they cannot write must not change what the store
 * does. The last value of a line may be a throwable. No value and no message of a throwable can begin a line of its own:
 * both may quote what somebody has written into a row. Thread-safe.
 */
public final class StoreLogger {
    public static final StoreLogger INSTANCE = new StoreLogger(backEnd());

    private static final String SELF = StoreLogger.class.getName();
    private static final int LONGEST = 10_000;

    private final Logger backEnd;

    private StoreLogger(Logger backEnd) {
        this.backEnd = backEnd;
    }

    private static Logger backEnd() {
        try {
            return LoggerFactory.getLogger("io.forthwith.jdbc.JdbcJobStore");
        } catch (Throwable broken) {
            return NOPLogger.NOP_LOGGER;
        }
    }

    public void trace(String what, @Nullable Object... values) {
        write(Level.TRACE, what, values);
    }

    public void debug(String what, @Nullable Object... values) {
        write(Level.DEBUG, what, values);
    }

    public void info(String what, @Nullable Object... values) {
        write(Level.INFO, what, values);
    }

    public void warn(String what, @Nullable Object... values) {
        write(Level.WARN, what, values);
    }

    private void write(Level level, String what, @Nullable Object... values) {
        try {
            if (!backEnd.isEnabledForLevel(level)) {
                return;
            }
            Throwable last = MessageFormatter.getThrowableCandidate(values);
            Throwable thrown = last == null ? null : LoggedException.of(last);
            @Nullable Object[] others = inOneLine(last == null ? values : MessageFormatter.trimmedCopy(values));
            if (backEnd instanceof LocationAwareLogger aware) {
                // So that the back end finds the caller of this class, if its pattern shows callers.
                aware.log(null, SELF, level.toInt(), what, others, thrown);
            } else {
                LoggingEventBuilder line = backEnd.atLevel(level);
                (thrown == null ? line : line.setCause(thrown)).log(what, others);
            }
        } catch (Throwable broken) {
            // Nobody can be told.
        }
    }

    private static @Nullable Object[] inOneLine(@Nullable Object[] values) {
        @Nullable Object[] safe = values.clone();
        for (int i = 0; i < safe.length; i++) {
            if (safe[i] != null && !(safe[i] instanceof Number)) {
                safe[i] = SafeText.line(safe[i].toString(), LONGEST);
            }
        }
        return safe;
    }
}
