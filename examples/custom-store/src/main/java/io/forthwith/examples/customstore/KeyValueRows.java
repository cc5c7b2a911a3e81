package io.forthwith.examples.customstore;

import static io.forthwith.examples.customstore.Table.key;
import static io.forthwith.examples.customstore.Table.sorted;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.UniqueKey;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.StepName;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rows.JobRowAccess;
import io.forthwith.store.rows.RowsAsMaps;
import io.forthwith.store.rows.TimedUniqueKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
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
 * Jobs, their predecessors, their failed attempts and their steps. Each row is JSON in a {@link Table}. Further tables are the indexes: their
 * keys contain the fields that a query searches by, their values are ids. Not thread-safe.
 *
 * <p>Ids sort as text: {@link UUID#compareTo} compares signed numbers.
 */
final class KeyValueRows implements JobRowAccess {
    /** By id. */
    private final Table jobs;
    /** Pending jobs: queue, priority, due time, id. */
    private final Table ready;
    /** Running jobs: worker, id. */
    private final Table running;
    /** Jobs that have ended: status, end, id. */
    private final Table ended;
    /** Jobs that have unique keys until they have ended, or started: scope, type, key. */
    private final Table keys;
    /** Unique keys for a period: type, key. */
    private final Table periodKeys;
    /** Jobs that have not started and have deadlines: "at", deadline, id. */
    private final Table expiring;
    /** Jobs that have a parent: parent, position, id. */
    private final Table children;
    /** The same jobs if they are open, without finishers: parent, id. */
    private final Table openChildren;
    /** Predecessors: job, number in its list; the value is the predecessor. */
    private final Table predecessors;
    /** Successors: predecessor, job. */
    private final Table successors;
    /** Failed attempts: job, claim. */
    private final Table failures;
    /** Durable steps: job, position. */
    private final Table steps;
    /** The same steps: job, name, part, position; the value is the position. */
    private final Table stepNames;
    /** By name. */
    private final Table schedules;
    /** The same schedules: next time, name; the value is the name. */
    private final Table nextTimes;
    /** Paused queues: name. */
    private final Table pausedQueues;

    private final Table limits;
    private final Table limitKeys;
    /** Open and failed jobs of sequences: sequence, number, job. */
    private final Table sequences;
    /** Failed jobs that block their sequence: sequence, number, job. */
    private final Table blocking;

    /**
     * Not in the file. All workers live in the process that has the file open, so no worker survives a restart, and jobs without a worker are
     * taken over.
     */
    private final Map<UUID, RegisteredWorker> workers;

    private final InstantSource clock;

    /** An entry of an index. */
    private record Entry(Table table, String key) {}

    KeyValueRows(MVStore file, Map<UUID, RegisteredWorker> workers, InstantSource clock) {
        this.workers = workers;
        this.clock = clock;
        jobs = new Table(file, "job");
        ready = new Table(file, "ready");
        running = new Table(file, "running");
        ended = new Table(file, "ended");
        keys = new Table(file, "key");
        periodKeys = new Table(file, "periodKey");
        expiring = new Table(file, "expiring");
        children = new Table(file, "child");
        openChildren = new Table(file, "openChild");
        predecessors = new Table(file, "predecessor");
        successors = new Table(file, "successor");
        failures = new Table(file, "failure");
        steps = new Table(file, "step");
        stepNames = new Table(file, "stepName");
        schedules = new Table(file, "schedule");
        nextTimes = new Table(file, "nextTime");
        pausedQueues = new Table(file, "pausedQueue");
        limits = new Table(file, "limit");
        limitKeys = new Table(file, "limitKey");
        sequences = new Table(file, "sequence");
        blocking = new Table(file, "blocking");
    }

    @Override
    public Instant now() {
        return clock.instant();
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
        jobs.put(id(job), Json.write(RowsAsMaps.of(job)));
    }

    /** All index entries of a job. */
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
        if (job.uniqueKey() != null && hasKey(job)) {
            entries.add(new Entry(keys, key(Objects.requireNonNull(job.keyScope()), job.type(), job.uniqueKey())));
        }
        if (job.expiresAt() != null && isIdle(job) && !job.hasStarted()) {
            entries.add(new Entry(expiring, key("at", sorted(job.expiresAt()), job.id())));
        }
        if (job.sequence() != null) {
            String place = key(job.sequence().key(), sorted(job.sequence().number()), job.id());
            if (job.status().isOpen() || job.status() == JobStatus.FAILED) {
                entries.add(new Entry(sequences, place));
            }
            if (job.status() == JobStatus.FAILED && job.sequence().onFailure() == SequenceFailurePolicy.BLOCK) {
                entries.add(new Entry(blocking, place));
            }
        }
        if (job.parentId() != null) {
            int position = Objects.requireNonNull(job.relations().position());
            entries.add(new Entry(children, key(job.parentId(), sorted(position), job.id())));
            if (job.status().isOpen() && !job.relations().isFinisher()) {
                entries.add(new Entry(openChildren, key(job.parentId(), job.id())));
            }
        }
        return entries;
    }

    private static boolean isIdle(Job job) {
        return job.status() == JobStatus.PENDING || job.status() == JobStatus.WAITING;
    }

    private static boolean hasKey(Job job) {
        return job.status().isOpen()
                && (job.keyScope() == UniqueKey.Scope.UNTIL_ENDED
                        || (job.keyScope() == UniqueKey.Scope.UNTIL_STARTED && job.claim() == 0));
    }

    private static String id(Job job) {
        return job.id().toString();
    }

    @Override
    public void comesAfter(UUID job, List<UUID> all) {
        for (int i = 0; i < all.size(); i++) {
            predecessors.put(key(job, sorted(i)), all.get(i).toString());
            successors.put(key(all.get(i), job), job.toString());
        }
    }

    @Override
    public void put(FailedAttempt failure) {
        failures.put(key(failure.jobId(), sorted(failure.claim())), Json.write(RowsAsMaps.of(failure)));
    }

    @Override
    public void put(JobStep step) {
        String position = sorted(step.position());
        steps.put(key(step.jobId(), position), Json.write(RowsAsMaps.of(step)));
        stepNames.put(key(step.jobId(), step.name(), step.part(), position), position);
    }

    @Override
    public void delete(UUID job) {
        String id = job.toString();
        entries(Objects.requireNonNull(get(job))).forEach(entry -> entry.table().remove(entry.key()));
        predecessors(job).forEach(other -> successors.remove(key(other.id(), id)));
        Stream.of(predecessors, successors, failures, steps, stepNames).forEach(table -> table.removeUnder(id));
        jobs.remove(id);
    }

    @Override
    public @Nullable Job get(UUID id) {
        return get(id.toString());
    }

    private @Nullable Job get(String id) {
        String row = jobs.get(id);
        return row == null ? null : RowsAsMaps.job(Json.read(row));
    }

    private Stream<Job> read(Stream<String> ids) {
        return ids.map(this::get).filter(Objects::nonNull);
    }

    @Override
    public Stream<Job> due(String queue, int priority, Instant now) {
        return read(ready.underTo(key(queue, priority), sorted(now)));
    }

    @Override
    public Stream<Job> dueAfter(String queue, int priority, Instant time) {
        return read(ready.underFrom(key(queue, priority), sorted(time.plusNanos(1))));
    }

    @Override
    public List<String> pendingQueues(int atMost) {
        return ready.firstParts(null, atMost);
    }

    @Override
    public Stream<Job> heldBy(UUID worker) {
        return read(running.under(worker.toString()));
    }

    @Override
    public List<UUID> holders(@Nullable UUID after, int atMost) {
        return running.firstParts(after == null ? null : after.toString(), atMost).stream()
                .map(UUID::fromString)
                .toList();
    }

    @Override
    public Stream<Job> ended(JobStatus status, Instant until) {
        return read(ended.underTo(key(status), sorted(until)));
    }

    @Override
    public Stream<Job> newestFirst(@Nullable UUID before) {
        return jobs.lastBefore(before == null ? null : before.toString()).map(row -> RowsAsMaps.job(Json.read(row)));
    }

    @Override
    public Optional<UUID> holderOf(String type, String uniqueKey, UniqueKey.Scope scope) {
        return Optional.ofNullable(keys.get(key(scope, type, uniqueKey))).map(UUID::fromString);
    }

    @Override
    public Stream<Job> expiring(Instant until) {
        return read(expiring.underTo("at", sorted(until)));
    }

    @Override
    public @Nullable TimedUniqueKey periodKey(String type, String key) {
        String row = periodKeys.get(key(type, key));
        return row == null ? null : RowsAsMaps.periodKey(Json.read(row));
    }

    @Override
    public void put(TimedUniqueKey key) {
        periodKeys.put(key(key.type(), key.key()), Json.write(RowsAsMaps.of(key)));
    }

    @Override
    public void deletePeriodKey(String type, String key) {
        periodKeys.remove(key(type, key));
    }

    /** Reads all of them, which is enough for an example. */
    @Override
    public Stream<TimedUniqueKey> endedPeriodKeys(Instant until) {
        return periodKeys
                .lastBefore(null)
                .map(row -> RowsAsMaps.periodKey(Json.read(row)))
                .filter(key -> !key.expiresAt().isAfter(until));
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
    public List<FailedAttempt> failures(UUID job) {
        return failures.under(job.toString())
                .map(row -> RowsAsMaps.failedAttempt(Json.read(row)))
                .toList();
    }

    @Override
    public List<JobStep> steps(UUID job) {
        return steps.under(job.toString())
                .map(row -> RowsAsMaps.step(Json.read(row)))
                .toList();
    }

    @Override
    public List<JobStep> steps(UUID job, StepName name) {
        return stepNames
                .under(key(job, name.step(), name.part()))
                .map(position -> steps.get(key(job, position)))
                .filter(Objects::nonNull)
                .map(row -> RowsAsMaps.step(Json.read(row)))
                .toList();
    }

    @Override
    public int lastStepPosition(UUID job) {
        return steps.lastUnder(job.toString())
                .map(row -> RowsAsMaps.step(Json.read(row)).position())
                .findFirst()
                .orElse(0);
    }

    @Override
    public @Nullable RegisteredWorker worker(UUID id) {
        return workers.get(id);
    }

    @Override
    public void put(RegisteredWorker worker) {
        workers.put(worker.info().id(), worker);
    }

    @Override
    public void removeWorker(UUID id) {
        workers.remove(id);
    }

    @Override
    public Collection<RegisteredWorker> workers() {
        return workers.values();
    }

    @Override
    public @Nullable StoredSchedule schedule(String name) {
        String row = schedules.get(name);
        return row == null ? null : RowsAsMaps.schedule(Json.read(row));
    }

    @Override
    public void put(StoredSchedule schedule) {
        deleteSchedule(schedule.name());
        schedules.put(schedule.name(), Json.write(RowsAsMaps.of(schedule)));
        nextTimes.put(nextTime(schedule), schedule.name());
    }

    @Override
    public void deleteSchedule(String name) {
        StoredSchedule before = schedule(name);
        if (before != null) {
            nextTimes.remove(nextTime(before));
            schedules.remove(name);
        }
    }

    private static String nextTime(StoredSchedule schedule) {
        Instant next = schedule.progress().nextAt();
        return key(next == null ? "-" : sorted(next), schedule.name());
    }

    @Override
    public Stream<StoredSchedule> schedulesByNextTime() {
        return nextTimes.all().map(this::schedule).filter(Objects::nonNull);
    }

    @Override
    public Stream<StoredSchedule> schedules(@Nullable String after) {
        return schedules.after(after).map(row -> RowsAsMaps.schedule(Json.read(row)));
    }

    @Override
    public @Nullable Limit limit(String name) {
        String row = limits.get(name);
        return row == null ? null : RowsAsMaps.limit(Json.read(row));
    }

    @Override
    public List<Limit> limits() {
        return limits.all().map(row -> RowsAsMaps.limit(Json.read(row))).toList();
    }

    @Override
    public void put(Limit limit) {
        limits.put(limit.name(), Json.write(RowsAsMaps.of(limit)));
    }

    @Override
    public @Nullable LimitKeyRow limitKey(LimitKey key) {
        String row = limitKeys.get(key.text());
        return row == null ? null : RowsAsMaps.limitKey(Json.read(row));
    }

    @Override
    public void put(LimitKeyRow key) {
        limitKeys.put(key.key().text(), Json.write(RowsAsMaps.of(key)));
    }

    @Override
    public Stream<LimitKeyRow> limitKeys(String name, @Nullable String after) {
        return limitKeys
                .after(name + ":" + (after == null ? "" : after))
                .map(row -> RowsAsMaps.limitKey(Json.read(row)))
                .takeWhile(stored -> stored.key().name().equals(name));
    }

    @Override
    public Stream<LimitKeyRow> pausedLimitKeys() {
        return limitKeys
                .after("")
                .map(row -> RowsAsMaps.limitKey(Json.read(row)))
                .filter(stored -> stored.pause() != null);
    }

    @Override
    public Stream<Job> inSequence(String key) {
        return read(sequences.under(key));
    }

    @Override
    public long lastInSequence(String key) {
        return read(sequences.lastUnder(key))
                .map(job -> Objects.requireNonNull(job.sequence()).number())
                .findFirst()
                .orElse(0L);
    }

    /** Reads all of them, which is enough for an example. */
    @Override
    public Stream<Job> blockingSequences(@Nullable String after) {
        return read(blocking.all())
                .filter(job -> after == null
                        || Objects.requireNonNull(job.sequence()).key().compareTo(after) > 0)
                // The keys of the index end with a sign that is not the lowest one, so a key that begins with another
                // one comes before it there.
                .sorted(Comparator.comparing((Job job) ->
                                Objects.requireNonNull(job.sequence()).key())
                        .thenComparing(
                                job -> Objects.requireNonNull(job.sequence()).number()));
    }

    @Override
    public @Nullable PausedQueue pausedQueue(String queue) {
        String row = pausedQueues.get(queue);
        return row == null ? null : RowsAsMaps.pausedQueue(Json.read(row));
    }

    @Override
    public List<PausedQueue> pausedQueues() {
        return pausedQueues
                .lastBefore(null)
                .map(row -> RowsAsMaps.pausedQueue(Json.read(row)))
                .toList();
    }

    @Override
    public void put(PausedQueue paused) {
        pausedQueues.put(paused.queue(), Json.write(RowsAsMaps.of(paused)));
    }

    @Override
    public void removePausedQueue(String queue) {
        pausedQueues.remove(queue);
    }
}
