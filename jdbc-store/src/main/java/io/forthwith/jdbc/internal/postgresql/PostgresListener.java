package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.postgresql.PostgresSignals.Signal;
import io.forthwith.jdbc.internal.rows.ServerChange;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.DataSourceConnection;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Listens to other processes on a connection of its own until it is closed. Used once.
 *
 * <p>Silence proves nothing: the connection may be half open, or a pooler may have given the session that listens to
 * another client. So the listener first lets the notifier, which has another connection, send a test to a channel
 * that only this listener uses. (Behind such a pooler the old session stays subscribed, and every notification to it
 * is a line in the log of the pooler; so the test does not use the common channel.) Later, after each longer silence,
 * a test is sent on the common channel. If the test does not arrive, the connection is given back: the pool may be
 * too small for it. A good connection that is lost is replaced at once and without a log line. After each start a
 * hint is given, for what was missed in between.
 */
final class PostgresListener {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    /** The time-out of one read, and so the longest wait of {@link #close}: the driver cannot be woken while it reads. */
    private static final Duration READ = Duration.ofMillis(100);

    private static final Duration CLOSING_PATIENCE = Duration.ofSeconds(2);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    private static final Duration FIRST_LONG_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_LONG_PAUSE = Duration.ofHours(1);
    private static final int MAX_DOUBLINGS = 7;

    /** The server does not support LISTEN, or not for this role: not supported, syntax, rights, no such table; a standby. */
    private static final Set<String> REFUSALS = Set.of("0A000", "42601", "42501", "42P01", "25006");

    private final Database database;
    private final PostgresSignals words;
    private final PostgresNotifier notifier;
    private final BeatSigner beatSigner;
    private final RecentSessionLoss recentLoss;
    private final ServerChange serverChange;
    private final Runnable hint;
    private final ListenTimeouts timeouts;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean isProven;
    private boolean wasProven;
    private boolean hasListened;
    private boolean hasComplained;
    /** The number of connections lost in a row. */
    private int lossesInARow;
    /** The number of attempts in a row that failed for a reason that may last. */
    private int refusals;

    PostgresListener(
            Database database,
            PostgresSignals words,
            PostgresNotifier notifier,
            BeatSigner beatSigner,
            RecentSessionLoss recentLoss,
            ServerChange serverChange,
            Runnable hint,
            ListenTimeouts timeouts) {
        this.database = database;
        this.words = words;
        this.notifier = notifier;
        this.beatSigner = beatSigner;
        this.recentLoss = recentLoss;
        this.serverChange = serverChange;
        this.hint = hint;
        this.timeouts = timeouts;
        // It inherits nothing: the first worker starts it, and it outlives that call.
        this.thread = new Thread(null, this::run, "forthwith-listen", 0, false);
        thread.setContextClassLoader(PostgresListener.class.getClassLoader());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Whether notifications are known to arrive. */
    boolean isProven() {
        return isProven;
    }

    /** Ends it, and waits until the connection is given back; not for long if the database does not answer. */
    void close() {
        closing.countDown();
        // It may be waiting for a connection.
        thread.interrupt();
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        long end = System.nanoTime() + CLOSING_PATIENCE.toNanos();
        for (long left = end - System.nanoTime(); left > 0 && thread.isAlive(); left = end - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOpen() {
        return closing.getCount() > 0;
    }

    private void run() {
        End end = listen();
        while (end != End.CLOSED && end != End.IMPOSSIBLE && !closesWithin(pauseAfter(end))) {
            end = listen();
        }
    }

    /** Listens until it is closed, or until it fails. */
    private End listen() {
        wasProven = false;
        hasListened = false;
        try (DataSourceConnection borrowed = database.lendAtOnce(timeouts.patience())) {
            return listenOn(borrowed);
        } catch (LinkageError noDriver) {
            notHearing("its driver is not on the class path or module path of this library");
            return End.IMPOSSIBLE;
        } catch (Throwable lost) {
            // Whatever a pool throws, the thread goes on: no other would listen.
            notHearing(lost.toString());
            return End.LOST;
        } finally {
            isProven = false;
            if (wasProven && isOpen()) {
                // Again, if another connection was not to be had before this one was given back.
                beatSigner.forgetLost();
            }
        }
    }

    private End listenOn(DataSourceConnection borrowed) throws SQLException {
        Optional<PostgresNotifications> notifications = PostgresNotifications.of(borrowed.connection());
        if (notifications.isEmpty()) {
            notHearing("connections of this data source do not unwrap to those of its driver");
            return End.IMPOSSIBLE;
        }
        try {
            End end = listenOn(database.session(borrowed.connection()), notifications.get());
            if (end == End.UNHEARD && wasProven) {
                // The connection is probably half open: a statement on it would wait in vain. As long as it is not
                // aborted, the session may
                // be there, and no other process sees it gone.
                beatSigner.forgetLost();
                borrowed.abandon();
            }
            return end;
        } catch (SQLException | RuntimeException broken) {
            boolean isRefusal = broken instanceof SQLException failed && REFUSALS.contains(failed.getSQLState());
            // The pool should keep a good connection, and get none that listens.
            if (hasListened || !isRefusal) {
                beatSigner.forgetLost();
                borrowed.abandon();
            }
            notHearing(broken.toString());
            return isRefusal ? End.REFUSED : End.LOST;
        }
    }

    private End listenOn(Session session, PostgresNotifications notifications) throws SQLException {
        beatSigner.forgetLost(session);
        String channel = words.channel(session);
        if (!arrives(session, notifications, words.ownChannel(channel))) {
            notHearing("what is said does not arrive within " + timeouts.patience()
                    + ", as with a pooler in transaction mode or too small a pool");
            End unheard = notifier.hasLostConnection() ? End.LOST : End.UNHEARD;
            return isOpen() ? unheard : End.CLOSED;
        }
        Optional<ServerSessionId> own = beatSigner.own(session, notifications.toldPid());
        // This is the last statement of the session, so the one that an operator sees in the list of sessions.
        session.update(StatementText.of("LISTEN " + channel), Binder.NONE);
        hint.run();
        End end;
        try {
            // In this order: who sees that this process hears may send a heartbeat at once, which is to be signed.
            beatSigner.begin(own);
            hears();
            end = hear(notifications, channel);
        } finally {
            isProven = false;
            if (isOpen()) {
                recentLoss.lost();
            }
            beatSigner.end(own);
        }
        if (end == End.CLOSED) {
            beatSigner.forgetLost(session);
            leave(session, notifications, channel);
        }
        return end;
    }

    /** Whether the session that listens is the one that this connection reads from. */
    private boolean arrives(Session session, PostgresNotifications notifications, String ownChannel)
            throws SQLException {
        session.update(StatementText.of("LISTEN " + ownChannel), Binder.NONE);
        hasListened = true;
        notifier.want(Signal.KNOCK);
        boolean arrives = false;
        long end = System.nanoTime() + timeouts.patience().toNanos();
        while (!arrives && isOpen() && end - System.nanoTime() > 0) {
            arrives = !notifications.await(ownChannel, READ).isEmpty();
        }
        leave(session, notifications, ownChannel);
        return arrives;
    }

    /** Gives the hint for each notification, until it is closed or a test does not arrive. */
    private End hear(PostgresNotifications notifications, String channel) throws SQLException {
        boolean hasAsked = false;
        long since = System.nanoTime();
        Duration most = upToHalfAsLongAgain(timeouts.silence());
        while (isOpen()) {
            List<String> said = notifications.await(channel, READ);
            if (said.stream().anyMatch(words::isOfOthersJobs)) {
                hint.run();
            }
            long now = System.nanoTime();
            if (!said.isEmpty()) {
                hasAsked = false;
                since = now;
                most = upToHalfAsLongAgain(timeouts.silence());
            } else if (now - since >= most.toNanos()) {
                if (hasAsked) {
                    return End.UNHEARD;
                }
                notifier.want(Signal.PROBE);
                hasAsked = true;
                since = now;
                most = timeouts.patience();
            }
        }
        return End.CLOSED;
    }

    private static void leave(Session session, PostgresNotifications notifications, String channel)
            throws SQLException {
        // {@link #close} has interrupted the thread; the driver must not see that.
        Thread.interrupted();
        session.update(StatementText.of("UNLISTEN " + channel), Binder.NONE);
        notifications.forget();
    }

    private void hears() {
        isProven = true;
        wasProven = true;
        if (recentLoss.listens()) {
            serverChange.mayHaveHappened();
        }
        lossesInARow = 0;
        refusals = 0;
        if (hasComplained) {
            hasComplained = false;
            LOG.info("Jobs that other processes add are heard of again");
        }
    }

    /** Logs the reason once until it works again. It logs nothing if a good connection is lost: the next one is tried first. */
    private void notHearing(String why) {
        if (isOpen() && !wasProven && !hasComplained) {
            hasComplained = true;
            LOG.info("Jobs that other processes add are found by polling only, since PostgreSQL is not heard: {}", why);
        }
    }

    private Duration pauseAfter(End end) {
        // A pooler or such a server stays, and a pool that is too small should not be asked too often.
        return end == End.LOST || wasProven
                ? pause(FIRST_PAUSE, lossesInARow++, LONGEST_PAUSE)
                : pause(FIRST_LONG_PAUSE, refusals++, LONGEST_LONG_PAUSE);
    }

    private static Duration pause(Duration first, int earlier, Duration longest) {
        long nanos = first.toNanos() << Math.min(earlier, MAX_DOUBLINGS);
        return upToHalfAsLongAgain(Duration.ofNanos(Math.min(nanos, longest.toNanos())));
    }

    private static Duration upToHalfAsLongAgain(Duration least) {
        return least.plusNanos(ThreadLocalRandom.current().nextLong(least.toNanos() / 2));
    }

    private boolean closesWithin(Duration pause) {
        try {
            return closing.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException closed) {
            return !isOpen();
        }
    }

    /** How an attempt to listen ended. */
    private enum End {
        CLOSED,
        IMPOSSIBLE,
        LOST,
        REFUSED,
        UNHEARD
    }
}
