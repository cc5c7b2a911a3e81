package io.forthwith.worker.internal.attempt;

import io.forthwith.store.Claim;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that this worker has claimed and whose settlement is not confirmed: they are buffered, running, or waiting
 * for their settlement to be written. Thread-safe.
 */
public final class HeldJobs {
    private final Map<Claim, RunningJob> held = new ConcurrentHashMap<>();
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
        return cancelledUnseen.remove(run.claim());
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
        if (held.remove(claim) == null) {
            strays.remove(claim);
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
