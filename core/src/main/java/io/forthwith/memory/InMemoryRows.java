package io.forthwith.memory;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.UniqueKey;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.StepName;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rows.JobRowAccess;
import io.forthwith.store.rows.TimedUniqueKey;
import io.forthwith.store.rules.ExpiryRule;
import io.forthwith.store.rules.PurgeRule;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rows of the in-memory store with the indexes that a database would keep. Not thread-safe. */
final class InMemoryRows implements JobRowAccess {
    private static final Comparator<Job> END_ORDER =
            Comparator.comparing(Job::completedAt).thenComparing(Job::id, ID_ORDER);

    private static final Comparator<Job> DEADLINE_ORDER =
            Comparator.comparing(Job::expiresAt).thenComparing(Job::id, ID_ORDER);

    private static final Comparator<Job> FAMILY_ORDER = Comparator.comparing(
                    (Job job) -> job.relations().position(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Job::id, ID_ORDER);

    private static final Comparator<StoredSchedule> NEXT_TIME_ORDER = Comparator.comparing(
                    (StoredSchedule schedule) -> schedule.progress().nextAt(),
                    Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(StoredSchedule::name);

    private static final Comparator<Job> SEQUENCE_ORDER = Comparator.<Job>comparingLong(
                    job -> Objects.requireNonNull(job.sequence()).number())
            .thenComparing(Job::id, ID_ORDER);

    private static final NavigableSet<Job> NONE = Collections.emptyNavigableSet();

    private static final UUID LAST_ID = new UUID(-1, -1);

    private final InstantSource clock;
    private final NavigableMap<UUID, Job> rows = new TreeMap<>(ID_ORDER);
    private final Map<Lane, NavigableSet<Job>> ready = new HashMap<>();
    private final NavigableMap<UUID, Map<UUID, Job>> held = new TreeMap<>(ID_ORDER);
    private final Map<JobStatus, NavigableSet<Job>> ended = new EnumMap<>(JobStatus.class);
    private final Map<OpenKey, UUID> openKeys = new HashMap<>();
    private final Map<List<String>, TimedUniqueKey> periodKeys = new HashMap<>();
    private final NavigableSet<Job> expiring = new TreeSet<>(DEADLINE_ORDER);
    private final Map<UUID, NavigableSet<Job>> children = new HashMap<>();
    private final Map<UUID, List<UUID>> predecessors = new HashMap<>();
    private final Map<UUID, Set<UUID>> successors = new HashMap<>();
    private final Map<UUID, SortedMap<Long, FailedAttempt>> failures = new HashMap<>();
    private final Map<UUID, StepsOfJob> steps = new HashMap<>();
    private final Map<UUID, RegisteredWorker> workers = new HashMap<>();
    private final NavigableMap<String, StoredSchedule> schedules = new TreeMap<>();
    private final NavigableSet<StoredSchedule> schedulesByNextTime = new TreeSet<>(NEXT_TIME_ORDER);
    private final Map<String, PausedQueue> pausedQueues = new HashMap<>();
    private final Map<String, Limit> limits = new HashMap<>();
    private final NavigableMap<LimitKey, LimitKeyRow> limitKeys = new TreeMap<>();
    private final NavigableMap<String, NavigableSet<Job>> sequences = new TreeMap<>();

    InMemoryRows(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /** Pending jobs are kept by these. */
    private record Lane(String queue, int priority) {
        static Lane of(Job job) {
            return new Lane(job.queue(), job.priority());
        }
    }

    /** The steps of one job, and where those of each name are. The step at a position keeps its name. */
    private static final class StepsOfJob {
        private final NavigableMap<Integer, JobStep> byPosition = new TreeMap<>();
        private final Map<StepName, NavigableSet<Integer>> positions = new HashMap<>();
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public @Nullable Job get(UUID id) {
        return rows.get(id);
    }

    @Override
    public void put(Job job) {
        Job before = rows.put(job.id(), job);
        if (before != null) {
            unlist(before);
        }
        list(job);
    }

    private void list(Job job) {
        JobStatus status = job.status();
        if (status == JobStatus.PENDING) {
            ready.computeIfAbsent(Lane.of(job), lane -> new TreeSet<>(DUE_ORDER))
                    .add(job);
        } else if (status == JobStatus.PROCESSING) {
            held.computeIfAbsent(workerOf(job), worker -> new TreeMap<>(ID_ORDER))
                    .put(job.id(), job);
        } else if (status.isFinal()) {
            ended.computeIfAbsent(status, key -> new TreeSet<>(END_ORDER)).add(job);
        }
        OpenKey key = OpenKey.of(job);
        if (key != null) {
            openKeys.put(key, job.id());
        }
        if (ExpiryRule.mayExpire(job)) {
            expiring.add(job);
        }
        if (isInLine(job)) {
            sequences
                    .computeIfAbsent(sequenceOf(job), sequence -> new TreeSet<>(SEQUENCE_ORDER))
                    .add(job);
        }
        if (job.parentId() != null) {
            children.computeIfAbsent(job.parentId(), id -> new TreeSet<>(FAMILY_ORDER))
                    .add(job);
        }
    }

    private void unlist(Job job) {
        JobStatus status = job.status();
        if (status == JobStatus.PENDING) {
            ready.getOrDefault(Lane.of(job), NONE).remove(job);
        } else if (status == JobStatus.PROCESSING) {
            Map<UUID, Job> jobs = held.getOrDefault(workerOf(job), new HashMap<>());
            jobs.remove(job.id());
            if (jobs.isEmpty()) {
                held.remove(workerOf(job));
            }
        } else if (status.isFinal()) {
            ended.getOrDefault(status, NONE).remove(job);
        }
        OpenKey key = OpenKey.of(job);
        if (key != null) {
            openKeys.remove(key, job.id());
        }
        if (ExpiryRule.mayExpire(job)) {
            expiring.remove(job);
        }
        if (isInLine(job)) {
            NavigableSet<Job> line = sequences.getOrDefault(sequenceOf(job), NONE);
            line.remove(job);
            if (line.isEmpty()) {
                sequences.remove(sequenceOf(job));
            }
        }
        if (job.parentId() != null) {
            NavigableSet<Job> siblings = children.getOrDefault(job.parentId(), NONE);
            siblings.remove(job);
            if (siblings.isEmpty()) {
                children.remove(job.parentId());
            }
        }
    }

    private static boolean isInLine(Job job) {
        return job.sequence() != null && (job.status().isOpen() || job.status() == JobStatus.FAILED);
    }

    private static String sequenceOf(Job job) {
        return Objects.requireNonNull(job.sequence()).key();
    }

    @Override
    public Stream<Job> inSequence(String key) {
        return sequences.getOrDefault(key, NONE).stream();
    }

    @Override
    public long lastInSequence(String key) {
        NavigableSet<Job> line = sequences.getOrDefault(key, NONE);
        return line.isEmpty()
                ? 0
                : Objects.requireNonNull(line.last().sequence()).number();
    }

    @Override
    public Stream<Job> blockingSequences(@Nullable String after) {
        return (after == null ? sequences : sequences.tailMap(after, false))
                .values().stream().flatMap(NavigableSet::stream).filter(PurgeRule::blocksSequence);
    }

    @Override
    public void delete(UUID id) {
        Job job = rows.remove(id);
        if (job != null) {
            unlist(job);
        }
        for (UUID predecessor : predecessors.getOrDefault(id, List.of())) {
            successors.getOrDefault(predecessor, new HashSet<>()).remove(id);
        }
        Stream.of(predecessors, successors, failures, steps).forEach(noted -> noted.remove(id));
    }

    @Override
    public Stream<Job> due(String queue, int priority, Instant now) {
        return ready.getOrDefault(new Lane(queue, priority), NONE).stream()
                .takeWhile(job -> !job.runAt().isAfter(now));
    }

    @Override
    public Stream<Job> dueAfter(String queue, int priority, Instant time) {
        NavigableSet<Job> lane = ready.get(new Lane(queue, priority));
        Job last = Job.builder(LAST_ID, "", time).runAt(time).build();
        return lane == null ? Stream.empty() : lane.tailSet(last, false).stream();
    }

    @Override
    public List<String> pendingQueues(int atMost) {
        return ready.entrySet().stream()
                .filter(lane -> !lane.getValue().isEmpty())
                .map(lane -> lane.getKey().queue())
                .distinct()
                .limit(atMost)
                .toList();
    }

    private static UUID workerOf(Job processing) {
        return Objects.requireNonNull(processing.workerId(), "a job is processing under no worker");
    }

    @Override
    public Stream<Job> heldBy(UUID worker) {
        return held.getOrDefault(worker, Map.of()).values().stream();
    }

    @Override
    public List<UUID> holders(@Nullable UUID after, int atMost) {
        return (after == null ? held : held.tailMap(after, false))
                .keySet().stream().limit(atMost).toList();
    }

    @Override
    public Stream<Job> ended(JobStatus status, Instant until) {
        return ended.getOrDefault(status, NONE).stream()
                .takeWhile(job -> !Objects.requireNonNull(job.completedAt()).isAfter(until));
    }

    @Override
    public Stream<Job> newestFirst(@Nullable UUID before) {
        return (before == null ? rows : rows.headMap(before, false)).descendingMap().values().stream();
    }

    @Override
    public Optional<UUID> holderOf(String type, String uniqueKey, UniqueKey.Scope scope) {
        return Optional.ofNullable(openKeys.get(new OpenKey(type, uniqueKey, scope)));
    }

    @Override
    public Stream<Job> expiring(Instant until) {
        return expiring.stream()
                .takeWhile(job -> !Objects.requireNonNull(job.expiresAt()).isAfter(until));
    }

    @Override
    public @Nullable TimedUniqueKey periodKey(String type, String key) {
        return periodKeys.get(List.of(type, key));
    }

    @Override
    public void put(TimedUniqueKey key) {
        periodKeys.put(List.of(key.type(), key.key()), key);
    }

    @Override
    public void deletePeriodKey(String type, String key) {
        periodKeys.remove(List.of(type, key));
    }

    @Override
    public Stream<TimedUniqueKey> endedPeriodKeys(Instant until) {
        return periodKeys.values().stream().filter(key -> !key.expiresAt().isAfter(until));
    }

    @Override
    public Stream<Job> children(UUID parent, int after) {
        Stream<Job> all = children.getOrDefault(parent, NONE).stream();
        return after < JobRelations.FINISHER ? all : all.dropWhile(child -> positionOf(child) <= after);
    }

    private static int positionOf(Job child) {
        return Objects.requireNonNullElse(child.relations().position(), Integer.MAX_VALUE);
    }

    /** From the back: the last children are likely to end last. */
    @Override
    public boolean hasOpenChild(UUID parent) {
        return children.getOrDefault(parent, NONE).descendingSet().stream()
                .anyMatch(child -> child.status().isOpen() && !child.relations().isFinisher());
    }

    @Override
    public int lastPosition(UUID parent) {
        return children.getOrDefault(parent, NONE).descendingSet().stream()
                .map(child -> child.relations().position())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(0);
    }

    @Override
    public void comesAfter(UUID job, List<UUID> all) {
        predecessors.put(job, all);
        all.forEach(predecessor -> successors
                .computeIfAbsent(predecessor, key -> new LinkedHashSet<>())
                .add(job));
    }

    @Override
    public List<Job> predecessors(UUID job) {
        return predecessors.getOrDefault(job, List.of()).stream()
                .filter(predecessor -> successors(predecessor).contains(job))
                .map(rows::get)
                .filter(Objects::nonNull)
                .toList();
    }

    @Override
    public Collection<UUID> successors(UUID job) {
        return successors.getOrDefault(job, Set.of());
    }

    @Override
    public List<FailedAttempt> failures(UUID job) {
        SortedMap<Long, FailedAttempt> all = failures.get(job);
        return all == null ? List.of() : List.copyOf(all.values());
    }

    /** All failed attempts of jobs. */
    Stream<FailedAttempt> allFailures() {
        return failures.values().stream().flatMap(ofJob -> ofJob.values().stream());
    }

    @Override
    public void put(FailedAttempt failure) {
        failures.computeIfAbsent(failure.jobId(), id -> new TreeMap<>()).put(failure.claim(), failure);
    }

    @Override
    public List<JobStep> steps(UUID job) {
        return List.copyOf(stepsOf(job).byPosition.values());
    }

    @Override
    public List<JobStep> steps(UUID job, StepName name) {
        StepsOfJob all = stepsOf(job);
        return all.positions.getOrDefault(name, Collections.emptyNavigableSet()).stream()
                .map(all.byPosition::get)
                .filter(Objects::nonNull)
                .toList();
    }

    @Override
    public int lastStepPosition(UUID job) {
        NavigableMap<Integer, JobStep> all = stepsOf(job).byPosition;
        return all.isEmpty() ? 0 : all.lastKey();
    }

    private StepsOfJob stepsOf(UUID job) {
        return steps.getOrDefault(job, new StepsOfJob());
    }

    @Override
    public void put(JobStep step) {
        StepsOfJob all = steps.computeIfAbsent(step.jobId(), id -> new StepsOfJob());
        all.byPosition.put(step.position(), step);
        all.positions
                .computeIfAbsent(StepName.of(step), name -> new TreeSet<>())
                .add(step.position());
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
        return schedules.get(name);
    }

    @Override
    public void put(StoredSchedule schedule) {
        deleteSchedule(schedule.name());
        schedules.put(schedule.name(), schedule);
        schedulesByNextTime.add(schedule);
    }

    @Override
    public void deleteSchedule(String name) {
        StoredSchedule before = schedules.remove(name);
        if (before != null) {
            schedulesByNextTime.remove(before);
        }
    }

    @Override
    public Stream<StoredSchedule> schedulesByNextTime() {
        return schedulesByNextTime.stream();
    }

    @Override
    public Stream<StoredSchedule> schedules(@Nullable String after) {
        return (after == null ? schedules : schedules.tailMap(after, false)).values().stream();
    }

    @Override
    public @Nullable Limit limit(String name) {
        return limits.get(name);
    }

    @Override
    public Collection<Limit> limits() {
        return List.copyOf(limits.values());
    }

    @Override
    public void put(Limit limit) {
        limits.put(limit.name(), limit);
    }

    @Override
    public @Nullable LimitKeyRow limitKey(LimitKey key) {
        return limitKeys.get(key);
    }

    @Override
    public void put(LimitKeyRow key) {
        limitKeys.put(key.key(), key);
    }

    @Override
    public Stream<LimitKeyRow> limitKeys(String name, @Nullable String after) {
        return limitKeys.values().stream()
                .filter(stored -> stored.key().name().equals(name)
                        && (after == null || stored.key().key().compareTo(after) > 0));
    }

    @Override
    public Stream<LimitKeyRow> pausedLimitKeys() {
        return limitKeys.values().stream().filter(stored -> stored.pause() != null);
    }

    @Override
    public @Nullable PausedQueue pausedQueue(String queue) {
        return pausedQueues.get(queue);
    }

    @Override
    public List<PausedQueue> pausedQueues() {
        return List.copyOf(pausedQueues.values());
    }

    @Override
    public void put(PausedQueue paused) {
        pausedQueues.put(paused.queue(), paused);
    }

    @Override
    public void removePausedQueue(String queue) {
        pausedQueues.remove(queue);
    }
}
