package io.forthwith.jdbc;

import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says on the channel what there is to say, behind the back of whoever asks: the first time at once, everything within the next 20 ms
 * together at their end, so at most 50 times a second. What cannot be said is lost. Thread-safe.
 *
 * <p>Its thread starts when there is something to say and ends when there has been nothing for a while. It keeps no JVM alive: what was
 * asked for in the last moment may never be said.
 */
final class Notifier {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcJobStore.class);
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Duration IDLE = Duration.ofSeconds(1);

    private final Database database;
    private final PostgresSignals signals;
    private final ThreadPoolExecutor sender;
    private final AtomicReference<Wanted> wanted = new AtomicReference<>(Wanted.NOTHING);
    /** Used by the sender's threads alone, of which there is one at a time. */
    private long notBeforeNanos = System.nanoTime();

    private volatile boolean isFailing;

    /** What there is to say; a later one includes those before. */
    private enum Wanted {
        NOTHING,
        PROBE,
        JOBS
    }

    Notifier(Database database, PostgresSignals signals) {
        this.database = database;
        this.signals = signals;
        this.sender = new ThreadPoolExecutor(
                1, 1, IDLE.toMillis(), TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), Notifier::thread);
        sender.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        // Nothing is inherited: the thread is started by whoever adds a job first, and outlives that request.
        Thread thread = new Thread(null, work, "forthwith-notify", 0, false);
        thread.setContextClassLoader(Notifier.class.getClassLoader());
        thread.setDaemon(true);
        return thread;
    }

    /** Jobs may be claimed. */
    void tellOfJobs() {
        want(Wanted.JOBS);
    }

    /** A listener of ours wants to hear something. */
    void probe() {
        want(Wanted.PROBE);
    }

    private void want(Wanted more) {
        Wanted before = wanted.getAndUpdate(now -> now.compareTo(more) < 0 ? more : now);
        if (before == Wanted.NOTHING) {
            try {
                sender.execute(this::send);
            } catch (Throwable noThread) {
                wanted.set(Wanted.NOTHING);
                failed(noThread);
            }
        }
    }

    private void send() {
        for (long left = notBeforeNanos - System.nanoTime(); left > 0; left = notBeforeNanos - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
        notBeforeNanos = System.nanoTime() + WINDOW_NANOS;
        // Only now: what is asked for from here on is said the next time, since its commit may come after this one.
        boolean ofJobs = wanted.getAndSet(Wanted.NOTHING) == Wanted.JOBS;
        try {
            database.once("tell others of jobs", session -> {
                signals.say(session, ofJobs);
                return true;
            });
            isFailing = false;
        } catch (Throwable lost) {
            failed(lost);
        }
    }

    /** Said once, until it works again: whoever adds jobs in the meantime must not fill the log. */
    private void failed(Throwable why) {
        if (!isFailing) {
            isFailing = true;
            LOG.debug("Could not tell other processes of new jobs; they find them when they poll", why);
        }
    }
}
