package io.forthwith.store.kit;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.Retention;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.limit.Pause;
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
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A store whose calls go wrong now and then, to test how a worker, a processor or an application reacts. The faults are drawn from a seed,
 * so a run on one thread can be repeated. Until a fault is {@linkplain #inject injected} it does what the store behind it does. Hints never
 * go wrong. Thread-safe.
 *
 * <pre>{@code
 * FaultyJobStore store = FaultyJobStore.of(new InMemoryJobStore(), 42)
 *         .inject(Fault.LOSE_ANSWER, 0.1, Call.SETTLE, Call.CLAIM)
 *         .inject(Fault.FAIL_BEFORE, 0.02);
 * }</pre>
 */
public final class FaultyJobStore implements JobStore {
    private static final Duration DELAY = Duration.ofMillis(100);

    private final JobStore store;
    private final RandomGenerator random;
    private final Consumer<Duration> pause;
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);

    /** A fault that may happen to a call. */
    public enum Fault {
        /** The call does nothing and throws {@link JobStoreException.Kind#TRANSIENT}. */
        FAIL_BEFORE,
        /** The call does nothing and throws {@link JobStoreException.Kind#UNKNOWN_OUTCOME}. */
        LOSE_CALL,
        /** The call takes effect and throws {@link JobStoreException.Kind#UNKNOWN_OUTCOME}. */
        LOSE_ANSWER,
        /** The call is done twice and answers what the second one does. */
        REPEAT,
        /** The call is done after up to 100 ms. */
        DELAY
    }

    /** The calls of a store that can go wrong, by the names of its methods. */
    public enum Call {
        ADD,
        SEAL,
        REGISTER,
        BEAT,
        DEREGISTER,
        WORKERS,
        SERVED_BY_OTHERS,
        CLAIM,
        HELD,
        LONG_RUNNING,
        OPEN_GROUPS,
        TYPES,
        OVERDUE,
        SITUATION,
        QUEUES,
        SETTLE,
        TAKE_OVER,
        BEGIN_STEP,
        FINISH_STEP,
        STEP_UNDONE,
        STEPS,
        REPORT,
        FIND,
        OPEN_AMONG,
        CHILDREN,
        PREDECESSORS,
        SUCCESSORS,
        FAILURES,
        SCAN,
        COUNT_BY_SCAN,
        SEARCH,
        COUNT_UP_TO,
        CANCEL,
        EXPIRE,
        RETRY,
        CHANGE,
        RETRY_PAGE,
        CANCEL_PAGE,
        CHANGE_PAGE,
        PAUSE_QUEUE,
        RESUME_QUEUE,
        PAUSED_QUEUES,
        PURGE
    }

    private FaultyJobStore(JobStore store, RandomGenerator random, Consumer<Duration> pause) {
        this.store = Objects.requireNonNull(store, "store");
        this.random = Objects.requireNonNull(random, "random");
        this.pause = Objects.requireNonNull(pause, "pause");
    }

    /** A store whose faults are drawn from {@code seed}. */
    public static FaultyJobStore of(JobStore store, long seed) {
        return new FaultyJobStore(store, new Random(seed), delay -> LockSupport.parkNanos(delay.toNanos()));
    }

    /**
     * A store for tests that have a clock of their own.
     *
     * @param random draws the faults; never used by two threads at the same time
     * @param pause lets the time of a {@link Fault#DELAY} pass
     */
    public static FaultyJobStore of(JobStore store, RandomGenerator random, Consumer<Duration> pause) {
        return new FaultyJobStore(store, random, pause);
    }

    /**
     * Makes the given calls, or all if none is given, go wrong from now on. If several injected faults could happen to one call, the first
     * one that is drawn happens.
     *
     * @param rate the share of calls that go wrong, from 0 to 1
     * @return this
     */
    public synchronized FaultyJobStore inject(Fault fault, double rate, Call... calls) {
        Objects.requireNonNull(fault, "fault");
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("Rate " + rate + " is out of range: 0 to 1");
        }
        Set<Call> concerned = calls.length == 0 ? EnumSet.allOf(Call.class) : EnumSet.copyOf(List.of(calls));
        rules.add(new Rule(fault, rate, concerned));
        return this;
    }

    /** From now on no call goes wrong. */
    public synchronized void heal() {
        rules.clear();
    }

    /** How often this fault has happened. */
    public synchronized long count(Fault fault) {
        return counts.getOrDefault(Objects.requireNonNull(fault, "fault"), 0L);
    }

    private <T> T give(Call call, Supplier<T> work) {
        Draw draw = draw(call);
        if (draw == null) {
            return work.get();
        }
        if (draw.fault == Fault.FAIL_BEFORE) {
            throw failure(JobStoreException.Kind.TRANSIENT, call);
        }
        if (draw.fault == Fault.LOSE_CALL) {
            throw failure(JobStoreException.Kind.UNKNOWN_OUTCOME, call);
        }
        if (draw.fault == Fault.DELAY) {
            pause.accept(draw.delay);
        }
        T answer = work.get();
        if (draw.fault == Fault.LOSE_ANSWER) {
            throw failure(JobStoreException.Kind.UNKNOWN_OUTCOME, call);
        }
        return draw.fault == Fault.REPEAT ? work.get() : answer;
    }

    private synchronized @Nullable Draw draw(Call call) {
        for (Rule rule : rules) {
            if (rule.calls.contains(call) && random.nextDouble() < rule.rate) {
                counts.merge(rule.fault, 1L, Long::sum);
                return new Draw(rule.fault, Duration.ofNanos(random.nextLong(1, DELAY.toNanos() + 1)));
            }
        }
        return null;
    }

    private static JobStoreException failure(JobStoreException.Kind kind, Call call) {
        return new JobStoreException(kind, "Injected: " + call + " fails", null);
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        return give(Call.ADD, () -> store.add(jobs));
    }

    @Override
    public ActResult seal(UUID id, Locale locale) {
        return give(Call.SEAL, () -> store.seal(id, locale));
    }

    @Override
    public void register(WorkerInfo worker, Duration lease) {
        give(Call.REGISTER, () -> {
            store.register(worker, lease);
            return true;
        });
    }

    @Override
    public BeatAnswer beat(UUID workerId, Duration lease, WorkerLoad load) {
        return give(Call.BEAT, () -> store.beat(workerId, lease, load));
    }

    @Override
    public List<RegisteredWorker> workers() {
        return give(Call.WORKERS, store::workers);
    }

    @Override
    public Set<QueuedType> servedByOthers(UUID workerId, Set<QueuedType> asked) {
        return give(Call.SERVED_BY_OTHERS, () -> store.servedByOthers(workerId, asked));
    }

    /** Without faults: what is fired is decided in one transaction, or not at all. */
    @Override
    public Optional<ScheduleStore> schedules() {
        return store.schedules();
    }

    /** Without faults. */
    @Override
    public Optional<LabelStore> labels() {
        return store.labels();
    }

    /** Without faults: whole numbers are written, so a repeated call changes nothing. */
    @Override
    public Optional<OutcomeStore> outcomes() {
        return store.outcomes();
    }

    /** Without faults: parts of acts are done as a whole, or not at all. */
    @Override
    public Optional<ActStore> acts() {
        return store.acts();
    }

    /** Without faults: what was done is written with it. */
    @Override
    public Optional<AuditStore> audit() {
        return store.audit();
    }

    /** Without faults: whole limits are written, so a repeated call changes nothing. */
    @Override
    public Optional<LimitStore> limits() {
        return store.limits();
    }

    @Override
    public Optional<JobSituation> situation(UUID id) {
        return give(Call.SITUATION, () -> store.situation(id));
    }

    @Override
    public List<QueueState> queues() {
        return give(Call.QUEUES, store::queues);
    }

    @Override
    public QueueTypes types(String queue) {
        return give(Call.TYPES, () -> store.types(queue));
    }

    @Override
    public List<Job> longRunning(Duration longer, int atMost) {
        return give(Call.LONG_RUNNING, () -> store.longRunning(longer, atMost));
    }

    @Override
    public List<Job> openGroups(Duration longer, int atMost) {
        return give(Call.OPEN_GROUPS, () -> store.openGroups(longer, atMost));
    }

    @Override
    public List<LongDueJob> overdue(Duration longer) {
        return give(Call.OVERDUE, () -> store.overdue(longer));
    }

    @Override
    public void deregister(UUID workerId) {
        give(Call.DEREGISTER, () -> {
            store.deregister(workerId);
            return true;
        });
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        return give(Call.CLAIM, () -> store.claim(request));
    }

    @Override
    public List<Claim> held(UUID workerId) {
        return give(Call.HELD, () -> store.held(workerId));
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        return give(Call.SETTLE, () -> store.settle(settlements));
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return give(Call.TAKE_OVER, () -> store.takeOver(request));
    }

    @Override
    public List<TakenOver> takeOverEnded(TakeOverRequest request) {
        return give(Call.TAKE_OVER, () -> store.takeOverEnded(request));
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return give(Call.BEGIN_STEP, () -> store.beginStep(claim, name, hasUndo));
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return give(Call.FINISH_STEP, () -> store.finishStep(claim, name, result));
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep step) {
        return give(Call.STEP_UNDONE, () -> store.stepUndone(undo, step));
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return give(Call.STEPS, () -> store.steps(jobId));
    }

    @Override
    public List<ProgressReport> report(List<ProgressReport> reports) {
        return give(Call.REPORT, () -> store.report(reports));
    }

    @Override
    public Optional<Job> find(UUID id) {
        return give(Call.FIND, () -> store.find(id));
    }

    @Override
    public Set<UUID> openAmong(List<UUID> ids) {
        return give(Call.OPEN_AMONG, () -> store.openAmong(ids));
    }

    @Override
    public List<Job> children(UUID parentId, int after, int atMost) {
        return give(Call.CHILDREN, () -> store.children(parentId, after, atMost));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return give(Call.PREDECESSORS, () -> store.predecessors(id));
    }

    @Override
    public List<Job> successors(UUID id, int atMost) {
        return give(Call.SUCCESSORS, () -> store.successors(id, atMost));
    }

    @Override
    public List<FailedAttempt> failures(UUID id) {
        return give(Call.FAILURES, () -> store.failures(id));
    }

    @Override
    public List<Job> scan(JobQuery query) {
        return give(Call.SCAN, () -> store.scan(query));
    }

    @Override
    public JobPage search(JobQuery query, int budget) {
        return give(Call.SEARCH, () -> store.search(query, budget));
    }

    @Override
    public BoundedCount countUpTo(JobQuery query, int atMost, int budget) {
        return give(Call.COUNT_UP_TO, () -> store.countUpTo(query, atMost, budget));
    }

    @Override
    public long countByScan(JobQuery query) {
        return give(Call.COUNT_BY_SCAN, () -> store.countByScan(query));
    }

    @Override
    public ActResult cancel(UUID id, Locale locale) {
        return give(Call.CANCEL, () -> store.cancel(id, locale));
    }

    @Override
    public Upkeep expire(int atMost, Locale locale) {
        return give(Call.EXPIRE, () -> store.expire(atMost, locale));
    }

    @Override
    public ActResult retry(UUID id) {
        return give(Call.RETRY, () -> store.retry(id));
    }

    @Override
    public ActResult change(UUID id, JobChange change) {
        return give(Call.CHANGE, () -> store.change(id, change));
    }

    @Override
    public BulkResult retryPage(JobQuery page) {
        return give(Call.RETRY_PAGE, () -> store.retryPage(page));
    }

    @Override
    public BulkResult cancelPage(JobQuery page, Locale locale) {
        return give(Call.CANCEL_PAGE, () -> store.cancelPage(page, locale));
    }

    @Override
    public BulkResult changePage(JobQuery page, JobChange change) {
        return give(Call.CHANGE_PAGE, () -> store.changePage(page, change));
    }

    @Override
    public Pause pauseQueue(String queue, Pause pause) {
        return give(Call.PAUSE_QUEUE, () -> store.pauseQueue(queue, pause));
    }

    @Override
    public boolean resumeQueue(String queue) {
        return give(Call.RESUME_QUEUE, () -> store.resumeQueue(queue));
    }

    @Override
    public List<PausedQueue> pausedQueues() {
        return give(Call.PAUSED_QUEUES, store::pausedQueues);
    }

    @Override
    public Upkeep purge(Retention retention, int atMost) {
        return give(Call.PURGE, () -> store.purge(retention, atMost));
    }

    @Override
    public Subscription onAdded(Runnable hint) {
        return store.onAdded(hint);
    }

    @Override
    public void wake() {
        store.wake();
    }

    @Override
    public boolean isInTransaction() {
        return store.isInTransaction();
    }

    @Override
    public Optional<String> workingOn(Thread thread) {
        return store.workingOn(thread);
    }

    @Override
    public boolean hearsOthers() {
        return store.hearsOthers();
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return store.onCancelRequested(hint);
    }

    @Override
    public Subscription onServerChange(Runnable listener) {
        return store.onServerChange(listener);
    }

    /** A fault, how often, and for which calls. */
    private record Rule(Fault fault, double rate, Set<Call> calls) {}

    /** The fault of one call. */
    private record Draw(Fault fault, Duration delay) {}
}
