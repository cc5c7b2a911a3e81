package io.forthwith.store.rows;

import io.forthwith.JobStoreException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;

/**
 * The pauses between the tries of one transaction that conflicts with others. The first repeat comes at once. Before each later one is a
 * random pause, whose upper limit doubles from 1 ms to 256 ms. When the pauses add up to 10 seconds, it gives up. Not thread-safe.
 */
final class ConflictBackOff {
    private static final long FIRST_NANOS = 1_000_000;
    private static final long LONGEST_NANOS = 256 * FIRST_NANOS;
    private static final long MOST_NANOS = 10_000 * FIRST_NANOS;

    private final LongUnaryOperator random;
    private final LongConsumer pause;
    private int conflicts;
    private long limit = FIRST_NANOS;
    private long paused;

    ConflictBackOff() {
        this(bound -> ThreadLocalRandom.current().nextLong(bound), ConflictBackOff::sleep);
    }

    /**
     * @param random draws a number from zero to below its argument
     * @param pause waits so many nanoseconds
     */
    ConflictBackOff(LongUnaryOperator random, LongConsumer pause) {
        this.random = random;
        this.pause = pause;
    }

    /**
     * Waits before the next try.
     *
     * @param conflict why the last try failed
     * @throws JobStoreException of the kind {@code TRANSIENT} if there is to be no further try
     */
    void next(RuntimeException conflict) {
        conflicts++;
        if (conflicts == 1) {
            return;
        }
        if (paused >= MOST_NANOS) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "Gave up after " + conflicts
                            + " tries: each time another transaction was in the way; nothing was changed",
                    conflict);
        }
        long nanos = random.applyAsLong(limit) + 1;
        limit = Math.min(2 * limit, LONGEST_NANOS);
        paused += nanos;
        pause.accept(nanos);
    }

    /** To the end, also if the thread is interrupted: the caller may be a job that its worker interrupts, and keeps the interrupt. */
    private static void sleep(long nanos) {
        long end = System.nanoTime() + nanos;
        boolean isInterrupted = false;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            isInterrupted |= Thread.interrupted();
            LockSupport.parkNanos(left);
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
