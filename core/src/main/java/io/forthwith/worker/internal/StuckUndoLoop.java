package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.internal.SafeText;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.loop.StoreBackOff;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Looks for undo jobs that make no progress: because no worker has a processor of their type, or because the undo fails
 * each time. Undo jobs never fail, so the health of the worker reports them.
 */
final class StuckUndoLoop extends HealthLook {
    private static final int MOST = 100;
    /** An undo that has failed this often will probably not succeed without help. */
    private static final int MANY_ATTEMPTS = 5;

    private final JobStore store;
    private final RegisteredProcessors processors;
    /** The undo jobs that waited for a processor in the last round. */
    private Set<UUID> waiting = Set.of();

    StuckUndoLoop(JobStore store, RegisteredProcessors processors, RandomGenerator random, StoreBackOff guard) {
        super(random, guard);
        this.store = store;
        this.processors = processors;
    }

    @Override
    void look() {
        List<Job> pending =
                store.scan(JobQuery.all().undos().status(JobStatus.PENDING).atMost(MOST));
        Set<UUID> stillWaiting = new HashSet<>();
        List<String> found = new ArrayList<>();
        for (Job undo : pending) {
            if (!processors.knows(undo.type())) {
                // Another worker may have the processor and claim the job in the next moment, so one look is not
                // enough.
                stillWaiting.add(undo.id());
                if (waiting.contains(undo.id())) {
                    found.add("the steps of job " + undo.undoes() + " wait to be undone (" + line(undo.type())
                            + "): no worker with a processor of the type takes job " + undo.id());
                }

            } else if (undo.attempt() + undo.lostWorkers() >= MANY_ATTEMPTS) {
                found.add("the steps of job " + undo.undoes() + " could not be undone in "
                        + (undo.attempt() + undo.lostWorkers()) + " attempts of job " + undo.id() + " ("
                        + line(undo.type()) + "): "
                        + line(String.valueOf(undo.errorMessage())));
            }
        }
        waiting = stillWaiting;
        report(found, (pending.size() == MOST ? " or more" : "") + " others have steps to be undone");
    }

    private static String line(String text) {
        return SafeText.line(text, 200);
    }
}
