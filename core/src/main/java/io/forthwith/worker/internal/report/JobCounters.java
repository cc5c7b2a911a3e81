package io.forthwith.worker.internal.report;

import java.util.concurrent.atomic.LongAdder;

/** What this worker has seen confirmed since it was built. */
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
