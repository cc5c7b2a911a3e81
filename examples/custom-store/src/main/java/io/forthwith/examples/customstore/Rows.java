package io.forthwith.examples.customstore;

import static io.forthwith.examples.customstore.Table.key;
import static io.forthwith.examples.customstore.Table.sorted;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.store.JobQuery;
import io.forthwith.store.Retention;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
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
final class Rows {
    private static final int HIGHEST_PRIORITY = 9;

    /** By id. */
    private final Table jobs;
    /** Pending jobs in the order in which they are handed out: queue, how far below the highest priority, due time, id. */
    private final Table ready;
    /** Running jobs: worker, id. */
    private final Table running;
    /** Jobs that have ended: whether they failed, end, id. */
    private final Table ended;
    /** Open jobs with unique keys: type, key. */
    private final Table keys;
    /** Jobs that have a parent: parent, place, id. */
    private final Table children;
    /** Those of them that are open, without second parts: parent, id. */
    private final Table openChildren;
    /** Jobs that come after others: job, the how manieth of those it is; the value is that other job. */
    private final Table predecessors;
    /** The same the other way round: the other job, job. */
    private final Table successors;
    /** Failed attempts: job, claim. */
    private final Table failures;
    /** Durable steps: job, the how manieth of them it is. */
    private final Table steps;

    /** One place where a job is found. */
    private record Entry(Table table, String key) {}

    Rows(MVStore file) {
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

    void put(Job job) {
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
            entries.add(new Entry(ready, key(level(job.queue(), job.priority()), sorted(job.runAt()), job.id())));
        }
        if (job.status() == JobStatus.PROCESSING) {
            entries.add(new Entry(running, key(Objects.requireNonNull(job.workerId()), job.id())));
        }
        if (job.completedAt() != null) {
            entries.add(new Entry(ended, key(job.status() == JobStatus.FAILED, sorted(job.completedAt()), job.id())));
        }
        if (job.uniqueKey() != null && job.status().isOpen()) {
            entries.add(new Entry(keys, key(job.type(), job.uniqueKey())));
        }
        if (job.parentId() != null) {
            int place = Objects.requireNonNull(job.ties().position());
            entries.add(new Entry(children, key(job.parentId(), sorted(place), job.id())));
            if (job.status().isOpen() && !job.ties().isSecondPart()) {
                entries.add(new Entry(openChildren, key(job.parentId(), job.id())));
            }
        }
        return entries;
    }

    private static String level(String queue, int priority) {
        return key(queue, HIGHEST_PRIORITY - priority);
    }

    private static String id(Job job) {
        return job.id().toString();
    }

    void comesAfter(UUID id, List<UUID> others) {
        for (int i = 0; i < others.size(); i++) {
            predecessors.put(key(id, sorted(i)), others.get(i).toString());
            successors.put(key(others.get(i), id), id.toString());
        }
    }

    void put(JobFailure failure) {
        failures.put(key(failure.jobId(), sorted(failure.claim())), Json.write(failure));
    }

    void put(JobStep step) {
        steps.put(key(step.jobId(), sorted(step.position())), Json.write(step));
    }

    /** Deletes a job with all that was noted of it: a later one that gets its id is another one. */
    void delete(Job job) {
        String id = id(job);
        predecessorsOf(job.id()).forEach(other -> successors.remove(key(other.id(), id)));
        Stream.of(predecessors, successors, failures, steps).forEach(table -> table.removeUnder(id));
        entries(job).forEach(entry -> entry.table().remove(entry.key()));
        jobs.remove(id);
    }

    @Nullable
    Job get(UUID id) {
        return get(id.toString());
    }

    private @Nullable Job get(String id) {
        String row = jobs.get(id);
        return row == null ? null : Json.read(row, Job.class);
    }

    private Stream<Job> read(Stream<String> ids) {
        return ids.map(this::get).filter(Objects::nonNull);
    }

    List<JobFailure> failuresOf(UUID id) {
        return failures.under(id.toString())
                .map(row -> Json.read(row, JobFailure.class))
                .toList();
    }

    List<JobStep> stepsOf(UUID id) {
        return steps.under(id.toString())
                .map(row -> Json.read(row, JobStep.class))
                .toList();
    }

    /** The job that has yet to undo the steps of {@code job}. */
    Optional<UUID> openUndo(Job job) {
        return stepsOf(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(this::isOpen)
                .findFirst();
    }

    private boolean isOpen(@Nullable UUID id) {
        Job job = id == null ? null : get(id);
        return job != null && job.status().isOpen();
    }

    /** Whether nothing will ever be asked again of a job, not even by a retry: it has completed, or there is none. */
    private boolean isDone(@Nullable UUID id) {
        Job job = id == null ? null : get(id);
        return job == null || job.status() == JobStatus.COMPLETED;
    }

    List<Job> running() {
        return read(running.all()).toList();
    }

    List<Job> heldBy(UUID workerId) {
        return read(running.under(workerId.toString())).toList();
    }

    Due due(Collection<String> queues, Instant now) {
        Due due = new Due();
        for (String queue : queues) {
            for (int priority = HIGHEST_PRIORITY; priority >= 0; priority--) {
                due.add(read(ready.underTo(level(queue, priority), sorted(now))));
            }
        }
        return due;
    }

    /**
     * What has ended long ago, and is not needed by its parent or by those that come after it, who could be retried, nor has steps
     * that are yet to be undone.
     */
    Stream<Job> old(Retention retention, Instant now) {
        return Stream.concat(
                        ended.underTo(key(false), sorted(now.minus(retention.completed()))),
                        ended.underTo(key(true), sorted(now.minus(retention.failed()))))
                .map(this::get)
                .filter(Objects::nonNull)
                .filter(job -> isDone(job.parentId())
                        && successorsOf(job.id()).stream().allMatch(this::isDone)
                        && openUndo(job).isEmpty());
    }

    /** The children of a job in their order, its second part first. */
    List<Job> childrenOf(UUID id) {
        return read(children.under(id.toString())).toList();
    }

    /** The children of a job from this place on. */
    Stream<Job> childrenFrom(UUID id, long place) {
        return read(children.underFrom(id.toString(), sorted(place)));
    }

    boolean hasOpenChild(UUID id) {
        return openChildren.under(id.toString()).findFirst().isPresent();
    }

    /** The highest place among the children of a parent; 0 if it has none. */
    int lastPlace(@Nullable UUID parent) {
        return parent == null
                ? 0
                : read(children.lastUnder(parent.toString()))
                        .map(job -> Objects.requireNonNull(job.ties().position()))
                        .findFirst()
                        .orElse(0);
    }

    /** The jobs that a job comes after, those left out that are gone, in the order in which it names them. */
    List<Job> predecessorsOf(UUID id) {
        return read(predecessors.under(id.toString()))
                .filter(other -> successors.get(key(other.id(), id)) != null)
                .toList();
    }

    List<UUID> successorsOf(UUID id) {
        return successors.under(id.toString()).map(UUID::fromString).toList();
    }

    /** The open job with this unique key. */
    Optional<UUID> holderOf(String type, @Nullable String uniqueKey) {
        return uniqueKey == null
                ? Optional.empty()
                : Optional.ofNullable(keys.get(key(type, uniqueKey))).map(UUID::fromString);
    }

    /** Everything that a query selects, but for its limit, the highest id first. All rows on the way are read. */
    Stream<Job> select(JobQuery query, @Nullable UUID before) {
        return jobs.lastBefore(before == null ? null : before.toString())
                .map(row -> Json.read(row, Job.class))
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
