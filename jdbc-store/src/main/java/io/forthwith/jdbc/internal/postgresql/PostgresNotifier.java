package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.postgresql.PostgresSignals.Signal;
import io.forthwith.jdbc.internal.sql.DataSourceConnection;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends notifications in the background: at once, unless one was sent in the last 20 ms, also by the commit of
 * a job; then at the end of that time, all together. A notification that cannot be sent is lost. Thread-safe.
 *
 * <p>The thread starts when there is something to send and ends when there has been nothing for a while. It is a
 * daemon: notifications that were requested just before the end of the JVM may not be sent.
 */
final class PostgresNotifier {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    private static final Duration IDLE = Duration.ofSeconds(1);

    private final Database database;
    private final PostgresSignals words;
    private final ListenTimeouts timeouts;
    private final ThreadPoolExecutor sender;
    /** The notifications to send; if it is not empty, a task of the sender runs or waits. Guarded by itself. */
    private final Set<Signal> wanted = EnumSet.noneOf(Signal.class);

    private final NotifyPace pace = new NotifyPace(System::nanoTime);

    private volatile boolean isFailing;
    private volatile boolean hasLostConnection;

    PostgresNotifier(Database database, PostgresSignals words, ListenTimeouts timeouts) {
        this.database = database;
        this.words = words;
        this.timeouts = timeouts;
        this.sender = new ThreadPoolExecutor(
                1, 1, IDLE.toMillis(), TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), PostgresNotifier::thread);
        sender.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        // It inherits nothing: the first request that adds a job starts it, and it outlives that request.
        Thread thread = new Thread(null, work, "forthwith-notify", 0, false);
        thread.setContextClassLoader(PostgresNotifier.class.getClassLoader());
        thread.setDaemon(true);
        return thread;
    }

    /** Returns at once and throws nothing. */
    void want(Signal signal) {
        synchronized (wanted) {
            boolean isUnderWay = !wanted.isEmpty();
            wanted.add(signal);
            if (isUnderWay) {
                return;
            }
        }
        try {
            sender.execute(this::send);
        } catch (Throwable noThread) {
            taken();
            failed(noThread);
        }
    }

    /**
     * Whether a statement may tell of jobs by its own commit; then {@link #endTurn} comes next. Not if a notification is wanted: the notifier sends
     * one soon.
     */
    boolean takeTurn() {
        synchronized (wanted) {
            return wanted.isEmpty() && pace.takeTurn();
        }
    }

    /**
     * The statement that had the turn is over.
     *
     * @param pause the shortest time until the next one
     */
    void endTurn(Duration pause) {
        pace.endTurn(pause);
    }

    /** Whether the last attempt to send failed because a connection was lost. */
    boolean hasLostConnection() {
        return hasLostConnection;
    }

    private Set<Signal> taken() {
        synchronized (wanted) {
            Set<Signal> taken = EnumSet.copyOf(wanted);
            wanted.clear();
            return taken;
        }
    }

    private void send() {
        for (long left = pace.leftNanos(); left > 0; left = pace.leftNanos()) {
            LockSupport.parkNanos(this, left);
        }
        pace.sends();
        // Only now: a signal that is wanted from here on is sent the next time, since its commit may come after this
        // one.
        Set<Signal> signals = taken();
        if (signals.contains(Signal.JOBS)) {
            // A notification of jobs proves as much as a test.
            signals.remove(Signal.PROBE);
        }
        // The listener waits longer than this, so it learns whether the test was sent at all.
        try (DataSourceConnection borrowed =
                database.lendAtOnce(timeouts.patience().dividedBy(2))) {
            say(borrowed, signals);
            hasLostConnection = false;
            isFailing = false;
        } catch (Throwable lost) {
            failed(lost);
        }
    }

    private void say(DataSourceConnection borrowed, Set<Signal> signals) throws SQLException {
        Session session = database.session(borrowed.connection());
        try {
            for (Signal signal : signals) {
                words.say(session, signal);
            }
        } catch (SQLException broken) {
            if (database.isOfNoMoreUse(broken)) {
                hasLostConnection = true;
                borrowed.abandon();
            }
            throw broken;
        }
    }

    /** Logged once until it works again: further failures must not fill the log. */
    private void failed(Throwable why) {
        if (!isFailing) {
            isFailing = true;
            LOG.debug("Could not tell other processes of new jobs; they find them when they poll", why);
        }
    }
}
