package io.forthwith.worker.internal.attempt;

import io.forthwith.store.Claim;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that this worker has claimed and whose settlement is not confirmed: they are buffered, running, or waiting
 * for their settlement to be written. Thread-safe.
 */
public final class HeldJobs {
    private final Map<Claim, RunningJob> held = new ConcurrentHashMap<>();
    /** The latest run of each job. */
    private final Map<UUID, RunningJob> latest = new ConcurrentHashMap<>();
    /** Claims without a known job, which the worker gives back. */
    private final Set<Claim> strays = ConcurrentHashMap.newKeySet();
    /** Claims without a known job whose cancellation was requested since the last call of claim began. */
    private final Set<Claim> cancelledUnseen = ConcurrentHashMap.newKeySet();

    /**
     * Called before each claim. From now on, cancellations that arrive before the answer of the claim are remembered.
     */
    public void beforeClaim() {
        cancelledUnseen.clear();
    }

    /** Adds a claimed job; true if its cancellation arrived before the answer of the claim. */
    public boolean add(RunningJob run) {
        held.put(run.claim(), run);
        latest.put(run.job().id(), run);
        return cancelledUnseen.remove(run.claim());
    }

    /**
     * The run whose claim the store must have forgotten, since it has given its job out again; null if there is none. Called before {@link
     * #add}.
     *
     * <p>A settlement that is written and not confirmed yet is no proof: the job may have been due again since, and then the number has grown.
     * Nor is a job that was deleted, and added again with the same id.
     */
    public @Nullable RunningJob forgotten(RunningJob next) {
        RunningJob before = latest.get(next.job().id());
        if (before == null || before.hasLostLease()) {
            return null;
        }
        boolean isBack = next.claim().number() <= before.claim().number()
                && next.job().createdAt().equals(before.job().createdAt());
        return before.isOpen() || isBack ? before : null;
    }

    /** The jobs about whose end nothing is decided yet. */
    public List<RunningJob> open() {
        return held.values().stream().filter(RunningJob::isOpen).toList();
    }

    /** The job of a cancelled claim; null if it is not known, or not yet. */
    @Nullable
    public RunningJob cancelled(Claim claim) {
        RunningJob run = held.get(claim);
        if (run != null) {
            return run;
        }
        // This thread notes the cancellation and then looks for the job again. The thread of add stores the job and
        // then looks for the note. So one of the two threads sees the other.
        cancelledUnseen.add(claim);
        run = held.get(claim);
        return run != null && cancelledUnseen.remove(claim) ? run : null;
    }

    /** Adds a claim that the worker will give back; false if the claim is known already. */
    public boolean addStray(Claim claim) {
        return !held.containsKey(claim) && strays.add(claim);
    }

    public void remove(Claim claim) {
        RunningJob run = held.remove(claim);
        if (run == null) {
            strays.remove(claim);
        } else {
            latest.remove(claim.jobId(), run);
        }
    }

    @Nullable
    public RunningJob get(Claim claim) {
        return held.get(claim);
    }

    public int size() {
        return held.size();
    }

    /** Removes everything and returns the jobs. */
    public List<RunningJob> forgetAll() {
        List<RunningJob> all = List.copyOf(held.values());
        all.forEach(run -> remove(run.claim()));
        strays.clear();
        cancelledUnseen.clear();
        return all;
    }
}
