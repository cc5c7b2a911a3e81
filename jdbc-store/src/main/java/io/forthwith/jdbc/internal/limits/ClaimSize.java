package io.forthwith.jdbc.internal.limits;

import io.forthwith.store.ClaimRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The most jobs that a claim under limits takes. One that takes a job of each key leaves none for the next claim, which begins while those are being settled: it parks what it finds,
 * and lifts it again, in the same transaction, when the settlement is committed. After such a claim, claims take at most half of what one may take at all, for some seconds: the
 * jobs of one are settled while the next one takes those of other keys. Thread-safe.
 */
final class ClaimSize {
    private static final int HALF = ClaimRequest.MOST_JOBS / 2;
    /** Of the started jobs. As few parked in vain are left alone. */
    private static final double FEW = 1.0 / 8;

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongSupplier nanos;
    private final AtomicLong halfUntil;

    /** @param nanos as {@link System#nanoTime} */
    ClaimSize(LongSupplier nanos) {
        this.nanos = nanos;
        this.halfUntil = new AtomicLong(nanos.getAsLong());
    }

    int most() {
        return nanos.getAsLong() - halfUntil.get() < 0 ? HALF : ClaimRequest.MOST_JOBS;
    }

    /**
     * A claim has ended.
     *
     * @param started how many jobs it has started
     * @param parkedInVain how many of them it had parked itself
     */
    void claimed(int started, int parkedInVain) {
        if (started > HALF && parkedInVain > FEW * started) {
            halfUntil.set(nanos.getAsLong() + PERIOD_NANOS);
        }
    }
}
