package io.forthwith.store.kit.internal.random;

import io.forthwith.JobStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The jobs of the model, by name, in the order in which they were added; which job is whose child; and the time. */
final class ModelJobs {
    private final Map<String, ModelJob> byName = new LinkedHashMap<>();
    private final Map<String, List<ModelJob>> byParent = new HashMap<>();
    /** In ticks. */
    int now;

    void add(ModelJob job) {
        byName.put(job.name, job);
        if (job.parent != null) {
            byParent.computeIfAbsent(job.parent, key -> new ArrayList<>()).add(job);
        }
    }

    /** Deletes a job. No job comes after it any more, also if another job gets its name. */
    void remove(ModelJob job) {
        byName.remove(job.name);
        byName.values().forEach(other -> other.after.remove(job.name));
        if (job.parent != null) {
            childrenIn(job.parent).remove(job);
        }
    }

    Collection<ModelJob> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    List<String> sortedNames() {
        return List.copyOf(new TreeSet<>(byName.keySet()));
    }

    boolean has(@Nullable String name) {
        return find(name) != null;
    }

    /** Null if there was no such job, or if it was deleted. */
    @Nullable
    ModelJob find(@Nullable String name) {
        return name == null ? null : byName.get(name);
    }

    ModelJob get(String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    @Nullable
    ModelJob parentOf(ModelJob job) {
        return find(job.parent);
    }

    /** With the finisher. */
    List<ModelJob> childrenOf(String parent) {
        return List.copyOf(childrenIn(parent));
    }

    private List<ModelJob> childrenIn(String parent) {
        return byParent.computeIfAbsent(parent, key -> new ArrayList<>());
    }

    /** Without the finisher. */
    List<ModelJob> othersOf(String parent) {
        return childrenIn(parent).stream().filter(child -> !child.isFinisher).toList();
    }

    @Nullable
    ModelJob finisherOf(String parent) {
        return childrenIn(parent).stream()
                .filter(child -> child.isFinisher)
                .findFirst()
                .orElse(null);
    }

    /** The predecessors of a job, as far as they have not been deleted. */
    List<ModelJob> predecessorsOf(ModelJob job) {
        return job.after.stream().map(this::find).filter(Objects::nonNull).toList();
    }

    /** How many ancestors a job has, up to one that has been deleted. */
    int depth(@Nullable ModelJob job) {
        return job == null || job.parent == null ? 0 : 1 + depth(parentOf(job));
    }

    /** From 1; 0 for a job that is not there. */
    int level(@Nullable String name) {
        ModelJob job = find(name);
        return job == null ? 0 : 1 + depth(job);
    }

    /** The open job that holds a unique key. */
    @Nullable
    ModelJob holderOf(@Nullable String key) {
        return byName.values().stream()
                .filter(job -> key != null && key.equals(job.key) && job.isOpen())
                .findFirst()
                .orElse(null);
    }

    /** The workers that hold a running job. */
    List<String> holders() {
        return byName.values().stream()
                .filter(job -> job.status == JobStatus.PROCESSING)
                .map(job -> job.holder)
                .toList();
    }

    /** Whether its parent, if it has one, will never run it again. */
    boolean isFreeOfItsParent(ModelJob job) {
        ModelJob parent = parentOf(job);
        return parent == null || parent.status == JobStatus.COMPLETED;
    }

    /** Whether a job that may run again comes after this one. */
    boolean isNeeded(ModelJob job) {
        return byName.values().stream()
                .anyMatch(other -> other.status != JobStatus.COMPLETED && other.after.contains(job.name));
    }
}
