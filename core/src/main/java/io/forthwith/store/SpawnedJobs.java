package io.forthwith.store;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobRelations;
import io.forthwith.internal.LibraryOnly;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * The jobs that a job adds when it begins to wait for its children. Immutable.
 *
 * @param jobs its children and theirs, each with its parent; they come after each other only, and have no parent but each other and the
 *     spawning job
 * @param onChildFailure what becomes of the spawning job when a child fails or is cancelled
 * @param cancelsOtherChildren whether its open children are cancelled then
 */
public record SpawnedJobs(List<EncodedJob> jobs, ChildFailurePolicy onChildFailure, boolean cancelsOtherChildren) {
    /** No jobs. */
    public static final SpawnedJobs NONE = new SpawnedJobs(List.of(), ChildFailurePolicy.FAIL_AT_ONCE, false);

    /** Copies the list. */
    public SpawnedJobs {
        jobs = List.copyOf(jobs);
        Objects.requireNonNull(onChildFailure, "onChildFailure");
    }

    /** How many of the jobs are children of this one, its finisher included. */
    public int childrenOf(UUID parent) {
        return (int) jobs.stream()
                .filter(each -> parent.equals(each.job().parentId()))
                .count();
    }

    /** The ties of the spawning job from now on. */
    public JobRelations relations(JobRelations own) {
        return jobs.isEmpty()
                ? own.parent(LibraryOnly.KEY, own.isSealed(), own.onChildFailure(), own.cancelsOtherChildren())
                : own.parent(LibraryOnly.KEY, true, onChildFailure, cancelsOtherChildren);
    }
}
