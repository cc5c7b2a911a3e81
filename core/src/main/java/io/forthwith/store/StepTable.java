package io.forthwith.store;

import io.forthwith.JobStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** The durable steps of all jobs of the in-memory store, each job's in the order in which they were begun. Not thread-safe. */
final class StepTable {
    private final Map<UUID, List<JobStep>> stepsOf = new HashMap<>();

    List<JobStep> of(UUID jobId) {
        return List.copyOf(stepsOf.getOrDefault(jobId, List.of()));
    }

    /** The step of this name that was not undone. */
    Optional<JobStep> standing(UUID jobId, StepName name) {
        return of(jobId).stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }

    void add(JobStep step) {
        stepsOf.computeIfAbsent(step.jobId(), id -> new ArrayList<>()).add(step);
    }

    /** Replaces each step of a job by what {@code change} makes of it. */
    void change(UUID jobId, UnaryOperator<JobStep> change) {
        stepsOf.getOrDefault(jobId, List.of()).replaceAll(change);
    }

    void remove(UUID jobId) {
        stepsOf.remove(jobId);
    }
}
