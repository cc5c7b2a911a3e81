package io.forthwith.worker.internal.report;

import java.util.concurrent.atomic.LongAdder;

/** Counts the outcomes that the store has confirmed or refused since the worker was built. Thread-safe. */
public final class JobCounters {
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();

    public void completed() {
        completed.increment();
    }

    public void failed() {
        failed.increment();
    }

    public void refused() {
        refused.increment();
    }

    public long completedSoFar() {
        return completed.sum();
    }

    public long failedSoFar() {
        return failed.sum();
    }

    public long refusedSoFar() {
        return refused.sum();
    }
}
