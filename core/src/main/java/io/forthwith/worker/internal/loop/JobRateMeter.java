package io.forthwith.worker.internal.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures how many jobs the worker ends per second, smoothed over the last few samples. All threads count; only the
 * claim loop reads.
 */
public final class JobRateMeter {
    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LongAdder ended = new LongAdder();
    private long lastEnded;
    private long lastNanos;
    private double perNano;

    public JobRateMeter(long nowNanos) {
        this.lastNanos = nowNanos;
    }

    public void count() {
        ended.increment();
    }

    /** How many jobs will end within {@code windowNanos} at the measured rate. */
    public double expectedWithin(long windowNanos, long nowNanos) {
        long elapsed = nowNanos - lastNanos;
        if (elapsed >= SAMPLE_NANOS) {
            long total = ended.sum();
            double sample = (double) (total - lastEnded) / elapsed;
            // After a long gap between samples, the old rate has no weight.
            double weight = Math.min(1, 0.5 * elapsed / SAMPLE_NANOS);
            perNano = perNano * (1 - weight) + sample * weight;
            lastEnded = total;
            lastNanos = nowNanos;
        }
        return perNano * windowNanos;
    }
}
