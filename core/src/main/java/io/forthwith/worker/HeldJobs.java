package io.forthwith.worker;

import io.forthwith.store.Claim;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Everything this worker has claimed and not yet seen settled: buffered, running, or waiting to be written. */
final class HeldJobs {
    private final Map<Claim, RunningJob> held = new ConcurrentHashMap<>();
    /** Claims of whose jobs the worker knows nothing and which it is giving back. */
    private final Set<Claim> strays = ConcurrentHashMap.newKeySet();

    void add(RunningJob run) {
        held.put(run.claim(), run);
    }

    /** Notes a claim that is to be given back; false if it is known, also as a stray. */
    boolean addStray(Claim claim) {
        return !held.containsKey(claim) && strays.add(claim);
    }

    void remove(Claim claim) {
        if (held.remove(claim) == null) {
            strays.remove(claim);
        }
    }

    @Nullable
    RunningJob get(Claim claim) {
        return held.get(claim);
    }

    int size() {
        return held.size();
    }

    /** Forgets everything and returns the jobs. */
    List<RunningJob> forgetAll() {
        List<RunningJob> all = List.copyOf(held.values());
        all.forEach(run -> remove(run.claim()));
        strays.clear();
        return all;
    }
}
