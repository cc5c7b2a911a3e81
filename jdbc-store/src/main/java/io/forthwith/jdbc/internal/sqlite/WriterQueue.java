package io.forthwith.jdbc.internal.sqlite;

import io.forthwith.jdbc.internal.sql.WriterTurn;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this process that want to write to one database with one writer at a time, in the order in which
 * they came. Without it, each would sleep and try again, and the order would be random. Thread-safe.
 *
 * <p>A thread that has its turn may take another one; otherwise it would wait for itself.
 */
final class WriterQueue {
    /** The queues by the name of their database. Stores that do not know each other share one. */
    private static final Map<String, WeakReference<WriterQueue>> SHARED = new HashMap<>();

    private final ReentrantLock lock = new ReentrantLock(true);

    /** The queue of all writers of this database. */
    static WriterQueue at(String database) {
        synchronized (SHARED) {
            WeakReference<WriterQueue> known = SHARED.get(database);
            @Nullable WriterQueue writerQueue = known == null ? null : known.get();
            if (writerQueue == null) {
                SHARED.values().removeIf(each -> each.get() == null);
                writerQueue = new WriterQueue();
                SHARED.put(database, new WeakReference<>(writerQueue));
            }
            return writerQueue;
        }
    }

    /**
     * Waits for a turn; an interruption does not end the wait.
     *
     * @param patience the longest time to wait
     * @param busy the vendor code of the exception if that time is over
     */
    WriterTurn take(Duration patience, int busy) throws SQLException {
        boolean interrupted = false;
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                try {
                    if (!lock.tryLock(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        throw new SQLException(
                                "Other threads of this process have been writing to the database for " + patience,
                                null,
                                busy);
                    }
                    AtomicBoolean isOver = new AtomicBoolean();
                    return () -> {
                        if (isOver.compareAndSet(false, true)) {
                            lock.unlock();
                        }
                    };
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The number of threads that wait. */
    int waiting() {
        return lock.getQueueLength();
    }
}
