package io.forthwith.worker.internal;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.DurableStepRunner;
import io.forthwith.worker.internal.attempt.FamilyReader;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.JobServices;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.ProcessorSetup;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.attempt.StoreRetry;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.StoreHealth;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.EventSender;
import io.forthwith.worker.internal.report.FatalErrors;
import io.forthwith.worker.internal.report.JobCounters;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The parts of one worker, connected with each other. It has no threads: {@link WorkerThreads} and {@link DrainRun}
 * drive it.
 */
public final class Engine {
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);

    public final WorkerSettings config;
    public final JobStore store;
    public final RegisteredProcessors processors;
    public final WakeSignal claimSignal = new WakeSignal();
    public final WakeSignal settleSignal = new WakeSignal();
    public final WakeSignal deadlineSignal = new WakeSignal();
    public final WakeSignal upkeepSignal = new WakeSignal();
    public final WakeSignal leaseSignal = new WakeSignal();
    public final HeldJobs held = new HeldJobs();
    public final JobCounters counts = new JobCounters();
    final StoreHealth health;
    final FatalErrors fatal;
    public final OwnLease lease;
    final JobRateMeter rate;
    final DueAgainTimes dueTimes;
    final NextDeadlineCheck nextDeadline;
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
    public final PurgeLoop purging;
    public final StuckUndoLoop undoWatch;
    public final StatusLogLoop status;

    public Engine(WorkerSettings config, JobStore store, ProcessorSetup processing, Executor executor) {
        this(config, store, processing, executor, UUID::randomUUID);
    }

    /**
     * @param ids makes the ids under which this worker registers
     */
    public Engine(
            WorkerSettings config, JobStore store, ProcessorSetup processing, Executor executor, Supplier<UUID> ids) {
        this.config = config;
        this.store = store;
        this.processors = processing.processors();
        Ticker ticker = config.ticker();
        this.health = new StoreHealth(ticker);
        this.lease = new OwnLease(config.lease());
        this.rate = new JobRateMeter(ticker.nanos());
        this.dueTimes = new DueAgainTimes(ticker, claimSignal);
        this.nextDeadline = new NextDeadlineCheck(deadlineSignal, ticker);
        EventSender events = new EventSender(config.listeners());
        this.fatal = new FatalErrors(events);
        SettlementDecision decision =
                new SettlementDecision(config.classifier(), config.redaction(), config.locale(), config.random());
        SettlementFollowUp confirmations =
                new SettlementFollowUp(held, events, processors, counts, this::runAside, dueTimes::dueIn);
        this.settling = new SettleLoop(store, decision, confirmations, guard("settling"), settleSignal, ticker);
        ProcessorCall call = processing.call().apply(this::recordFailure);
        this.runner = new JobRunner(this, call, decision, events);
        this.slots = new JobSlots(config.concurrency(), executor, runner, claimSignal);
        this.cancelling = new CancellationHandler(lease, held, slots, runner, deadlineSignal, ticker);
        this.progress = new ProgressLoop(store, guard("reporting progress"), upkeepSignal, ticker);
        StoreRetry storeRetry = new StoreRetry(config.random());
        this.services = new JobServices(
                config.codec(),
                new DurableStepRunner(store, processors, config.codec(), storeRetry, ticker),
                new FamilyReader(store, storeRetry),
                progress::progressed);
        this.claiming = new ClaimLoop(this, services, guard("claiming"));
        this.leasing = new LeaseLoop(this, ids, leaseGuard());
        this.deadlines = new DeadlineLoop(processors, runner, slots, nextDeadline, ticker);
        this.takingOver = new TakeOverLoop(config, store, lease, dueTimes, guard("taking over"));
        this.purging = new PurgeLoop(config, store, guard("purging"));
        this.undoWatch = new StuckUndoLoop(store, processors, config.random(), guard("looking for steps to undo"));
        this.status = new StatusLogLoop(config, held, slots, counts);
    }

    /** Settles a job of unknown type as failed, for the call that found it. */
    private void recordFailure(JobContext context, JobError error) {
        if (!(context instanceof RunningJob run)) {
            throw new IllegalArgumentException("Not a job of this worker: " + context.job());
        }
        if (run.trySettle()) {
            Settlement settlement = Settlement.fail(run.claim(), error, config.locale());
            settling.submit(PendingSettlement.recorded(
                    run, settlement, run.took(config.ticker().nanos())));
        }
    }

    private void runAside(Runnable task) {
        slots.runAside(task);
    }

    private StoreBackOff guard(String activity) {
        return new StoreBackOff(activity, health, config.random(), config.ticker(), LONGEST_BACK_OFF);
    }

    /** A heartbeat that failed is tried again soon, before the lease lapses. */
    private StoreBackOff leaseGuard() {
        Duration eighth = config.lease().dividedBy(8);
        return new StoreBackOff(
                "keeping the lease",
                health,
                config.random(),
                config.ticker(),
                eighth.compareTo(LONGEST_BACK_OFF) < 0 ? eighth : LONGEST_BACK_OFF);
    }
}
