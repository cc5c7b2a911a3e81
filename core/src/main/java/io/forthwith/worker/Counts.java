package io.forthwith.worker;

import java.util.concurrent.atomic.LongAdder;

/** What this worker has seen confirmed since it was built. */
final class Counts {
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();

    void completed() {
        completed.increment();
    }

    void failed() {
        failed.increment();
    }

    void refused() {
        refused.increment();
    }

    long completedSoFar() {
        return completed.sum();
    }

    long failedSoFar() {
        return failed.sum();
    }

    long refusedSoFar() {
        return refused.sum();
    }
}
