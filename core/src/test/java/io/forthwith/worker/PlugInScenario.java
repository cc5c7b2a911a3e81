package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobInterceptor;
import io.forthwith.event.JobListener;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.limit.Limit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.PlugInFault.PlugIn;
import io.forthwith.worker.PlugInProcessors.Kind;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.Engine;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A worker without threads, with everything plugged in that can be, that meets whatever can happen to jobs: they
 * complete, fail, are retried, postponed, cancelled, timed out, lost and taken over; the store is away for a while and
 * refuses a result; the executor refuses a task. Then it checks that nothing was lost.
 */
final class PlugInScenario {
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration TICK = Duration.ofMillis(200);
    private static final int SLOTS = 3;
    private static final int MOST_TICKS = 400;
    private static final JobType<String> UNKNOWN = JobType.of("unknown", String.class);

    private final PlugInFault fault;
    private final Predicate<JobStatus> alsoEndsAs;
    private final InMemoryJobStore memory;
    private final JobClient jobs;
    private final Engine engine;
    private final PlugInStore store;
    private final PlugInProcessors processors;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<JobEvent> events = new ArrayList<>();
    private final Map<UUID, Kind> enqueued = new LinkedHashMap<>();
    private final List<Throwable> escaped = new ArrayList<>();
    private Duration elapsed = Duration.ZERO;
    private Duration lockedUntil = Duration.ZERO;
    private boolean isArmed;
    private int submitted;

    /** @param alsoEndsAs how a job may end other than it should, because the fault hit it */
    PlugInScenario(PlugInFault fault, Predicate<JobStatus> alsoEndsAs) {
        this.fault = fault;
        this.alsoEndsAs = alsoEndsAs;
        this.memory = new InMemoryJobStore(() -> Instant.EPOCH.plus(elapsed), new Random(1));
        this.jobs = JobClient.of(memory);
        this.store = new PlugInStore(memory, this::isLocked);
        this.processors = new PlugInProcessors(this::hit, memory, this::hang, this::loseLease);
        Random random = new Random(2);
        WorkerSettings settings = new WorkerSettings(
                "worker",
                "host",
                List.of(NewJob.DEFAULT_QUEUE),
                SLOTS,
                Duration.ofSeconds(1),
                LEASE,
                Duration.ofSeconds(30),
                Locale.ENGLISH,
                classifier(),
                new Redaction(this::redact),
                List.of(new Faulty(), events::add),
                new Intercepting(),
                JobJson.standard(),
                Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1)),
                false,
                null,
                OnSilence.GO_ON,
                declared(),
                List.of(Limit.of("plugged")),
                null,
                () -> {
                    hit(PlugIn.TICKER);
                    return elapsed.toNanos();
                },
                (RandomGenerator) () -> {
                    hit(PlugIn.RANDOM);
                    return random.nextLong();
                });
        this.engine = new Engine(
                settings,
                store.asJobStore(),
                JobProcessor.processing(processors.registry(), Locale.ENGLISH, List.of(new Intercepting())),
                this::submit);
    }

    /** One schedule that nobody has, and two that a client has put, one of them of a type that nobody can run. Another one is not declared any more. */
    private DeclaredSchedules declared() {
        Schedule hourly =
                Schedule.of("declared", Kind.OK.type(), Kind.OK.name()).cron("@hourly");
        ScheduleDefinition definition = ScheduleEncoder.encode(hourly, JobJson.standard());
        jobs.schedules().put(Schedule.of("put", Kind.OK.type(), Kind.OK.name()).cron("@hourly"));
        jobs.schedules().put(Schedule.of("nobodys", UNKNOWN, "x").cron("@yearly"));
        memory.schedules()
                .orElseThrow()
                .change(
                        "gone",
                        (row, facts) -> ScheduleStore.Decision.of(
                                true,
                                ReadModelFactory.storedSchedule(
                                        "gone",
                                        new UUID(0, 1),
                                        Instant.EPOCH,
                                        definition,
                                        ReadModelFactory.scheduleDeclaration("studio", 1, Instant.EPOCH, null),
                                        null,
                                        StoredSchedule.Progress.NONE)));
        return new DeclaredSchedules("studio", 2, Map.of("declared", definition, "put", definition));
    }

    /** As somebody does by SQL. */
    private void breakSchedule() {
        memory.schedules()
                .orElseThrow()
                .change(
                        "put",
                        (row, facts) -> ScheduleStore.Decision.of(
                                true,
                                row == null
                                        ? null
                                        : row.with(
                                                LibraryOnly.KEY,
                                                row.progress().withError(LibraryOnly.KEY, "no paper"))));
    }

    private void hit(PlugIn plugIn) {
        if (isArmed) {
            fault.hit(plugIn);
        }
    }

    private final class Intercepting implements JobInterceptor {
        @Override
        public NewJob onEnqueue(NewJob job) {
            hit(PlugIn.INTERCEPTOR);
            return job;
        }

        @Override
        public Object around(JobContext context, Callable<Object> attempt) throws Exception {
            hit(PlugIn.INTERCEPTOR);
            Object result = attempt.call();
            hit(PlugIn.INTERCEPTOR);
            return result;
        }
    }

    private final class Faulty implements JobListener {
        @Override
        public void onEvent(JobEvent event) {
            hit(PlugIn.LISTENER);
            if (event instanceof JobEvent.Waiting) {
                throw new IllegalStateException("a listener that always throws here");
            }
        }

        @Override
        public void fatal(Job job, Error error) {
            hit(PlugIn.LISTENER);
        }
    }

    private String redact(String text) {
        hit(PlugIn.REDACTOR);
        if (text.contains("secret")) {
            throw new IllegalStateException(text);
        }
        return text;
    }

    private boolean isLocked(UUID id) {
        return enqueued.get(id) == Kind.LOCKED && elapsed.compareTo(lockedUntil) < 0;
    }

    private ErrorClassifier classifier() {
        return thrown -> {
            hit(PlugIn.CLASSIFIER);
            if (thrown instanceof ArithmeticException) {
                throw new IllegalStateException("a classifier that always throws here");
            }
            return null;
        };
    }

    private void submit(Runnable task) {
        hit(PlugIn.EXECUTOR_REFUSES);
        if (++submitted == 1) {
            throw new IllegalStateException("no thread for the first task");
        }
        tasks.add(task);
        hit(PlugIn.EXECUTOR_ACCEPTS_AND_THROWS);
    }

    /** The thread is in the job for longer than its time limit, and the deadline loop goes on meanwhile. */
    private void hang() {
        pass(Processor.DEFAULT_TIME_LIMIT);
        runGuarded(engine.leasing);
        runGuarded(engine.deadlines);
        pass(TICK.multipliedBy(10));
        runGuarded(engine.leasing);
        runGuarded(engine.deadlines);
        Thread.interrupted();
    }

    private void loseLease() {
        pass(LEASE.plusSeconds(1));
        memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
        runGuarded(engine.leasing);
        Thread.interrupted();
    }

    /** Runs everything. Afterwards {@link #check} must hold. */
    void run() {
        StoreHints.Subscription hints = memory.onCancelRequested(engine.cancelling::requested);
        engine.leasing.register();
        leaveGhost();
        isArmed = true;
        jobs.enqueue(
                NewJob.of(Kind.OK.type(), "holds the key").uniqueKey("taken").delay(Duration.ofDays(10)));
        for (Kind kind : Kind.values()) {
            if (kind != Kind.LOST && kind != Kind.LOCKED) {
                enqueue(kind);
            }
        }
        UUID unknown = jobs.enqueue(NewJob.of(UNKNOWN, "x")).id();
        runUntilQuiet();
        enqueue(Kind.OK);
        enqueue(Kind.FAIL);
        runGuarded(engine.claiming);
        runTasks();
        store.isAway = true;
        for (int i = 0; i < 4; i++) {
            enqueue(Kind.OK);
            tick();
        }
        store.isAway = false;
        enqueue(Kind.LOST);
        runUntilQuiet();
        // A job whose turn comes when the lease is no longer good is given back.
        enqueue(Kind.OK);
        runGuarded(engine.claiming);
        pass(LEASE);
        runTasks();
        runUntilQuiet();
        enqueue(Kind.LOCKED);
        lockedUntil = elapsed.plusSeconds(12);
        passAWhile();
        isArmed = false;
        runUntilQuiet();
        hints.close();
        assertThat(job(unknown)).returns(JobStatus.FAILED, Job::status);
    }

    /** A worker that is dead holds a job. */
    private void leaveGhost() {
        UUID ghost = UUID.randomUUID();
        memory.register(ReadModelFactory.workerInfo(ghost, "ghost", "host", 1), Duration.ofMillis(1));
        enqueue(Kind.OK);
        memory.claim(new ClaimRequest(ghost, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3, false));
    }

    private void enqueue(Kind kind) {
        NewJob job = NewJob.of(kind.type(), kind.name());
        enqueued.put(
                jobs.enqueue(kind == Kind.RATE_LIMITED ? job.limit("plugged", "key") : job)
                        .id(),
                kind);
    }

    /** Half a minute, after which the status is logged. */
    private void passAWhile() {
        for (int i = 0; i < 16; i++) {
            tick();
            pass(Duration.ofSeconds(1));
            runGuarded(engine.leasing);
            pass(Duration.ofMillis(800));
        }
    }

    /** Deletes what has ended. To be called after {@link #check}. */
    void purge() {
        isArmed = true;
        runGuarded(engine.purging);
        runGuarded(engine.scheduling);
        breakSchedule();
        jobs.enqueue(NewJob.of(Kind.OK.type(), Kind.OK.name()).queue("nobody"));
        jobs.enqueue(NewJob.of(Kind.OK.type(), Kind.OK.name()).queue("nobody").expiresAfter(Duration.ofDays(1)));
        pass(Duration.ofDays(2));
        for (int i = 0; i < 4; i++) {
            runGuarded(engine.leasing);
            runGuarded(engine.unserved);
            runGuarded(engine.failedSchedules);
            runGuarded(engine.outcomes);
            pass(Duration.ofSeconds(1));
        }
        runGuarded(engine.expiring);
        runGuarded(engine.expiring);
        runGuarded(engine.purging);
        // Once more, because the fault may have hit the first time.
        runGuarded(engine.scheduling);
        runGuarded(engine.scheduling);
        isArmed = false;
    }

    private void runUntilQuiet() {
        int ticks = 0;
        do {
            assertThat(ticks++).as("%s: ticks, %s", fault, this).isLessThan(MOST_TICKS);
            tick();
        } while (!isQuiet());
    }

    private boolean isQuiet() {
        return tasks.isEmpty()
                && engine.settling.unsettled().count() <= 0
                && engine.held.size() == 0
                && engine.lease.workerId() != null
                && enqueued.keySet().stream().allMatch(id -> job(id).status().isFinal())
                && jobs.countByScan(JobQuery.all().undos())
                        == jobs.countByScan(JobQuery.all().undos().status(JobStatus.COMPLETED));
    }

    private void tick() {
        for (LoopRound each : List.of(
                engine.leasing,
                engine.claiming,
                engine.settling,
                engine.deadlines,
                engine.progress,
                engine.takingOver,
                engine.status)) {
            runGuarded(each);
            runTasks();
        }
        runGuarded(this::tellAll);
        pass(TICK);
    }

    private Duration tellAll() {
        EngineFixture.tellAll(engine);
        return LoopRound.UNTIL_WOKEN;
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (Throwable thrown) {
                escaped.add(thrown);
            }
        }
    }

    /** As a thread of a worker runs it. */
    private void runGuarded(LoopRound round) {
        try {
            round.run();
        } catch (Throwable thrown) {
            escaped.add(thrown);
        }
    }

    private void pass(Duration time) {
        elapsed = elapsed.plus(time);
    }

    private Job job(UUID id) {
        return memory.find(id).orElseThrow();
    }

    /** What must hold at the end, whatever threw. */
    void check() {
        enqueued.forEach((id, kind) -> assertThat(job(id).status())
                .as("%s: job of kind %s", fault, kind)
                .matches(status -> status == kind.end || alsoEndsAs.test(status)));
        processors.undone.forEach((claim, times) -> assertThat(times)
                .as("%s: undo actions of %s", fault, job(claim.jobId()))
                .isEqualTo(hasSucceeded(claim) ? 0 : 1));
        assertThat(processors.isPaid).as("%s: the step is not undone", fault).isFalse();
        assertThat(engine.settling.unsettled().count())
                .as("%s: unsettled", fault)
                .isZero();
        assertThat(engine.slots.free()).as("%s: free slots", fault).isEqualTo(SLOTS);
        assertThat(engine.slots.zombies()).as("%s: zombies", fault).isZero();
        assertThat(engine.slots.buffered()).as("%s: buffered", fault).isZero();
        assertThat(engine.slots.running()).as("%s: running", fault).isEmpty();
        assertThat(engine.lease.isGood(elapsed.toNanos()))
                .as("%s: lease", fault)
                .isTrue();
    }

    /** Whether the attempt has completed its job, or has left that to its children. */
    private boolean hasSucceeded(Claim claim) {
        Job job = job(claim.jobId());
        return (job.status() == JobStatus.COMPLETED && job.claim() == claim.number())
                || events.stream()
                        .anyMatch(event -> event instanceof JobEvent.Waiting
                                && Claim.of(event.job()).equals(claim));
    }

    /** Each end has had its event. */
    void checkEvents() {
        enqueued.keySet()
                .forEach(id -> assertThat(events.stream()
                                .filter(event -> event.job().id().equals(id))
                                .filter(PlugInScenario::isEnd))
                        .as("%s: events of %s", fault, job(id))
                        .hasSize(1));
    }

    private static boolean isEnd(JobEvent event) {
        return event instanceof JobEvent.Completed
                || event instanceof JobEvent.Failed
                || event instanceof JobEvent.Cancelled
                || event instanceof JobEvent.Waiting;
    }

    /** What left a loop or a task, and would have ended up in the log or with the executor. */
    List<Throwable> escaped() {
        return escaped;
    }

    @Override
    public String toString() {
        return tasks.size() + " tasks, " + engine.slots.free() + " slots free, " + engine.slots.buffered()
                + " buffered, " + engine.held.size() + " held, "
                + engine.settling.unsettled().count() + " unsettled, not ended: "
                + enqueued.keySet().stream()
                        .map(this::job)
                        .filter(job -> !job.status().isFinal())
                        .toList();
    }
}
