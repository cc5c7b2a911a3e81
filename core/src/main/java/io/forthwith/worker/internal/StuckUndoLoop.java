package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.internal.SafeText;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import java.time.Duration;
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
final class StuckUndoLoop implements LoopRound {
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int MOST = 100;
    private static final int MOST_NAMED = 10;
    /** An undo that has failed this often will probably not succeed without help. */
    private static final int MANY_ATTEMPTS = 5;

    private final JobStore store;
    private final RegisteredProcessors processors;
    private final RandomGenerator random;
    private final StoreBackOff guard;
    /** The undo jobs that waited for a processor in the last round. */
    private Set<UUID> waiting = Set.of();

    private volatile List<String> troubles = List.of();
    private boolean first = true;

    StuckUndoLoop(JobStore store, RegisteredProcessors processors, RandomGenerator random, StoreBackOff guard) {
        this.store = store;
        this.processors = processors;
        this.random = random;
        this.guard = guard;
    }

    @Override
    public Duration run() {
        if (first) {
            first = false;
            return StoreBackOff.jitter(PAUSE, random);
        }
        try {
            look(store.list(JobQuery.all().undos().status(JobStatus.PENDING).limit(MOST)));
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        return StoreBackOff.jitter(PAUSE, random);
    }

    @Override
    public boolean isProbing() {
        return guard.isProbing();
    }

    private void look(List<Job> pending) {
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
        int more = found.size() - MOST_NAMED;
        List<String> named = new ArrayList<>(found.subList(0, Math.min(found.size(), MOST_NAMED)));
        if (more > 0) {
            named.add("and " + more + (pending.size() == MOST ? " or more" : "") + " others have steps to be undone");
        }
        troubles = List.copyOf(named);
    }

    private static String line(String text) {
        return SafeText.line(text, 200);
    }

    /** What is wrong, for the operators. */
    List<String> troubles() {
        return troubles;
    }
}
