package io.forthwith.worker;

import io.forthwith.ErrorClassifier;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobInterceptor;
import io.forthwith.json.internal.JobJson;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.Engine;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A worker without threads. The simulation calls what it does next. It does nothing while it is paused or after it was
 * killed.
 */
final class SimulatedWorker {
    static final Duration LEASE = Duration.ofSeconds(4);
    static final Duration POLL = Duration.ofSeconds(1);
    static final int SLOTS = 3;

    final String name;
    final Engine engine;
    private final Ticker ticker;
    /** A planted bug. */
    private final boolean stopsHeartbeatFirst;

    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Loop> loops = new ArrayList<>();
    private final StoreHints.Subscription hints;
    private final StoreHints.Subscription cancelHints;
    private Life life = Life.RUNNING;
    private long pausedUntilNanos;

    /** The state of the worker. */
    private enum Life {
        RUNNING,
        STOPPING,
        GONE
    }

    SimulatedWorker(
            String name,
            JobStore store,
            ProcessorRegistry registry,
            Retention retention,
            Consumer<JobEvent> events,
            Ticker ticker,
            RandomGenerator random,
            boolean stopsHeartbeatFirst) {
        this.name = name;
        this.stopsHeartbeatFirst = stopsHeartbeatFirst;
        this.ticker = ticker;
        WorkerSettings config = new WorkerSettings(
                name,
                "host",
                List.of(NewJob.DEFAULT_QUEUE),
                SLOTS,
                POLL,
                LEASE,
                Duration.ofSeconds(30),
                Locale.ENGLISH,
                ErrorClassifier.standard(),
                Redaction.NONE,
                List.of(events::accept),
                JobInterceptor.of(List.of()),
                JobJson.standard(),
                retention,
                false,
                null,
                OnSilence.GO_ON,
                DeclaredSchedules.NONE,
                List.of(),
                null,
                ticker,
                random);
        this.engine = new Engine(
                config,
                store,
                JobProcessor.processing(registry, Locale.ENGLISH, List.of()),
                tasks::add,
                () -> new UUID(random.nextLong(), random.nextLong()));
        loops.add(new Loop(engine.claiming, engine.claimSignal));
        loops.add(new Loop(engine.settling, engine.settleSignal));
        loops.add(new Loop(engine.leasing, engine.leaseSignal));
        loops.add(new Loop(engine.deadlines, engine.deadlineSignal));
        loops.add(new Loop(engine.progress, engine.upkeepSignal));
        loops.add(new Loop(engine.takingOver, new WakeSignal()));
        loops.add(new Loop(engine.purging, new WakeSignal()));
        hints = engine.store.onAdded(engine.claimSignal::wake);
        cancelHints = engine.store.onCancelRequested(claim -> {
            if (isActive()) {
                engine.cancelling.requested(claim);
            }
        });
    }

    boolean isAlive() {
        return life != Life.GONE;
    }

    boolean isPaused() {
        return pausedUntilNanos - ticker.nanos() > 0;
    }

    boolean isActive() {
        return isAlive() && !isPaused();
    }

    void pause(Duration time) {
        pausedUntilNanos = ticker.nanos() + time.toNanos();
    }

    void goOn() {
        pausedUntilNanos = ticker.nanos();
    }

    /** Like {@code kill -9}: what it has not written is never written. */
    void kill() {
        life = Life.GONE;
        hints.close();
        cancelHints.close();
    }

    /** The first part of {@link Worker#close}; the rest follows while its loops go on. */
    void beginToStop() {
        if (life == Life.RUNNING) {
            life = Life.STOPPING;
            engine.slots
                    .close()
                    .forEach(unstarted -> engine.runner.settle(unstarted, AttemptOutcome.Unfinished.INSTANCE));
        }
    }

    /** The last part, after all jobs have ended and are settled. */
    private void endStopping() {
        if (life == Life.STOPPING
                && tasks.isEmpty()
                && engine.settling.unsettled().count() == 0) {
            try {
                if (engine.lease.workerId() != null) {
                    engine.store.deregister(engine.lease.workerId());
                }
            } catch (JobStoreException unreachable) {
                // Nothing to do: its lease will lapse.
            }
            kill();
        }
    }

    /** Whether it still has something to write. */
    boolean isIdle() {
        return tasks.isEmpty() && engine.settling.unsettled().count() == 0 && engine.held.size() == 0;
    }

    boolean hasTask() {
        return !tasks.isEmpty();
    }

    /** Runs the next task of its executor: a job, or late undo actions. */
    void runTask() {
        Runnable task = tasks.poll();
        if (task != null) {
            task.run();
            tellAll();
        }
    }

    /** Runs one round of the loop that has been due for the longest time. */
    void runDueRound() {
        loops.stream().min(Comparator.comparingLong(Loop::dueNanos)).ifPresent(this::runRound);
    }

    /** Runs one round of a random loop, as if it was woken without a reason. */
    void runAnyRound(RandomGenerator random) {
        runRound(loops.get(random.nextInt(loops.size())));
    }

    private void runRound(Loop loop) {
        boolean isOver = life == Life.STOPPING
                && (loop.round == engine.claiming || (stopsHeartbeatFirst && loop.round == engine.leasing));
        Duration pause = isOver ? LoopRound.UNTIL_WOKEN : loop.round.run();
        loop.dueNanos = ticker.nanos() + pause.toNanos();
        tellAll();
        endStopping();
    }

    private void tellAll() {
        while (engine.events.run().isZero()) {
            // One event each time.
        }
    }

    /** When the next of its loops is due. */
    long dueNanos() {
        return loops.stream().mapToLong(Loop::dueNanos).min().orElseThrow();
    }

    @Override
    public String toString() {
        return name + " (" + life + ", " + tasks.size() + " tasks, " + engine.slots.free() + " slots free, "
                + engine.slots.buffered() + " buffered, " + engine.held.size() + " held, "
                + engine.settling.unsettled().count() + " unsettled, lease "
                + (engine.lease.isGood(ticker.nanos()) ? "good" : "lapsed") + ")";
    }

    /** A loop that a thread of a real worker would run. */
    private final class Loop {
        private final LoopRound round;
        private final WakeSignal signal;
        private long dueNanos;

        Loop(LoopRound round, WakeSignal signal) {
            this.round = round;
            this.signal = signal;
        }

        long dueNanos() {
            // Does not wait, because the given time is now.
            if (signal.await(ticker.nanos(), ticker)) {
                dueNanos = Math.min(dueNanos, ticker.nanos());
            }
            return dueNanos;
        }
    }
}
