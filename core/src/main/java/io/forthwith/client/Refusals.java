package io.forthwith.client;

import io.forthwith.NewJob;
import io.forthwith.store.Added;
import java.util.List;
import java.util.UUID;

/** The exceptions for a call that a store refuses as a whole. */
final class Refusals {
    private Refusals() {}

    /** @param jobs those of the call */
    static RuntimeException of(Added answer, List<NewJob> jobs) {
        UUID id = answer.id();
        return switch (answer.outcome()) {
            case PARENT_CLOSED -> new GroupClosedException(id);
            case NO_PREDECESSOR ->
                new IllegalArgumentException("Nothing was enqueued: " + named(id, jobs) + " comes after job " + id
                        + ", which does not exist; enqueue it before, or in the same call");
            case CYCLE ->
                new IllegalArgumentException("Nothing was enqueued: a child would have its group wait for job " + id
                        + ", which itself waits for that group");
            default -> new UniqueKeyTakenException(id);
        };
    }

    /** The first job of a call that comes after that one. */
    private static String named(UUID predecessor, List<NewJob> jobs) {
        return jobs.stream()
                .filter(job -> job.predecessors().contains(predecessor))
                .findFirst()
                .map(job -> "job " + job.id())
                .orElse("a job");
    }
}
