package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.store.FamilyRows;
import io.forthwith.store.RetryFamily;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who waits for whom among the rows of one step, which is all that a store has to say about families. Not thread-safe. */
final class Relatives implements FamilyRows, RetryFamily.Relatives {
    private final Rows rows;
    private final Consumer<Job> write;

    /** @param write replaces a job */
    Relatives(Rows rows, Consumer<Job> write) {
        this.rows = rows;
        this.write = write;
    }

    @Override
    public @Nullable Job get(UUID id) {
        return rows.get(id);
    }

    @Override
    public void put(Job moved) {
        write.accept(moved);
    }

    @Override
    public int depth(UUID id) {
        Job job = rows.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return those(parents, parent -> childrenOf(parent).stream().anyMatch(Relatives::isOpen));
    }

    @Override
    public Map<UUID, Children> children(Set<UUID> parents) {
        Map<UUID, Children> counts = new HashMap<>();
        for (UUID parent : parents) {
            Children children = Children.NONE;
            for (Job child : childrenOf(parent)) {
                children = children.and(child);
            }
            counts.put(parent, children);
        }
        return counts;
    }

    @Override
    public Map<UUID, UUID> secondParts(Set<UUID> parents) {
        Map<UUID, UUID> secondParts = new HashMap<>();
        for (UUID parent : parents) {
            rows.childrenOf(parent)
                    .filter(child -> child.ties().isSecondPart())
                    .forEach(child -> secondParts.put(parent, child.id()));
        }
        return secondParts;
    }

    @Override
    public List<UUID> childrenToCancel(UUID parent) {
        return rows.childrenOf(parent)
                .filter(child -> isOpen(child) || child.ties().isParent())
                .map(Job::id)
                .toList();
    }

    @Override
    public @Nullable FirstFailure firstFailedChild(UUID parent) {
        return FirstFailure.among(childrenOf(parent));
    }

    @Override
    public Set<UUID> successors(Set<UUID> predecessors) {
        return predecessors.stream().flatMap(rows::successorsOf).map(Job::id).collect(Collectors.toSet());
    }

    @Override
    public Set<UUID> withOpenPredecessors(Set<UUID> jobs) {
        return those(jobs, job -> rows.predecessorsOf(job).stream().anyMatch(Relatives::isOpen));
    }

    @Override
    public Map<UUID, Predecessors> predecessors(Set<UUID> jobs) {
        Map<UUID, Predecessors> counts = new HashMap<>();
        for (UUID job : jobs) {
            Predecessors predecessors = Predecessors.NONE;
            for (Job predecessor : rows.predecessorsOf(job)) {
                predecessors = predecessors.and(predecessor);
            }
            counts.put(job, predecessors);
        }
        return counts;
    }

    @Override
    public @Nullable FirstFailure firstFailedPredecessor(UUID job) {
        return FirstFailure.among(rows.predecessorsOf(job));
    }

    @Override
    public Collection<Job> endedChildren(Job job) {
        return rows.childrenOf(job.id()).toList();
    }

    @Override
    public Collection<Job> endedPredecessors(Job job) {
        return rows.predecessorsOf(job.id());
    }

    @Override
    public @Nullable Job parent(Job job) {
        return job.parentId() == null ? null : rows.get(job.parentId());
    }

    @Override
    public boolean hasChildren(Job job) {
        return rows.childrenOf(job.id()).findAny().isPresent();
    }

    /** Without the second part. */
    private List<Job> childrenOf(UUID parent) {
        return rows.childrenOf(parent)
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
