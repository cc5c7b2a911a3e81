package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.internal.NullRules;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Waits for jobs to end. One of the threads that wait reads for all of them, often at first, then every 100 ms; when its own wait ends, another one goes on.
 * So a thousand threads that wait read hardly more often than one. A thread in a transaction of the store waits alone, because it reads what its transaction
 * sees. Thread-safe.
 */
final class JobAwait {
    static final String NO_TIMEOUT = "give the longest wait; Duration.ZERO looks once";

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** By so much each waiting thread makes the shortest pause longer: the read costs more, and others come more often. */
    private static final long PAUSE_PER_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    /** A reader that has said nothing for so long hangs in its read, and another thread reads. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final JobStore store;
    private final CountDownLatch never = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();

    // The lock guards all that follows.
    private final Set<Wait> waits = new LinkedHashSet<>();
    private @Nullable Wait reader;
    private long readerSeen;
    private long lastRead;
    private long pause = FIRST_PAUSE_NANOS;

    JobAwait(JobStore store) {
        this.store = store;
    }

    /** The job as it was read last: ended, or open after the timeout. */
    Job lookUntilEnded(UUID id, Duration timeout) throws InterruptedException {
        SharedJobCalls.given(id);
        NullRules.require(timeout, "timeout", NO_TIMEOUT);
        Deadline deadline = Deadline.in(timeout);
        long pauseAlone = FIRST_PAUSE_NANOS;
        while (true) {
            Job job = store.find(id)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "There is no job " + id + "; it was never enqueued, or has ended and was deleted"));
            if (job.status().isFinal() || deadline.left() <= 0) {
                return job;
            }
            if (store.isInTransaction()) {
                never.await(Math.min(pauseAlone, deadline.left()), TimeUnit.NANOSECONDS);
                pauseAlone = Math.min(pauseAlone * 2, LONGEST_PAUSE_NANOS);
            } else {
                waitWithOthers(id, deadline);
            }
        }
    }

    /** Returns when a read has found that the job is not open, or at the deadline. */
    private void waitWithOthers(UUID id, Deadline deadline) throws InterruptedException {
        lock.lockInterruptibly();
        Wait own = new Wait(id, lock.newCondition());
        try {
            waits.add(own);
            pause = FIRST_PAUSE_NANOS;
            if (reader != null) {
                reader.told.signal();
            }
            while (!own.isOver && deadline.left() > 0) {
                if (reader == null || System.nanoTime() - readerSeen > SILENCE_NANOS) {
                    reader = own;
                }
                if (reader == own) {
                    readerSeen = System.nanoTime();
                    long untilRead = shortestPauseOr(pause) - (readerSeen - lastRead);
                    if (untilRead <= 0) {
                        readForAll(own);
                    } else {
                        own.told.awaitNanos(Math.min(untilRead, deadline.left()));
                    }
                } else {
                    own.told.awaitNanos(Math.min(SILENCE_NANOS, deadline.left()));
                }
            }
        } finally {
            waits.remove(own);
            if (reader == own) {
                reader = null;
                waits.stream().findFirst().ifPresent(next -> next.told.signal());
            }
            lock.unlock();
        }
    }

    private long shortestPauseOr(long longer) {
        return Math.min(LONGEST_PAUSE_NANOS, Math.max(longer, FIRST_PAUSE_NANOS + waits.size() * PAUSE_PER_WAIT_NANOS));
    }

    /** Reads without the lock, so others can come and go meanwhile. */
    private void readForAll(Wait own) {
        List<Wait> asked = List.copyOf(waits);
        List<UUID> ids = asked.stream().map(each -> each.id).distinct().toList();
        Set<UUID> open;
        lock.unlock();
        try {
            open = store.openAmong(ids);
        } finally {
            lock.lock();
        }
        if (reader == own) {
            lastRead = System.nanoTime();
            pause = Math.min(shortestPauseOr(pause) * 2, LONGEST_PAUSE_NANOS);
        }
        for (Wait each : asked) {
            if (!open.contains(each.id)) {
                each.isOver = true;
                each.told.signal();
            }
        }
    }

    /** A thread that waits for a job; compared by identity, because several may wait for one. */
    private static final class Wait {
        private final UUID id;
        private final Condition told;
        private boolean isOver;

        Wait(UUID id, Condition told) {
            this.id = id;
            this.told = told;
        }
    }

    /** By the clock of the process, which never jumps. */
    private record Deadline(long start, long limit) {
        static Deadline in(Duration timeout) {
            boolean fits = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0;
            return new Deadline(System.nanoTime(), fits ? timeout.toNanos() : Long.MAX_VALUE);
        }

        /** In nanoseconds. */
        long left() {
            return limit - (System.nanoTime() - start);
        }
    }
}
