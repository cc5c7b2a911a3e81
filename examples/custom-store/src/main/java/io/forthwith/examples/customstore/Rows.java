package io.forthwith.examples.customstore;

import static io.forthwith.examples.customstore.Table.key;
import static io.forthwith.examples.customstore.Table.sorted;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.store.rows.JobRows;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/**
 * The jobs, whom they come after, their failed attempts and steps, each row as JSON in a {@link Table}; and what finds jobs without
 * reading them all: further tables, from what is looked for to the id. Not thread-safe.
 *
 * <p>Ids sort as text: {@link UUID#compareTo} compares signed numbers.
 */
final class Rows implements JobRows {
    /** By id. */
    private final Table jobs;
    /** Pending jobs: queue, priority, due time, id. */
    private final Table ready;
    /** Running jobs: worker, id. */
    private final Table running;
    /** Jobs that have ended: status, end, id. */
    private final Table ended;
    /** Open jobs with unique keys: type, key. */
    private final Table keys;
    /** Jobs that have a parent: parent, place, id. */
    private final Table children;
    /** Those of them that are open, without finishers: parent, id. */
    private final Table openChildren;
    /** Jobs that come after others: job, the how manieth of those it is; the value is that other job. */
    private final Table predecessors;
    /** The same the other way round: the other job, job. */
    private final Table successors;
    /** Failed attempts: job, claim. */
    private final Table failures;
    /** Durable steps: job, the how manieth of them it is. */
    private final Table steps;

    /**
     * Not written down. Workers live in the process that has the file open, so after a restart none is left, and what they held is taken
     * over.
     */
    private final Map<UUID, Instant> leases;

    /** One place where a job is found. */
    private record Entry(Table table, String key) {}

    Rows(MVStore file, Map<UUID, Instant> leases) {
        this.leases = leases;
        jobs = new Table(file, "job");
        ready = new Table(file, "ready");
        running = new Table(file, "running");
        ended = new Table(file, "ended");
        keys = new Table(file, "key");
        children = new Table(file, "child");
        openChildren = new Table(file, "openChild");
        predecessors = new Table(file, "predecessor");
        successors = new Table(file, "successor");
        failures = new Table(file, "failure");
        steps = new Table(file, "step");
    }

    @Override
    public void put(Job job) {
        Job before = get(job.id());
        Set<Entry> old = before == null ? Set.of() : entries(before);
        Set<Entry> now = entries(job);
        old.stream()
                .filter(entry -> !now.contains(entry))
                .forEach(entry -> entry.table().remove(entry.key()));
        now.stream()
                .filter(entry -> !old.contains(entry))
                .forEach(entry -> entry.table().put(entry.key(), id(job)));
        jobs.put(id(job), Json.write(job));
    }

    /** Where a job is to be found. */
    private Set<Entry> entries(Job job) {
        Set<Entry> entries = new HashSet<>();
        if (job.status() == JobStatus.PENDING) {
            entries.add(new Entry(ready, key(job.queue(), job.priority(), sorted(job.runAt()), job.id())));
        }
        if (job.status() == JobStatus.PROCESSING) {
            entries.add(new Entry(running, key(Objects.requireNonNull(job.workerId()), job.id())));
        }
        if (job.completedAt() != null) {
            entries.add(new Entry(ended, key(job.status(), sorted(job.completedAt()), job.id())));
        }
        if (job.uniqueKey() != null && job.status().isOpen()) {
            entries.add(new Entry(keys, key(job.type(), job.uniqueKey())));
        }
        if (job.parentId() != null) {
            int place = Objects.requireNonNull(job.relations().position());
            entries.add(new Entry(children, key(job.parentId(), sorted(place), job.id())));
            if (job.status().isOpen() && !job.relations().isFinisher()) {
                entries.add(new Entry(openChildren, key(job.parentId(), job.id())));
            }
        }
        return entries;
    }

    private static String id(Job job) {
        return job.id().toString();
    }

    @Override
    public void comesAfter(UUID job, List<UUID> others) {
        for (int i = 0; i < others.size(); i++) {
            predecessors.put(key(job, sorted(i)), others.get(i).toString());
            successors.put(key(others.get(i), job), job.toString());
        }
    }

    @Override
    public void put(JobFailure failure) {
        failures.put(key(failure.jobId(), sorted(failure.claim())), Json.write(failure));
    }

    @Override
    public void put(JobStep step) {
        steps.put(key(step.jobId(), sorted(step.position())), Json.write(step));
    }

    @Override
    public void delete(UUID job) {
        String id = job.toString();
        entries(Objects.requireNonNull(get(job))).forEach(entry -> entry.table().remove(entry.key()));
        predecessors(job).forEach(other -> successors.remove(key(other.id(), id)));
        Stream.of(predecessors, successors, failures, steps).forEach(table -> table.removeUnder(id));
        jobs.remove(id);
    }

    @Override
    public @Nullable Job get(UUID id) {
        return get(id.toString());
    }

    private @Nullable Job get(String id) {
        String row = jobs.get(id);
        return row == null ? null : Json.read(row, Job.class);
    }

    private Stream<Job> read(Stream<String> ids) {
        return ids.map(this::get).filter(Objects::nonNull);
    }

    @Override
    public Stream<Job> due(String queue, int priority, Instant now) {
        return read(ready.underTo(key(queue, priority), sorted(now)));
    }

    @Override
    public Stream<Job> running() {
        return read(running.all());
    }

    @Override
    public Stream<Job> heldBy(UUID workerId) {
        return read(running.under(workerId.toString()));
    }

    @Override
    public Stream<Job> ended(JobStatus status, Instant until) {
        return read(ended.underTo(key(status), sorted(until)));
    }

    @Override
    public Stream<Job> newestFirst(@Nullable UUID before) {
        return jobs.lastBefore(before == null ? null : before.toString()).map(row -> Json.read(row, Job.class));
    }

    @Override
    public Optional<UUID> holderOf(String type, String uniqueKey) {
        return Optional.ofNullable(keys.get(key(type, uniqueKey))).map(UUID::fromString);
    }

    @Override
    public Stream<Job> children(UUID parent, int after) {
        return read(children.underFrom(parent.toString(), sorted(after + 1L)));
    }

    @Override
    public boolean hasOpenChild(UUID parent) {
        return openChildren.under(parent.toString()).findFirst().isPresent();
    }

    @Override
    public int lastPosition(UUID parent) {
        return read(children.lastUnder(parent.toString()))
                .map(child -> Objects.requireNonNull(child.relations().position()))
                .findFirst()
                .orElse(0);
    }

    @Override
    public List<Job> predecessors(UUID job) {
        return read(predecessors.under(job.toString()))
                .filter(other -> successors.get(key(other.id(), job)) != null)
                .toList();
    }

    @Override
    public List<UUID> successors(UUID job) {
        return successors.under(job.toString()).map(UUID::fromString).toList();
    }

    @Override
    public List<JobFailure> failures(UUID job) {
        return failures.under(job.toString())
                .map(row -> Json.read(row, JobFailure.class))
                .toList();
    }

    @Override
    public List<JobStep> steps(UUID job) {
        return steps.under(job.toString())
                .map(row -> Json.read(row, JobStep.class))
                .toList();
    }

    @Override
    public Map<UUID, Instant> leases() {
        return leases;
    }
}
