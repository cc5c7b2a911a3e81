package io.forthwith.benchmarks;

import io.forthwith.Retention;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Purges ended jobs in batches, with the pauses of a worker, on its own thread, until it is stopped. */
final class Purger {
    /** The batch size of a worker. */
    private static final int BITE = 1_000;
    /** The pause of a worker between two batches. */
    private static final long PAUSE_MILLIS = 1;

    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    private final JobStore store;
    private volatile boolean isStopped;
    private final AtomicInteger purged = new AtomicInteger();

    private Purger(JobStore store) {
        this.store = store;
    }

    /** Purges until no ended job is left, and returns the jobs/s. */
    static double purgeAll(JobStore store, int expected) {
        long start = System.nanoTime();
        int purged = 0;
        for (int bite = store.purge(NOTHING, BITE).jobs();
                bite > 0;
                bite = store.purge(NOTHING, BITE).jobs()) {
            purged += bite;
        }
        double rate = purged / ((System.nanoTime() - start) / 1e9);
        if (purged != expected) {
            throw new IllegalStateException("Of " + expected + " jobs " + purged + " were purged");
        }
        return rate;
    }

    /** Drains {@code noop} and purges at the same time. */
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
            // Jobs that are purged while the worker stops do not compete with the drain, but their time counts too.
            purged = purger.purged.get();
            seconds = (System.nanoTime() - start) / 1e9;
            purger.isStopped = true;
        }
        end.get(1, TimeUnit.MINUTES);
        return new Beside(drain, purged / seconds, purger.purged.get());
    }

    private void purge() {
        while (!isStopped) {
            purged.addAndGet(store.purge(NOTHING, BITE).jobs());
            try {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    /**
     * The results of a drain and a purge that run at the same time.
     *
     * @param drain the jobs/s that ended
     * @param purge the jobs/s that were purged
     * @param purged the number of purged jobs
     */
    record Beside(double drain, double purge, int purged) {}
}
