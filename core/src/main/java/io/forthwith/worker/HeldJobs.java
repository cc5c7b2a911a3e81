package io.forthwith.worker;

import io.forthwith.store.Claim;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Everything this worker has claimed and not yet seen settled: buffered, running, or waiting to be written. */
final class HeldJobs {
    private final Map<Claim, RunningJob> held = new ConcurrentHashMap<>();

    void add(RunningJob run) {
        held.put(run.claim(), run);
    }

    void remove(RunningJob run) {
        held.remove(run.claim());
    }

    @Nullable
    RunningJob get(Claim claim) {
        return held.get(claim);
    }

    boolean contains(Claim claim) {
        return held.containsKey(claim);
    }

    int size() {
        return held.size();
    }

    Collection<RunningJob> all() {
        return held.values();
    }

    /** Forgets everything and returns what it was. */
    List<RunningJob> forgetAll() {
        List<RunningJob> all = List.copyOf(held.values());
        all.forEach(this::remove);
        return all;
    }
}
