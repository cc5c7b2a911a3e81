package io.forthwith.store.rows;

import io.forthwith.ActResult;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.job.HintListeners;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Added;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.JobSituation;
import io.forthwith.store.JobStore;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.PausableQueues;
import io.forthwith.store.rules.SettleRule;
import io.forthwith.store.rules.limit.FairTurns;
import io.forthwith.store.rules.limit.NextStart;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A store on an engine that reads and writes rows in serializable transactions: maps under a lock, a key-value store on disk, a distributed
 * database. A subclass says how a {@linkplain #atomically transaction is run} and how its {@linkplain JobRowAccess rows} are read and written.
 * This class decides which jobs change, which other jobs follow, and who gets a hint. {@link InMemoryJobStore} is one.
 *
 * <p>Each call is one transaction, except {@link #takeOver}, which runs one for each dead worker, and those for pages of jobs, which run one for each job.
 * Hints are given after the transaction is durable, on the thread of the caller. A call that contradicts itself is refused before a
 * transaction is begun.
 *
 * <p>Rows are read one by one; if the engine has locks, a transaction locks what it reads. A store that answers a call by a few statements,
 * and says what it locks, implements {@link JobStore} itself, with {@link JobMoves}, {@link NewFamilies} and {@link Cascade}.
 *
 * <p>Thread-safe if {@link #atomically} is.
 */
public abstract class AbstractJobStore implements JobStore {
    /** How many workers take-over reads at a time. */
    private static final int WORKERS = 100;
    /** The longest delay. A job that is due later has been written by hand. */
    private static final Duration NEVER = Duration.ofDays(36_500);
    /** How many queues it looks at. */
    private static final int QUEUES = 200;
    /** How many jobs that wait are looked at for open groups. */
    private static final int MOST_WAITING = 1_000;

    private static final Comparator<RegisteredWorker> START_ORDER = Comparator.comparing(RegisteredWorker::startedAt)
            .thenComparing(worker -> worker.info().id().toString());

    private final RandomGenerator random;
    private final NextStart nextStart = new NextStart();
    private final FairTurns turns = new FairTurns();
    private final HintListeners<Runnable> added = new HintListeners<>();
    private final HintListeners<Consumer<Claim>> cancelRequested = new HintListeners<>();

    /** For stores. */
    protected AbstractJobStore() {
        this(() -> ThreadLocalRandom.current().nextLong());
    }

    /**
     * For stores whose random delays are to be repeatable.
     *
     * @param random draws the delays after which jobs that were taken over are due; thread-safe unless {@link #atomically} runs one
     *     transaction at a time
     */
    protected AbstractJobStore(RandomGenerator random) {
        this.random = Objects.requireNonNull(random, "random");
    }

    /**
     * Runs one transaction: when this returns, everything that {@code work} put and deleted is durable. If it throws, because {@code work} or
     * the engine did, nothing of it is, unless the exception is a {@link JobStoreException} of {@link
     * JobStoreException.Kind#UNKNOWN_OUTCOME}.
     *
     * <p>Transactions are serializable: those of several threads, and of several processes if these share the rows, have the same outcome as
     * if they had run one after the other. Snapshot isolation is not enough. There, two transactions that end the last two children of a
     * parent would each see the other's child open, and the parent would wait for ever.
     *
     * <p>{@code work} may run on any thread. It has no effect but on the rows, so an engine may also run it again as a whole. No transaction
     * begins within another. If it conflicts with another transaction, throw an exception for which {@link #isConflict} returns true.
     *
     * @return what {@code work} returned, never null
     * @throws JobStoreException if the engine fails; an exception of {@code work} is passed on as it is
     */
    protected abstract <T> T atomically(Function<? super JobRowAccess, T> work);

    /**
     * Whether an exception of {@link #atomically} means a conflict with another transaction, and nothing is durable: a serialization failure,
     * a deadlock, a lock that was not granted. The transaction is then run again, at once and later after random pauses, until the pauses add up
     * to 10 seconds; after that the caller gets a {@link JobStoreException} of {@link JobStoreException.Kind#TRANSIENT}.
     *
     * <p>By default nothing is a conflict, as for an engine that runs one transaction at a time.
     */
    protected boolean isConflict(RuntimeException thrown) {
        return false;
    }

    @Override
    public final List<Added> add(List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        return moving(moves -> new RowAdding(moves).add(jobs, families));
    }

    @Override
    public final ActResult seal(UUID id, Locale locale) {
        return moving(moves -> new RowControl(moves).seal(id, locale));
    }

    @Override
    public final void register(WorkerInfo worker, Duration lease) {
        run(rows -> {
            Instant now = now(rows);
            RegisteredWorker before = rows.worker(worker.id());
            Instant start = before == null ? now : before.startedAt();
            rows.put(new RegisteredWorker(LibraryOnly.KEY, worker, WorkerLoad.NONE, start, now, now.plus(lease), true));
            return true;
        });
    }

    @Override
    public final BeatAnswer beat(UUID workerId, Duration lease, WorkerLoad load) {
        return run(rows -> {
            RegisteredWorker before = rows.worker(workerId);
            if (before == null) {
                return BeatAnswer.DEAD;
            }
            Instant now = now(rows);
            rows.put(new RegisteredWorker(
                    LibraryOnly.KEY, before.info(), load, before.startedAt(), now, now.plus(lease), true));
            return new BeatAnswer(true, claims(rows.heldBy(workerId).filter(job -> job.cancelRequestedAt() != null)));
        });
    }

    @Override
    public final void deregister(UUID workerId) {
        run(rows -> {
            rows.removeWorker(workerId);
            return true;
        });
    }

    @Override
    public final List<RegisteredWorker> workers() {
        return run(rows -> {
            Instant now = now(rows);
            return rows.workers().stream()
                    .map(worker -> at(now, worker))
                    .sorted(START_ORDER)
                    .toList();
        });
    }

    @Override
    public final Set<QueuedType> servedByOthers(UUID workerId, Set<QueuedType> asked) {
        return run(rows -> {
            Instant now = now(rows);
            List<WorkerInfo.Serves> others = rows.workers().stream()
                    .filter(worker -> !worker.info().id().equals(workerId)
                            && worker.leaseEndsAt().isAfter(now))
                    .map(worker -> worker.info().serves())
                    .filter(Objects::nonNull)
                    .toList();
            return asked.stream()
                    .filter(each -> others.stream()
                            .anyMatch(serves -> serves.queues().contains(each.queue())
                                    && serves.types().contains(each.type())))
                    .collect(Collectors.toUnmodifiableSet());
        });
    }

    private static RegisteredWorker at(Instant now, RegisteredWorker worker) {
        return new RegisteredWorker(
                LibraryOnly.KEY,
                worker.info(),
                worker.load(),
                worker.startedAt(),
                worker.lastBeatAt(),
                worker.leaseEndsAt(),
                worker.leaseEndsAt().isAfter(now));
    }

    @Override
    public final List<Job> claim(ClaimRequest request) {
        record Claimed(List<Job> jobs, FairTurns turns, NextStart seen) {}

        nextStart.claimBegins();
        Claimed claimed = run(rows -> {
            Instant now = now(rows);
            FairTurns next = turns.copy();
            NextStart seen = new NextStart();
            RegisteredWorker worker = rows.worker(request.workerId());
            List<Job> jobs = worker == null || !worker.leaseEndsAt().isAfter(now)
                    ? List.of()
                    : claim(new RowClaiming(rows, new JobMoves(now), request, next), now, seen);
            return new Claimed(jobs, next, seen);
        });
        // The store remembers it after the commit: a transaction that is rolled back and repeated may start the job
        // that its first try has seen held up.
        nextStart.seen(claimed.seen());
        turns.become(claimed.turns());
        return claimed.jobs();
    }

    private static List<Job> claim(RowClaiming claiming, Instant now, NextStart seen) {
        List<Job> claimed = claiming.claim();
        Instant next = claiming.nextStart();
        if (next != null) {
            seen.seen(Duration.between(now, next));
        }
        return claimed;
    }

    @Override
    public final List<Claim> held(UUID workerId) {
        return run(rows -> claims(rows.heldBy(workerId)));
    }

    /** Without jobs that no claim has made what they are: a row that was changed by hand may have no start. */
    private static List<Claim> claims(Stream<Job> held) {
        return held.filter(job -> job.startedAt() != null).map(Claim::of).toList();
    }

    @Override
    public final List<Settled> settle(List<Settlement> settlements) {
        SettleRule.check(settlements);
        return moving(moves -> {
            RowSettling settling = new RowSettling(moves);
            return settlements.stream().map(settling::settle).toList();
        });
    }

    @Override
    public final Optional<JobSituation> situation(UUID id) {
        return run(rows -> Optional.ofNullable(rows.get(id)).map(job -> RowSituation.of(rows, job, now(rows))));
    }

    @Override
    public final List<QueueState> queues() {
        return run(rows -> RowQueues.of(rows, now(rows), QUEUES));
    }

    @Override
    public final QueueTypes types(String queue) {
        return run(rows -> RowQueues.types(rows, queue, now(rows)));
    }

    @Override
    public final List<Job> longRunning(Duration longer, int atMost) {
        return run(rows -> {
            Instant until = now(rows).minus(longer);
            return RowSituation.processing(rows).stream()
                    .filter(job -> job.startedAt() != null && !job.startedAt().isAfter(until))
                    .sorted(Comparator.comparing(Job::startedAt).thenComparing(Job::id, JobRowAccess.ID_ORDER))
                    .limit(atMost)
                    .toList();
        });
    }

    @Override
    public final List<Job> openGroups(Duration longer, int atMost) {
        return run(rows -> {
            Instant until = now(rows).minus(longer);
            JobQuery waiting = JobQuery.all().status(JobStatus.WAITING).atMost(MOST_WAITING);
            return RowSearch.search(rows, waiting, JobPage.MOST_LOOKED_AT).jobs().stream()
                    .filter(job ->
                            job.relations().isParent() && !job.relations().isSealed())
                    .filter(job -> !job.createdAt().isAfter(until))
                    .sorted(Comparator.comparing(Job::createdAt).thenComparing(Job::id, JobRowAccess.ID_ORDER))
                    .limit(atMost)
                    .toList();
        });
    }

    @Override
    public final List<LongDueJob> overdue(Duration longer) {
        return run(rows -> {
            Instant until = now(rows).minus(longer);
            Instant never = now(rows).plus(NEVER);
            List<LongDueJob> found = new ArrayList<>();
            for (String queue : rows.pendingQueues(QUEUES)) {
                for (int priority = NewJob.HIGHEST_PRIORITY; priority >= 0; priority--) {
                    rows.due(queue, priority, until)
                            .findFirst()
                            .ifPresent(job -> found.add(new LongDueJob(queue, job.type(), job.runAt())));
                    rows.dueAfter(queue, priority, never)
                            .findFirst()
                            .ifPresent(job -> found.add(new LongDueJob(queue, job.type(), job.runAt(), true)));
                }
            }
            return found;
        });
    }

    /** Runs one transaction for each dead worker, and a few short ones to find dead workers. */
    @Override
    public final List<TakenOver> takeOver(TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        List<UUID> expired;
        do {
            expired = run(rows -> rows.expiredLeases(now(rows), WORKERS));
            expired.forEach(worker -> taken.addAll(takeOver(worker, request)));
        } while (expired.size() == WORKERS);
        List<UUID> holders;
        UUID last = null;
        do {
            UUID after = last;
            holders = run(rows -> rows.holders(after, WORKERS));
            withoutLease(holders).forEach(worker -> taken.addAll(takeOver(worker, request)));
            last = holders.isEmpty() ? null : holders.get(holders.size() - 1);
        } while (holders.size() == WORKERS);
        return List.copyOf(taken);
    }

    private List<UUID> withoutLease(List<UUID> workers) {
        return run(rows ->
                workers.stream().filter(worker -> rows.worker(worker) == null).toList());
    }

    /** Tests the lease again in the transaction that takes the jobs: the worker may have beaten meanwhile. */
    private List<TakenOver> takeOver(UUID worker, TakeOverRequest request) {
        return moving(moves -> new RowSettling(moves).takeOver(worker, request, random));
    }

    @Override
    public final StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return run(rows -> new RowSteps(rows, transitions(rows)).begin(claim, name, hasUndo));
    }

    @Override
    public final Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return run(rows -> new RowSteps(rows, transitions(rows)).finish(claim, name, result));
    }

    @Override
    public final Settled stepUndone(Claim undo, JobStep undone) {
        return run(rows -> new RowSteps(rows, transitions(rows)).undone(undo, undone));
    }

    @Override
    public final List<JobStep> steps(UUID jobId) {
        return run(rows -> rows.steps(jobId));
    }

    @Override
    public final List<ProgressReport> report(List<ProgressReport> reports) {
        return moving(moves -> {
            reports.forEach(new RowSettling(moves)::report);
            return List.of();
        });
    }

    @Override
    public final Optional<Job> find(UUID id) {
        return run(rows -> Optional.ofNullable(rows.get(id)));
    }

    @Override
    public final Set<UUID> openAmong(List<UUID> ids) {
        return run(rows -> ids.stream()
                .map(rows::get)
                .filter(job -> job != null && !job.status().isFinal())
                .map(Job::id)
                .collect(Collectors.toSet()));
    }

    @Override
    public final List<Job> children(UUID parentId, int after, int atMost) {
        return run(rows -> rows.children(parentId, Math.max(after, JobRelations.FINISHER))
                .limit(atMost)
                .toList());
    }

    @Override
    public final List<Job> predecessors(UUID id) {
        return run(rows -> rows.predecessors(id));
    }

    @Override
    public final List<Job> successors(UUID id, int atMost) {
        return run(rows -> rows.successors(id).stream()
                .sorted(JobRowAccess.ID_ORDER)
                .map(rows::get)
                .filter(Objects::nonNull)
                .limit(atMost)
                .toList());
    }

    @Override
    public final List<FailedAttempt> failures(UUID id) {
        return run(rows -> rows.failures(id));
    }

    /** Reads all jobs on the way. Override it, and {@link #countByScan}, where there are many jobs and queries are frequent. */
    @Override
    public List<Job> scan(JobQuery query) {
        return run(rows -> rows.newestFirst(query.before())
                .filter(query::selects)
                .limit(query.atMost())
                .toList());
    }

    /** Reads all jobs; see {@link #scan}. */
    @Override
    public long countByScan(JobQuery query) {
        return run(rows -> rows.newestFirst(null).filter(query::selects).count());
    }

    @Override
    public final JobPage search(JobQuery query, int budget) {
        return run(rows -> RowSearch.search(rows, query, budget));
    }

    @Override
    public final BoundedCount countUpTo(JobQuery query, int atMost, int budget) {
        return run(rows -> RowSearch.countUpTo(rows, query, atMost, budget));
    }

    @Override
    public final ActResult cancel(UUID id, Locale locale) {
        return moving(moves -> new RowControl(moves).cancel(id, locale));
    }

    @Override
    public final Upkeep expire(int atMost, Locale locale) {
        return moving(moves -> new RowControl(moves).expire(atMost, locale));
    }

    @Override
    public final ActResult retry(UUID id) {
        return moving(moves -> new RowControl(moves).retry(id));
    }

    @Override
    public final ActResult change(UUID id, JobChange change) {
        change.notEmpty();
        return moving(moves -> new RowControl(moves).change(id, change));
    }

    @Override
    public final Pause pauseQueue(String queue, Pause pause) {
        PausableQueues.require(queue);
        return run(rows -> {
            PausedQueue standing = rows.pausedQueue(queue);
            if (standing != null) {
                return standing.pause();
            }
            PausedQueue begun = new PausedQueue(
                    LibraryOnly.KEY, queue, new Pause(LibraryOnly.KEY, now(rows), pause.by(), pause.reason()));
            rows.put(begun);
            return begun.pause();
        });
    }

    @Override
    public final boolean resumeQueue(String queue) {
        PausableQueues.require(queue);
        boolean wasPaused = run(rows -> {
            boolean isPaused = rows.pausedQueue(queue) != null;
            rows.removePausedQueue(queue);
            return isPaused;
        });
        if (wasPaused) {
            wake();
        }
        return wasPaused;
    }

    @Override
    public final List<PausedQueue> pausedQueues() {
        return run(rows -> rows.pausedQueues().stream()
                .sorted(Comparator.comparing(PausedQueue::queue))
                .toList());
    }

    @Override
    public final Upkeep purge(Retention retention, int atMost) {
        return run(rows -> new RowPurging(rows, transitions(rows)).purge(retention, atMost));
    }

    @Override
    public final Optional<ScheduleStore> schedules() {
        return Optional.of(new RowSchedules(this::moving));
    }

    @Override
    public final Optional<LimitStore> limits() {
        return Optional.of(new RowLimitStore(this::run, nextStart, this::wake));
    }

    @Override
    public final Subscription onAdded(Runnable listener) {
        return added.add(listener);
    }

    /**
     * {@inheritDoc}
     *
     * <p>This tells the listeners in this process. A store whose rows are shared by processes overrides it to tell the others too, and calls
     * {@code super.wake()} when another process tells it. It is called after the transaction, so it must not throw.
     */
    @Override
    public void wake() {
        added.give(Runnable::run);
    }

    @Override
    public final Subscription onCancelRequested(Consumer<Claim> listener) {
        return cancelRequested.add(listener);
    }

    /** Runs a transaction in which jobs move, and then gives the hints: jobs may be claimed because of it, running jobs are to be cancelled. */
    private <T> T moving(Function<RowTransaction, T> work) {
        Moved<T> moved = run(rows -> {
            RowTransaction moves = new RowTransaction(rows, transitions(rows));
            T answer = work.apply(moves);
            moves.end();
            return new Moved<>(moves, answer);
        });
        moved.moves().cancelRequested().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (moved.moves().hasReleased()) {
            wake();
        }
        return moved.answer();
    }

    private record Moved<T>(RowTransaction moves, T answer) {}

    /** Runs a transaction, again after each conflict with another one. */
    private <T> T run(Function<? super JobRowAccess, T> work) {
        ConflictBackOff backOff = null;
        while (true) {
            try {
                return atomically(work);
            } catch (RuntimeException thrown) {
                if (!isConflict(thrown)) {
                    throw thrown;
                }
                backOff = backOff == null ? new ConflictBackOff() : backOff;
                backOff.next(thrown);
            }
        }
    }

    private static JobMoves transitions(JobRowAccess rows) {
        return new JobMoves(now(rows));
    }

    private static Instant now(JobRowAccess rows) {
        return rows.now().truncatedTo(ChronoUnit.MICROS);
    }
}
