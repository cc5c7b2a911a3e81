package io.forthwith.worker.internal.attempt;

import io.forthwith.JobStoreException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Calls a store for the processor of a running job, and waits while the store cannot be reached. Thread-safe. */
public final class StoreRetry {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final RandomGenerator random;

    public StoreRetry(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Calls the store, without interrupts, until it answers.
     *
     * @param missed what does not happen if the attempt ends first, used in the message
     * @throws CancellationException if the attempt is over
     * @throws JobStoreException permanent, if the store refuses the call
     */
    <T> T call(RunningJob run, String missed, Supplier<T> call) {
        return run.thread().shielded(() -> {
            for (int tries = 1; ; tries++) {
                if (run.shouldEnd()) {
                    throw new CancellationException("Job " + run.job().id() + " is to end: " + missed);
                }
                try {
                    return call.get();
                } catch (JobStoreException unreachable) {
                    if (unreachable.kind() == JobStoreException.Kind.PERMANENT) {
                        throw unreachable;
                    }
                    if (!run.shouldEnd()) {
                        run.thread().rest(after(tries));
                    }
                }
            }
        });
    }

    /** How long to wait after this many failed calls. */
    Duration after(int tries) {
        long nanos = Math.min(FIRST_PAUSE.toNanos() << Math.min(tries - 1, 10), LONGEST_PAUSE.toNanos());
        return Duration.ofNanos((long) (nanos * (0.5 + random.nextDouble())));
    }
}
