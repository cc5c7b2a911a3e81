package io.forthwith.dashboard.internal.data;

import io.forthwith.store.JobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Remaining;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries acts on, part by part, on the threads that read for the pages: so it needs no connection of its own, and pages have their turns between two parts. It ends when
 * nothing is open, others carry on what is, or the store fails: then workers go on, or the dashboard when somebody looks at an act. Thread-safe.
 */
final class ActCarrier {
    private final JobStore store;
    private final ParallelReads reads;
    private final AtomicBoolean isAtWork = new AtomicBoolean();

    ActCarrier(JobStore store, ParallelReads reads) {
        this.store = store;
        this.reads = reads;
    }

    void begin() {
        if (isAtWork.compareAndSet(false, true)) {
            next();
        }
    }

    private void next() {
        if (!reads.run(this::part)) {
            isAtWork.set(false);
        }
    }

    private void part() {
        boolean isMore = false;
        try {
            isMore = store.acts().map(ActStore::carryOn).orElse(Remaining.NOTHING) == Remaining.MORE;
        } finally {
            if (isMore) {
                next();
            } else {
                isAtWork.set(false);
            }
        }
    }
}
