package io.forthwith.worker.internal.loop;

import io.forthwith.store.JobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sees which loops of a worker do not get on. Thread-safe. */
public final class LoopWatch {
    private final JobStore store;
    private final List<LoopThread> threads = new CopyOnWriteArrayList<>();

    public LoopWatch(JobStore store) {
        this.store = store;
    }

    /** From now on, it watches this one too. */
    public void watch(LoopThread thread) {
        threads.add(thread);
    }

    /** The rounds that do not end, with what the store does for them, and the rounds that wait behind these. */
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (LoopThread each : threads) {
            List<String> stalls = each.stalls();
            if (!stalls.isEmpty()) {
                troubles.addAll(stalls);
                working(each.thread())
                        .ifPresent(what ->
                                troubles.set(troubles.size() - stalls.size(), stalls.get(0) + " (" + what + ")"));
            }
        }
        return troubles;
    }

    private Optional<String> working(Thread thread) {
        try {
            return store.workingOn(thread).filter(what -> !what.isBlank());
        } catch (Throwable broken) {
            // What is wrong is said all the same, and the heartbeat that says it is sent.
            return Optional.empty();
        }
    }
}
