package io.forthwith.store.rows;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
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
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a store within one transaction, and the questions by which they are found. This is all that an {@link AbstractJobStore} knows of
 * its engine. An implementation decides nothing about jobs.
 *
 * <p>Every method sees what the transaction has put so far. Most questions need an index, which their Javadoc names; {@link #put(Job)} and
 * {@link #delete} keep all indexes.
 *
 * <p><b>Order.</b> Ids are ordered as text, or as unsigned bytes, which is the same. {@link UUID#compareTo} compares signed numbers and gives
 * another order.
 *
 * <p><b>Streams</b> may read lazily. They are consumed within the transaction, often not to their end; nothing is put or deleted meanwhile;
 * and no stream is closed by its reader, so close open cursors when the transaction ends. Lists are complete when they are returned.
 *
 * <p>One thread uses an instance at a time, so it need not be thread-safe.
 */
public interface JobRowAccess {
    /** The order of ids: as text, and as databases sort them. */
    Comparator<UUID> ID_ORDER = (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    /** The order in which jobs of the same priority are claimed. */
    Comparator<Job> DUE_ORDER = Comparator.comparing(Job::runAt).thenComparing(Job::id, ID_ORDER);

    /**
     * The time of the engine's own clock, asked once in each transaction. All processes that share the rows must get the same time, give or
     * take a small part of a lease: ask the database, or its coordinating node, and not the clock of the process.
     */
    Instant now();

    /** The job with this id; null if there is none. */
    @Nullable
    Job get(UUID id);

    /** Adds a job, or replaces the one with its id. All fields are kept, times to the microsecond. */
    void put(Job job);

    /**
     * Deletes an existing job, its failed attempts, its steps, and the entries of {@link #comesAfter} in which it is the job or a
     * predecessor. From now on no
     * job comes after it, also if another job gets its id.
     */
    void delete(UUID id);

    /**
     * The pending jobs of a queue with this priority that are due at {@code now} or before, those that have been due longest first, then by id.
     * Every claim asks this for each priority and queue until it has enough jobs: it needs an index by queue, priority, due time and id. If reads take shared locks, read for update here: two claims that both read the head of a queue and then
     * write it would deadlock every time.
     */
    Stream<Job> due(String queue, int priority, Instant now);

    /**
     * The pending jobs of a queue with this priority that are due later than {@code time}, those that are due first at the front, then by id. Asked by
     * people and about once a minute by workers; the index of {@link #due} answers it.
     */
    Stream<Job> dueAfter(String queue, int priority, Instant time);

    /**
     * The queues that have pending jobs, each once, in any order. Workers ask this about once a minute, to find jobs that no worker takes. The
     * index of {@link #due} answers it: skip from one queue to the next.
     *
     * @param atMost the most to return
     */
    List<String> pendingQueues(int atMost);

    /**
     * The jobs that are processing under this worker, in any order. Every heartbeat asks this: index the jobs that are processing by worker.
     */
    Stream<Job> heldBy(UUID worker);

    /**
     * The workers that hold at least one job that is processing, each once, in the order of their ids. Take-over asks this, page by page, to
     * find workers without a lease. The index of {@link #heldBy} answers it: skip from one worker to the next.
     *
     * @param after only workers with a higher id; null for the first page
     * @param atMost the most to return
     */
    List<UUID> holders(@Nullable UUID after, int atMost);

    /** The jobs that ended in this status at {@code until} or before, the one that ended first at the front. Index by status and end. */
    Stream<Job> ended(JobStatus status, Instant until);

    /** All jobs, the highest id first; with {@code before}, only those with a lower id. */
    Stream<Job> newestFirst(@Nullable UUID before);

    /**
     * The open job of this type with this unique key of the scope {@code UNTIL_ENDED}; or, for {@code UNTIL_STARTED}, the one that has the key of that
     * scope and has claim number 0. Index such jobs by type and key, apart for each scope. Not asked for {@code PERIOD}.
     */
    Optional<UUID> holderOf(String type, String uniqueKey, UniqueKey.Scope scope);

    /**
     * The pending and waiting jobs whose {@linkplain Job#expiresAt deadline} is {@code until} or before, and that have not {@linkplain Job#hasStarted
     * started}, in any order. Workers ask this a few times a minute: index such jobs by deadline. Most jobs have none.
     */
    Stream<Job> expiring(Instant until);

    /** Who has this key for a period, also if the period is over; null for nobody. If the engine has locks, it is read for update. */
    @Nullable
    TimedUniqueKey periodKey(String type, String key);

    /** Adds a key for a period, or replaces the one of the same type and key. */
    void put(TimedUniqueKey key);

    /** Deletes a key for a period; without one it does nothing. */
    void deletePeriodKey(String type, String key);

    /** The keys whose period ended at {@code until} or before, in any order. Purge asks this: index them by their end. */
    Stream<TimedUniqueKey> endedPeriodKeys(Instant until);

    /**
     * The children of a job whose {@linkplain io.forthwith.JobRelations#position position} is above {@code after}, in the order of their positions;
     * equal ones by id. The finisher has position 0 and is included if {@code after} is below 0. If the store can contain children without a
     * position, they are always included, at the end. Index by parent, position and id.
     */
    Stream<Job> children(UUID parent, int after);

    /**
     * Whether a child of a job is open, not counting its finisher. Asked whenever a child ends, so it must not read all children: index the
     * open ones by parent.
     */
    boolean hasOpenChild(UUID parent);

    /** The highest position among the children of a job; 0 if it has none. The last entry with a position in the index of
     * {@link #children}. */
    int lastPosition(UUID parent);

    /** Records the predecessors of a job. Called at most once for each job, after it was put. */
    void comesAfter(UUID job, List<UUID> predecessors);

    /** The predecessors of a job that still exist, in the order in which they were recorded. A predecessor that was deleted stays away. */
    List<Job> predecessors(UUID job);

    /** The jobs that come after a job, in any order. */
    Collection<UUID> successors(UUID job);

    /** The failed attempts of a job, by claim. */
    List<FailedAttempt> failures(UUID job);

    /** Adds a failed attempt, or replaces the one of the same job and claim, which a job that was deleted by hand has left. */
    void put(FailedAttempt failure);

    /** The durable steps of a job, by {@linkplain JobStep#position position}. */
    List<JobStep> steps(UUID job);

    /**
     * The durable steps of a job with this name and part: one, and more only if steps were undone and done again. This and the next question
     * are asked for every step that runs, and a job may have tens of thousands. The defaults read them all: answer by an index on job, name
     * and part.
     */
    default List<JobStep> steps(UUID job, StepName name) {
        return steps(job).stream()
                .filter(step -> StepName.of(step).equals(name))
                .toList();
    }

    /** The highest position among the durable steps of a job; 0 if it has none. The last entry in the index of {@link #steps(UUID)}. */
    default int lastStepPosition(UUID job) {
        return steps(job).stream().mapToInt(JobStep::position).max().orElse(0);
    }

    /** Adds a durable step, or replaces the one of the same job and position. */
    void put(JobStep step);

    /** The worker with this id; null if there is none. Asked by every claim, heartbeat and take-over. */
    @Nullable
    RegisteredWorker worker(UUID id);

    /**
     * Adds a worker, or replaces the one with its id. All fields are kept, except {@link RegisteredWorker#isAlive}, which readers ignore. If all
     * workers live in the process that has the rows and transactions run one at a time, a map in memory will do: it may keep what a
     * transaction changed that is rolled back, because the jobs of a worker that is not there are taken over.
     */
    void put(RegisteredWorker worker);

    /** Removes a worker; if there is none, it does nothing. */
    void removeWorker(UUID id);

    /** All workers, in any order. */
    Collection<RegisteredWorker> workers();

    /**
     * The workers whose lease ended at {@code now} or before, in any order. The default reads all workers: index them by the end of their
     * leases only where there are many thousands.
     *
     * @param atMost the most to return
     */
    default List<UUID> expiredLeases(Instant now, int atMost) {
        return workers().stream()
                .filter(worker -> !worker.leaseEndsAt().isAfter(now))
                .map(worker -> worker.info().id())
                .limit(atMost)
                .toList();
    }

    /** The schedule with this name; null if there is none. If the engine has locks, it is read for update. */
    @Nullable
    StoredSchedule schedule(String name);

    /** Adds a schedule, or replaces the one with its name. All fields are kept, times to the microsecond. */
    void put(StoredSchedule schedule);

    /** Deletes a schedule; without one it does nothing. */
    void deleteSchedule(String name);

    /**
     * All schedules: first those whose {@linkplain StoredSchedule.Progress#nextAt next time} is null, then by that time, and then by name. Every
     * worker asks this about once a second, and reads only those that are due and the one after them: index by next time and name.
     */
    Stream<StoredSchedule> schedulesByNextTime();

    /** The schedules in the order of their names; with {@code after}, only those with a later name. */
    Stream<StoredSchedule> schedules(@Nullable String after);

    /** The limit of this name; null if none is declared. Every claim asks this for the type of each job that it meets. */
    @Nullable
    Limit limit(String name);

    /** All declared limits, in any order. There are few. */
    Collection<Limit> limits();

    /** Declares a limit, or replaces the one of its name. */
    void put(Limit limit);

    /** What is kept of a key of a limit; null for nothing. */
    @Nullable
    LimitKeyRow limitKey(LimitKey key);

    /** Adds a key of a limit, or replaces it. All fields are kept, times to the microsecond. */
    void put(LimitKeyRow key);

    /** The keys of a limit in their order; with {@code after}, only those that come later. */
    Stream<LimitKeyRow> limitKeys(String name, @Nullable String after);

    /** The keys of limits that are paused, in their order. */
    Stream<LimitKeyRow> pausedLimitKeys();

    /**
     * The jobs of a sequence that are pending, processing, waiting or failed, in the order of their {@linkplain io.forthwith.limit.SequencePlace#number
     * numbers}, then by id. Each claim asks this for the sequence of a job that it meets, and reads to the first that is not waiting: index by
     * sequence, number and id.
     */
    Stream<Job> inSequence(String key);

    /** The highest number among these jobs; 0 if there are none. Asked when a job is added; the last entry of the index of {@link #inSequence}. */
    long lastInSequence(String key);

    /**
     * The failed jobs of sequences that {@linkplain io.forthwith.limit.SequenceFailurePolicy#BLOCK block} those behind them, in the order of the keys of the
     * sequences, then of their numbers. Asked by people: index such jobs by sequence and number.
     *
     * @param after only sequences with a later key; null for all
     */
    Stream<Job> blockingSequences(@Nullable String after);

    /** The pause of a queue; null if the queue is not paused. Every claim asks this for each of its queues. */
    @Nullable
    PausedQueue pausedQueue(String queue);

    /** The pauses of all queues, in any order. There are few. */
    List<PausedQueue> pausedQueues();

    /** Adds a pause; its queue has none. */
    void put(PausedQueue paused);

    /** Removes the pause of a queue; without one it does nothing. */
    void removePausedQueue(String queue);
}
