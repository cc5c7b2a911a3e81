package io.forthwith.worker;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The parts of one worker, wired: it owns no thread and has no life of its own. */
final class Engine {
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);

    final WorkerConfig config;
    final JobStore store;
    final ProcessorRegistry registry;
    final Signal claimSignal = new Signal();
    final Signal settleSignal = new Signal();
    final Signal deadlineSignal = new Signal();
    final Signal upkeepSignal = new Signal();
    final Signal leaseSignal = new Signal();
    final HeldJobs held = new HeldJobs();
    final Counts counts = new Counts();
    final StoreHealth health;
    final FatalErrors fatal;
    final Lease lease;
    final RateMeter rate;
    final DueTimes dueTimes;
    final NextLook nextDeadline;
    final SettleLoop settling;
    final JobRunner runner;
    final Slots slots;
    final Cancelling cancelling;
    final ProgressLoop progress;
    final Services services;
    final ClaimLoop claiming;
    final LeaseLoop leasing;
    final DeadlineLoop deadlines;
    final TakeOverLoop takingOver;
    final PurgeLoop purging;
    final UndoWatch undoWatch;
    final StatusLine status;

    Engine(WorkerConfig config, JobStore store, ProcessorRegistry registry, Executor executor) {
        this(config, store, registry, executor, UUID::randomUUID);
    }

    /** @param ids of the registrations of this worker */
    Engine(WorkerConfig config, JobStore store, ProcessorRegistry registry, Executor executor, Supplier<UUID> ids) {
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
        Patience patience = new Patience(config.random());
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
            settling.submit(
                    Ended.recorded(run, settlement, run.took(config.ticker().nanos())));
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
