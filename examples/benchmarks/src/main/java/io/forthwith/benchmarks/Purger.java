package io.forthwith.benchmarks;

import io.forthwith.store.JobStore;
import io.forthwith.store.Retention;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Purges ended jobs in batches, with the pauses of a worker, on a thread of its own until it is stopped. */
final class Purger {
    /** That of a worker. */
    private static final int BITE = 1_000;
    /** Between two bites, as a worker makes it. */
    private static final long PAUSE_MILLIS = 1;

    private static final Retention NOTHING = new Retention(Duration.ZERO, Duration.ZERO);

    private final JobStore store;
    private volatile boolean isStopped;
    private final AtomicInteger purged = new AtomicInteger();

    private Purger(JobStore store) {
        this.store = store;
    }

    /** Purges until nothing is left; jobs/s. */
    static double purgeAll(JobStore store, int expected) {
        long start = System.nanoTime();
        int purged = 0;
        for (int bite = store.purge(NOTHING, BITE); bite > 0; bite = store.purge(NOTHING, BITE)) {
            purged += bite;
        }
        double rate = purged / ((System.nanoTime() - start) / 1e9);
        if (purged != expected) {
            throw new IllegalStateException("Of " + expected + " jobs " + purged + " were purged");
        }
        return rate;
    }

    /** Drains {@code noop} and purges meanwhile. */
    static Beside beside(NoopJobs noop) throws Exception {
        Purger purger = new Purger(noop.store());
        CompletableFuture<Void> end = CompletableFuture.runAsync(purger::purge);
        long start = System.nanoTime();
        double drain;
        int purged;
        double seconds;
        try {
            drain = noop.drain();
        } finally {
            // What is purged while the worker stops is not beside the drain, but has taken its time too.
            purged = purger.purged.get();
            seconds = (System.nanoTime() - start) / 1e9;
            purger.isStopped = true;
        }
        end.get(1, TimeUnit.MINUTES);
        return new Beside(drain, purged / seconds, purger.purged.get());
    }

    private void purge() {
        while (!isStopped) {
            purged.addAndGet(store.purge(NOTHING, BITE));
            try {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    /**
     * What was done at the same time.
     *
     * @param drain jobs/s that ended
     * @param purge jobs/s that were purged
     * @param purged how many in all
     */
    record Beside(double drain, double purge, int purged) {}
}
