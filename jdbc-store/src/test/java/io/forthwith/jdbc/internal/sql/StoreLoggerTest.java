package io.forthwith.jdbc.internal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StoreLoggerTest {
    private static final String FORGED = "x\r\n[Worker] ✅ Job 1 done in 0.01 s\u001b[2J\u202e\u2028\0";

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger log = (Logger) LoggerFactory.getLogger("io.forthwith.jdbc.JdbcJobStore");
    private final Level before = log.getLevel();

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
        log.setLevel(Level.DEBUG);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
        log.setLevel(before);
    }

    @Test
    void neither_a_value_nor_a_message_of_an_exception_begins_a_line() {
        Throwable hostile = new IllegalStateException(FORGED, new IllegalArgumentException(FORGED));

        StoreLogger.INSTANCE.debug("Schedule {} does not fire, {} times", FORGED, 3, hostile);

        assertThat(lines.list).singleElement().satisfies(event -> {
            assertThat(event.getFormattedMessage())
                    .startsWith("Schedule x  [Worker]")
                    .endsWith("does not fire, 3 times")
                    .matches("[^\\p{Cc}\\u202e\\u2028]+");
            assertThat(event.getThrowableProxy().getMessage())
                    .contains("IllegalStateException: x  [Worker]")
                    .matches("[^\\p{Cc}\\u202e\\u2028]+");
            assertThat(event.getThrowableProxy().getCause().getMessage()).matches("[^\\p{Cc}\\u202e\\u2028]+");
            assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
                    .isNotEmpty();
        });
    }
}
