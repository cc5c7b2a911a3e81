package io.forthwith.jdbc;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/** While it is open, each line that a JDBC store of this JVM logs ends in an error of its appender. */
final class BrokenLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger(JdbcJobStore.class);
    private final Level before = logger.getLevel();
    private final AtomicInteger refused = new AtomicInteger();

    BrokenLog() {
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        logger.addAppender(this);
        start();
    }

    @Override
    public synchronized void doAppend(ILoggingEvent event) {
        refused.incrementAndGet();
        throw new LinkageError("cannot write: " + event.getFormattedMessage());
    }

    @Override
    protected void append(ILoggingEvent event) {}

    /** How many lines were refused. */
    int refused() {
        return refused.get();
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setAdditive(true);
        logger.setLevel(before);
    }
}
