package io.forthwith.store;

import io.forthwith.Job;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a step for stores that have them all in memory, or would rather read relatives one by one than ask a query: who belongs
 * together is all they have to say, and what {@link Cascade} and {@link RetryFamily} ask is worked out from that. Not thread-safe.
 */
public abstract class RowsInMemory implements FamilyRows, RetryFamily.Relatives {
    /** For subclasses. */
    protected RowsInMemory() {}

    /** The children of a job in the order of their places, its second part among them. */
    protected abstract Collection<Job> childrenOf(UUID parent);

    /** The jobs that a job comes after, as far as they still exist. */
    protected abstract Collection<Job> predecessorsOf(UUID job);

    /** The jobs that come after a job. */
    protected abstract Collection<UUID> successorsOf(UUID job);

    @Override
    public final int depth(UUID id) {
        int depth = 0;
        Job job = get(id);
        while (job != null && job.parentId() != null) {
            depth++;
            job = get(job.parentId());
        }
        return depth;
    }

    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return those(parents, parent -> othersOf(parent).stream().anyMatch(RowsInMemory::isOpen));
    }

    @Override
    public final Map<UUID, Children> children(Set<UUID> parents) {
        Map<UUID, Children> all = new HashMap<>();
        for (UUID parent : parents) {
            Children children = Children.NONE;
            for (Job child : othersOf(parent)) {
                children = children.and(child);
            }
            all.put(parent, children);
        }
        return all;
    }

    @Override
    public final Map<UUID, Integer> sizes(Set<UUID> parents) {
        return parents.stream()
                .collect(Collectors.toMap(id -> id, id -> childrenOf(id).size()));
    }

    @Override
    public final Map<UUID, UUID> secondParts(Set<UUID> parents) {
        Map<UUID, UUID> all = new HashMap<>();
        for (UUID parent : parents) {
            childrenOf(parent).stream()
                    .filter(child -> child.ties().isSecondPart())
                    .forEach(child -> all.put(parent, child.id()));
        }
        return all;
    }

    @Override
    public final List<UUID> childrenToCancel(UUID parent) {
        return childrenOf(parent).stream()
                .filter(child -> isOpen(child) || child.ties().isParent())
                .map(Job::id)
                .toList();
    }

    @Override
    public final @Nullable FirstFailure firstFailedChild(UUID parent) {
        return FirstFailure.among(othersOf(parent));
    }

    @Override
    public final Set<UUID> successors(Set<UUID> predecessors) {
        return predecessors.stream().flatMap(id -> successorsOf(id).stream()).collect(Collectors.toSet());
    }

    @Override
    public final Set<UUID> withOpenPredecessors(Set<UUID> jobs) {
        return those(jobs, job -> predecessorsOf(job).stream().anyMatch(RowsInMemory::isOpen));
    }

    @Override
    public final Map<UUID, Predecessors> predecessors(Set<UUID> jobs) {
        Map<UUID, Predecessors> all = new HashMap<>();
        for (UUID job : jobs) {
            Predecessors predecessors = Predecessors.NONE;
            for (Job predecessor : predecessorsOf(job)) {
                predecessors = predecessors.and(predecessor);
            }
            all.put(job, predecessors);
        }
        return all;
    }

    @Override
    public final @Nullable FirstFailure firstFailedPredecessor(UUID job) {
        return FirstFailure.among(predecessorsOf(job));
    }

    @Override
    public final Collection<Job> endedChildren(Job job) {
        return childrenOf(job.id());
    }

    @Override
    public final Collection<Job> endedPredecessors(Job job) {
        return predecessorsOf(job.id());
    }

    @Override
    public final @Nullable Job parent(Job job) {
        return job.parentId() == null ? null : get(job.parentId());
    }

    /** The children of a job without its second part. */
    private List<Job> othersOf(UUID parent) {
        return childrenOf(parent).stream()
                .filter(child -> !child.ties().isSecondPart())
                .toList();
    }

    private static boolean isOpen(Job job) {
        return job.status().isOpen();
    }

    private static Set<UUID> those(Set<UUID> ids, Predicate<UUID> which) {
        return ids.stream().filter(which).collect(Collectors.toSet());
    }
}
