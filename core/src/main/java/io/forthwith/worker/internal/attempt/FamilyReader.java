package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.internal.job.ChildPages;
import io.forthwith.store.JobStore;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Reads the siblings and predecessors of a running job for its processor. Thread-safe. */
public final class FamilyReader {
    private final JobStore store;
    private final StoreRetry storeRetry;

    public FamilyReader(JobStore store, StoreRetry storeRetry) {
        this.store = store;
        this.storeRetry = storeRetry;
    }

    Stream<Job> siblings(RunningJob run) {
        UUID parent = run.job().parentId();
        if (parent == null) {
            return Stream.empty();
        }
        return ChildPages.stream((after, limit) ->
                        storeRetry.call(run, "its siblings are not read", () -> store.children(parent, after, limit)))
                .filter(child -> !child.id().equals(run.job().id()));
    }

    List<Job> predecessors(RunningJob run) {
        return run.job().relations().hasPredecessors()
                ? storeRetry.call(
                        run,
                        "its predecessors are not read",
                        () -> store.predecessors(run.job().id()))
                : List.of();
    }
}
