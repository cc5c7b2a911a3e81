package io.forthwith.worker.internal.attempt;

import io.forthwith.store.Claim;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Everything this worker has claimed and not yet seen settled: buffered, running, or waiting to be written. */
public final class HeldJobs {
    private final Map<Claim, RunningJob> held = new ConcurrentHashMap<>();
    /** Claims of whose jobs the worker knows nothing and which it is giving back. */
    private final Set<Claim> strays = ConcurrentHashMap.newKeySet();
    /** Claims whose cancellation was heard of since the last claim was sent, of jobs that are not known here. */
    private final Set<Claim> cancelledUnseen = ConcurrentHashMap.newKeySet();

    /** A claim is about to be sent: what is cancelled before its answer has arrived is remembered from now on. */
    public void beforeClaim() {
        cancelledUnseen.clear();
    }

    /** Takes a job that was claimed; true if it has been cancelled while the answer travelled. */
    public boolean add(RunningJob run) {
        held.put(run.claim(), run);
        return cancelledUnseen.remove(run.claim());
    }

    /** The job of a claim that was cancelled; null if there is none, or not yet. */
    @Nullable
    public RunningJob cancelled(Claim claim) {
        RunningJob run = held.get(claim);
        if (run != null) {
            return run;
        }
        // Guard against race with add, which puts first and then looks here.
        cancelledUnseen.add(claim);
        run = held.get(claim);
        return run != null && cancelledUnseen.remove(claim) ? run : null;
    }

    /** Notes a claim that is to be given back; false if it is known, also as a stray. */
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

    /** Forgets everything and returns the jobs. */
    public List<RunningJob> forgetAll() {
        List<RunningJob> all = List.copyOf(held.values());
        all.forEach(run -> remove(run.claim()));
        strays.clear();
        cancelledUnseen.clear();
        return all;
    }
}
