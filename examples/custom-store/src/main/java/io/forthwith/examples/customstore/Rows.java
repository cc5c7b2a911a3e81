package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobTies;
import io.forthwith.store.JobQuery;
import io.forthwith.store.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The jobs, whom they come after, their failed attempts and steps, found by plain scans. Not thread-safe. */
final class Rows {
    /** By the id as text, which is how ids sort: {@link UUID#compareTo} compares signed numbers. */
    private final NavigableMap<String, Job> jobs;

    /** The jobs that some come after, in the order in which they name them. */
    private final Map<UUID, List<UUID>> predecessors;

    private final List<JobFailure> failures;
    /** By their keys, in the order in which they were begun. */
    private final Map<String, JobStep> steps;

    Rows() {
        jobs = new TreeMap<>();
        predecessors = new LinkedHashMap<>();
        failures = new ArrayList<>();
        steps = new LinkedHashMap<>();
    }

    Rows(Rows other) {
        jobs = new TreeMap<>(other.jobs);
        predecessors = new LinkedHashMap<>(other.predecessors);
        failures = new ArrayList<>(other.failures);
        steps = new LinkedHashMap<>(other.steps);
    }

    void put(Job job) {
        jobs.put(job.id().toString(), job);
    }

    void comesAfter(UUID id, List<UUID> others) {
        predecessors.put(id, others);
    }

    void remember(JobFailure failure) {
        failures.add(failure);
    }

    void put(JobStep step) {
        steps.put(step.key(), step);
    }

    void purge(Collection<UUID> ids) {
        ids.forEach(id -> jobs.remove(id.toString()));
        predecessors.keySet().removeAll(ids);
        // A later job that has the id of one which is gone is another one.
        predecessors.replaceAll((id, others) ->
                others.stream().filter(other -> !ids.contains(other)).toList());
        failures.removeIf(failure -> ids.contains(failure.jobId()));
        steps.values().removeIf(step -> ids.contains(step.jobId()));
    }

    void apply(Change change) {
        change.jobs().forEach(this::put);
        change.predecessors().forEach(this::comesAfter);
        change.failures().forEach(this::remember);
        change.steps().forEach(this::put);
        purge(change.purged());
    }

    /** As many changes as there are rows, which together say how the rows stand. */
    Stream<Change> asChanges() {
        return Stream.of(
                        jobs.values().stream()
                                .map(job -> Change.of(job, predecessors.getOrDefault(job.id(), List.of()))),
                        failures.stream().map(Change::of),
                        steps.values().stream().map(Change::of))
                .flatMap(changes -> changes);
    }

    @Nullable
    Job get(UUID id) {
        return jobs.get(id.toString());
    }

    /** Every job, the lowest id first. */
    Stream<Job> all() {
        return jobs.values().stream();
    }

    Stream<JobFailure> failures() {
        return failures.stream();
    }

    List<JobStep> stepsOf(UUID jobId) {
        return steps.values().stream()
                .filter(step -> step.jobId().equals(jobId))
                .toList();
    }

    /** The job that has yet to undo the steps of {@code job}. */
    Optional<UUID> openUndo(Job job) {
        return stepsOf(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(this::isOpen)
                .findFirst();
    }

    Stream<Job> in(JobStatus status) {
        return all().filter(job -> job.status() == status);
    }

    Stream<Job> heldBy(UUID workerId) {
        return in(JobStatus.PROCESSING).filter(job -> workerId.equals(job.workerId()));
    }

    /** What may be claimed, in the order in which it is handed out. */
    List<Job> due(List<String> queues, Instant now) {
        return in(JobStatus.PENDING)
                .filter(job -> queues.contains(job.queue()) && !job.runAt().isAfter(now))
                // The sort keeps the order of the ids among equals.
                .sorted(Comparator.comparingInt(Job::priority).reversed().thenComparing(Job::runAt))
                .toList();
    }

    /**
     * What has ended long ago, and is not needed by its parent or by those that come after it, who could be retried, nor has steps
     * that are yet to be undone.
     */
    Stream<Job> old(Retention retention, Instant now) {
        return all().filter(job -> endedLongAgo(job, retention, now)
                && isDone(job.parentId())
                && successorsOf(job.id()).map(Job::id).allMatch(this::isDone)
                && openUndo(job).isEmpty());
    }

    private static boolean endedLongAgo(Job job, Retention retention, Instant now) {
        Duration kept = job.status() == JobStatus.FAILED ? retention.failed() : retention.completed();
        return job.completedAt() != null && !job.completedAt().plus(kept).isAfter(now);
    }

    private boolean isDone(@Nullable UUID id) {
        Job job = id == null ? null : get(id);
        return job == null || job.status() == JobStatus.COMPLETED;
    }

    private boolean isOpen(@Nullable UUID id) {
        Job job = id == null ? null : get(id);
        return job != null && job.status().isOpen();
    }

    /** The children of a job in their order, its second part first. */
    Stream<Job> childrenOf(UUID id) {
        return all().filter(job -> id.equals(job.parentId())).sorted(Comparator.comparingInt(Rows::place));
    }

    /** The place of a job among the children of its parent. */
    static int place(Job child) {
        return Objects.requireNonNullElse(child.ties().position(), JobTies.SECOND_PART);
    }

    /** The highest place among the children of a parent; 0 if it has none. */
    int lastPlace(@Nullable UUID parent) {
        return parent == null
                ? 0
                : childrenOf(parent).mapToInt(Rows::place).max().orElse(0);
    }

    /** The jobs that a job comes after, those left out that are gone, in the order in which it names them. */
    List<Job> predecessorsOf(UUID id) {
        return predecessors.getOrDefault(id, List.of()).stream()
                .map(this::get)
                .filter(Objects::nonNull)
                .toList();
    }

    Stream<Job> successorsOf(UUID id) {
        return predecessors.entrySet().stream()
                .filter(entry -> entry.getValue().contains(id))
                .map(entry -> get(entry.getKey()))
                .filter(Objects::nonNull);
    }

    Optional<Job> holderOf(String type, @Nullable String uniqueKey) {
        return uniqueKey == null
                ? Optional.empty()
                : all().filter(job -> uniqueKey.equals(job.uniqueKey()))
                        .filter(job -> type.equals(job.type()) && job.status().isOpen())
                        .findFirst();
    }

    /** Everything that a query selects, on whatever page, the highest id first. */
    Stream<Job> select(JobQuery query) {
        return jobs.descendingMap().values().stream()
                .filter(job -> query.statuses().isEmpty() || query.statuses().contains(job.status()))
                .filter(job -> query.type() == null || query.type().equals(job.type()))
                .filter(job -> query.userId() == null || query.userId().equals(job.userId()))
                .filter(job -> query.projectId() == null || query.projectId().equals(job.projectId()))
                .filter(job -> query.queue() == null || query.queue().equals(job.queue()))
                .filter(job -> query.parentId() == null || query.parentId().equals(job.parentId()))
                .filter(job -> query.errorCode() == null || query.errorCode().equals(job.errorCode()))
                .filter(job -> !query.onlyUndos() || job.isUndo());
    }
}
