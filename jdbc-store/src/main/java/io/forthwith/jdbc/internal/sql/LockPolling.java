package io.forthwith.jdbc.internal.sql;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Waits for locks without standing in line for them: repeats a transaction that skips what is locked. For databases that cannot wait for
 * some milliseconds, and for transactions that hold other locks.
 */
public final class LockPolling {
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(5);

    private LockPolling() {}

    /**
     * Runs {@code all} until it succeeds.
     *
     * @param all throws {@link LocksHeldException} if something is locked
     * @param whatIsFree runs once the time is over
     */
    public static <T> T of(Duration longest, Supplier<T> all, Supplier<T> whatIsFree) {
        long end = System.nanoTime() + longest.toNanos();
        while (System.nanoTime() - end < 0) {
            try {
                return all.get();
            } catch (LocksHeldException others) {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE.toNanos()));
            }
        }
        return whatIsFree.get();
    }
}
