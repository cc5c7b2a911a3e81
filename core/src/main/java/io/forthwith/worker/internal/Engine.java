package io.forthwith.worker.internal;

import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.attempt.BatchBuffer;
import io.forthwith.worker.internal.attempt.DurableStepRunner;
import io.forthwith.worker.internal.attempt.EngineProcessors;
import io.forthwith.worker.internal.attempt.FamilyReader;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.JobServices;
import io.forthwith.worker.internal.attempt.LeaseDeadline;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RestingKeys;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.attempt.StoreRetry;
import io.forthwith.worker.internal.loop.ClaimableHints;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.EventLoop;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.LoopWatch;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.StoreHealth;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.UnsettledTextAmount;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.FatalErrorsSeen;
import io.forthwith.worker.internal.report.FirstTraces;
import io.forthwith.worker.internal.report.JobCounters;
import io.forthwith.worker.internal.report.JobListeners;
import io.forthwith.worker.internal.report.OutcomeCounts;
import io.forthwith.worker.internal.report.UnrunnableSchedules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The parts of one worker, connected with each other: each part gets what it needs, and is made after it. The engine
 * has no threads: {@link WorkerThreads} and {@link DrainRun} drive it.
 */
public final class Engine {
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);
    private static final Duration LONGEST_LEASE_BACK_OFF = Duration.ofSeconds(1);

    public final WorkerSettings config;
    public final JobStore store;
    public final RegisteredProcessors processors;
    public final WakeSignal claimSignal = new WakeSignal();
    public final WakeSignal settleSignal = new WakeSignal();
    public final WakeSignal deadlineSignal = new WakeSignal();
    public final WakeSignal takeOverSignal = new WakeSignal();
    public final WakeSignal upkeepSignal = new WakeSignal();
    public final WakeSignal leaseSignal = new WakeSignal();
    public final WakeSignal scheduleSignal = new WakeSignal();
    final WakeSignal eventSignal = new WakeSignal();
    final ClaimableHints settleHints = new ClaimableHints(claimSignal);
    final UnsettledTextAmount unsettledText = new UnsettledTextAmount(claimSignal);
    public final HeldJobs held = new HeldJobs();
    public final JobCounters counts = new JobCounters();
    final StoreHealth health;
    final LoopWatch loops;
    public final EventLoop events;
    final FatalErrorsSeen fatal;
    public final OwnLease lease;
    final JobThreads threads;
    public final SettleLoop settling;
    public final JobRunner runner;
    public final JobSlots slots;
    public final CancellationHandler cancelling;
    public final ProgressLoop progress;
    final JobServices services;
    public final ClaimLoop claiming;
    public final LeaseLoop leasing;
    public final DeadlineLoop deadlines;
    public final TakeOverLoop takingOver;
    public final UpkeepLoop purging;
    public final UpkeepLoop expiring;
    public final UpkeepLoop acting;
    public final StuckUndoLoop undoWatch;
    public final ScheduleLoop scheduling;
    public final UnservedJobsLoop unserved;
    public final FailedSchedulesLoop failedSchedules;
    public final OutcomeLoop outcomes;
    public final StatusLogLoop status;

    public Engine(WorkerSettings config, JobStore store, EngineProcessors processing, Executor executor) {
        this(config, store, processing, executor, UUID::randomUUID);
    }

    /**
     * @param ids makes the ids under which this worker registers
     */
    public Engine(
            WorkerSettings config, JobStore store, EngineProcessors processing, Executor executor, Supplier<UUID> ids) {
        this.config = config;
        this.store = store;
        this.processors = processing.processors();
        Ticker ticker = config.ticker();
        this.health = new StoreHealth(ticker, claimSignal);
        this.loops = new LoopWatch(store);
        this.lease = new OwnLease(config.lease());
        this.threads = new JobThreads(executor);
        JobListeners listeners = new JobListeners(config.listeners());
        this.events = new EventLoop(listeners, eventSignal);
        this.fatal = new FatalErrorsSeen(listeners);
        OutcomeCounts outcomeCounts = new OutcomeCounts();
        WorkerReports reports = new WorkerReports(events, fatal, counts, outcomeCounts);
        DueAgainTimes dueTimes = new DueAgainTimes(ticker, claimSignal);
        JobRateMeter rate = new JobRateMeter(ticker.nanos());
        NextDeadlineCheck nextDeadline = new NextDeadlineCheck(deadlineSignal, ticker);
        LeaseDeadline silence = new LeaseDeadline(config.onSilence(), processors);

        // How an attempt ends.
        SettlementDecision decision =
                new SettlementDecision(config.classifier(), config.redaction(), config.locale(), config.random());
        SettlementFollowUp followUp = new SettlementFollowUp(
                held,
                reports,
                new FirstTraces(ticker::nanos),
                processors,
                threads::runAside,
                dueTimes::dueIn,
                settleHints::isGiven);
        this.settling = new SettleLoop(
                store,
                decision,
                followUp,
                guard("settling", settleSignal),
                settleSignal,
                settleHints,
                unsettledText,
                ticker);

        // How it runs.
        ProcessorCall call = processing.call().apply(new FailureSettler(settling, config.locale(), ticker));
        this.runner = new JobRunner(
                config,
                call,
                processors,
                decision,
                lease,
                held,
                settling,
                new RestingKeys(store),
                reports,
                rate,
                nextDeadline,
                silence);
        BatchBuffer batches = processors.haveBatches()
                ? new BatchBuffer(processors, new BatchRunner(runner, config.interceptor())::run, ticker)
                : null;
        this.slots = new JobSlots(config.concurrency(), threads, runner, claimSignal, batches);
        this.cancelling = new CancellationHandler(lease, held, slots, runner, deadlineSignal, ticker);
        this.deadlines = new DeadlineLoop(processors, runner, slots, nextDeadline, silence, ticker);

        // What its processor may ask for.
        this.progress = new ProgressLoop(store, guard("reporting progress", upkeepSignal), upkeepSignal, ticker);
        StoreRetry storeRetry = new StoreRetry(config.random());
        this.services = new JobServices(
                config.json(),
                config.interceptor(),
                new DurableStepRunner(store, processors, config.json(), storeRetry, ticker),
                new FamilyReader(store, storeRetry),
                progress::progressed,
                id -> lease.left(id, ticker.nanos()));

        // How jobs come to this worker.
        this.claiming = new ClaimLoop(
                config,
                store,
                processors,
                lease,
                held,
                slots,
                cancelling,
                runner,
                settling,
                unsettledText,
                rate,
                dueTimes,
                services,
                guard("claiming", claimSignal));
        this.leasing = new LeaseLoop(
                config,
                store,
                processors,
                lease,
                held,
                cancelling,
                claimSignal,
                deadlineSignal,
                ids,
                // The two counts are not read at the same moment, so the difference may be negative.
                () -> Math.max(0, held.size() - slots.withoutSlot()),
                () -> !troubles().isEmpty(),
                leaseGuard());
        this.takingOver = new TakeOverLoop(
                config,
                store,
                lease,
                dueTimes,
                guard("taking over", takeOverSignal).patient());

        this.purging =
                UpkeepLoop.purging(config, store, guard("purging", upkeepSignal).patient());
        this.expiring = UpkeepLoop.expiring(
                config, store, guard("expiring", upkeepSignal).patient());
        this.acting = UpkeepLoop.acting(
                config, store, guard("carrying acts on", upkeepSignal).patient());
        this.undoWatch = new StuckUndoLoop(
                store,
                processors,
                config.random(),
                guard("looking for steps to undo", upkeepSignal).patient());
        this.scheduling = new ScheduleLoop(
                store,
                config.schedules(),
                new UnrunnableSchedules(processors::knows, store),
                guard("firing schedules", scheduleSignal).patient(),
                config.random(),
                ticker);
        this.unserved = new UnservedJobsLoop(
                store,
                lease,
                config.random(),
                guard("looking for jobs that nobody serves", upkeepSignal).patient(),
                ticker);
        this.failedSchedules = new FailedSchedulesLoop(
                store,
                config.random(),
                guard("looking for schedules that do not fire", upkeepSignal).patient());
        this.outcomes = new OutcomeLoop(
                store,
                outcomeCounts,
                config.random(),
                guard("writing outcomes", upkeepSignal).patient(),
                ticker);
        this.status = new StatusLogLoop(config, held, slots, counts);
    }

    /** What is wrong with this worker itself, for the person on call; empty when nothing is. */
    List<String> troubles() {
        List<String> reasons = new ArrayList<>(health.troubles());
        reasons.addAll(loops.troubles());
        int zombies = slots.zombies();
        if (zombies > 0) {
            reasons.add(zombies + " threads are stuck in jobs that have been settled without them");
        }
        int stuck = settling.stuck();
        if (stuck > 0) {
            reasons.add(
                    stuck + " jobs have ended, but other transactions have locked them or their relatives for long");
        }
        reasons.addAll(events.troubles());
        reasons.addAll(fatal.troubles());
        return reasons;
    }

    private StoreBackOff guard(String activity, WakeSignal signal) {
        return new StoreBackOff(activity, health, signal, config.random(), config.ticker(), LONGEST_BACK_OFF);
    }

    /** A heartbeat that failed is tried again soon, before the lease lapses. It also tells the other loops when the store is back. */
    private StoreBackOff leaseGuard() {
        Duration eighth = config.lease().dividedBy(8);
        return new StoreBackOff(
                "keeping the lease",
                health,
                leaseSignal,
                config.random(),
                config.ticker(),
                eighth.compareTo(LONGEST_LEASE_BACK_OFF) < 0 ? eighth : LONGEST_LEASE_BACK_OFF);
    }
}
