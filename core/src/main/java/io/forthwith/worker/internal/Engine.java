package io.forthwith.worker.internal;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.worker.JobProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.Decision;
import io.forthwith.worker.internal.attempt.DurableSteps;
import io.forthwith.worker.internal.attempt.FamilyReads;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.Services;
import io.forthwith.worker.internal.attempt.StoreRetry;
import io.forthwith.worker.internal.loop.DueTimes;
import io.forthwith.worker.internal.loop.NextLook;
import io.forthwith.worker.internal.loop.RateMeter;
import io.forthwith.worker.internal.loop.Signal;
import io.forthwith.worker.internal.loop.StoreGuard;
import io.forthwith.worker.internal.loop.StoreHealth;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.Counts;
import io.forthwith.worker.internal.report.Events;
import io.forthwith.worker.internal.report.FatalErrors;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The parts of one worker, wired: it owns no thread and has no life of its own. */
public final class Engine {
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);

    public final WorkerConfig config;
    public final JobStore store;
    public final ProcessorRegistry registry;
    public final Signal claimSignal = new Signal();
    public final Signal settleSignal = new Signal();
    public final Signal deadlineSignal = new Signal();
    public final Signal upkeepSignal = new Signal();
    public final Signal leaseSignal = new Signal();
    public final HeldJobs held = new HeldJobs();
    public final Counts counts = new Counts();
    final StoreHealth health;
    final FatalErrors fatal;
    public final Lease lease;
    final RateMeter rate;
    final DueTimes dueTimes;
    final NextLook nextDeadline;
    public final SettleLoop settling;
    public final JobRunner runner;
    public final Slots slots;
    public final Cancelling cancelling;
    public final ProgressLoop progress;
    final Services services;
    public final ClaimLoop claiming;
    public final LeaseLoop leasing;
    public final DeadlineLoop deadlines;
    public final TakeOverLoop takingOver;
    public final PurgeLoop purging;
    public final UndoWatch undoWatch;
    public final StatusLine status;

    public Engine(WorkerConfig config, JobStore store, ProcessorRegistry registry, Executor executor) {
        this(config, store, registry, executor, UUID::randomUUID);
    }

    /** @param ids of the registrations of this worker */
    public Engine(
            WorkerConfig config, JobStore store, ProcessorRegistry registry, Executor executor, Supplier<UUID> ids) {
        this.config = config;
        this.store = store;
        this.registry = registry;
        Ticker ticker = config.ticker();
        this.health = new StoreHealth(ticker);
        this.lease = new Lease(config.lease());
        this.rate = new RateMeter(ticker.nanos());
        this.dueTimes = new DueTimes(ticker, claimSignal);
        this.nextDeadline = new NextLook(deadlineSignal, ticker);
        Events events = new Events(config.listeners());
        this.fatal = new FatalErrors(events);
        Decision decision = new Decision(config.classifier(), config.redaction(), config.locale(), config.random());
        Confirmations confirmations =
                new Confirmations(held, events, registry, counts, this::runAside, dueTimes::dueIn);
        this.settling = new SettleLoop(store, decision, confirmations, guard("settling"), settleSignal, ticker);
        JobProcessor processor = new JobProcessor(registry, this::recordFailure, config.locale());
        this.runner = new JobRunner(this, processor, decision, events);
        this.slots = new Slots(config.concurrency(), executor, runner, claimSignal);
        this.cancelling = new Cancelling(lease, held, slots, runner, deadlineSignal, ticker);
        this.progress = new ProgressLoop(store, guard("reporting progress"), upkeepSignal, ticker);
        StoreRetry patience = new StoreRetry(config.random());
        this.services = new Services(
                config.codec(),
                new DurableSteps(store, registry, config.codec(), patience, ticker),
                new FamilyReads(store, patience),
                progress::progressed);
        this.claiming = new ClaimLoop(this, services, guard("claiming"));
        this.leasing = new LeaseLoop(this, ids, leaseGuard());
        this.deadlines = new DeadlineLoop(registry, runner, slots, nextDeadline, ticker);
        this.takingOver = new TakeOverLoop(config, store, lease, dueTimes, guard("taking over"));
        this.purging = new PurgeLoop(config, store, guard("purging"));
        this.undoWatch = new UndoWatch(store, registry, config.random(), guard("looking for steps to undo"));
        this.status = new StatusLine(config, held, slots, counts);
    }

    /** The job processor's own way to the store, for jobs of unknown type. */
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

    private StoreGuard guard(String activity) {
        return new StoreGuard(activity, health, config.random(), config.ticker(), LONGEST_BACK_OFF);
    }

    /** Beats are tried again quickly: a lease is at stake. */
    private StoreGuard leaseGuard() {
        Duration eighth = config.lease().dividedBy(8);
        return new StoreGuard(
                "keeping the lease",
                health,
                config.random(),
                config.ticker(),
                eighth.compareTo(LONGEST_BACK_OFF) < 0 ? eighth : LONGEST_BACK_OFF);
    }
}
