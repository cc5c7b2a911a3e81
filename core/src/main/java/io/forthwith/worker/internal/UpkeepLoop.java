package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.JobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Remaining;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** Asks the store again and again to delete old jobs, to fail late ones, or to carry acts on, a part at a time. Several workers can do it at the same time. */
public final class UpkeepLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final int PURGED_AT_ONCE = 1_000;
    private static final int EXPIRED_AT_ONCE = 100;
    private static final Duration BETWEEN_PURGES = Duration.ofMinutes(2);
    private static final Duration BETWEEN_EXPIRIES = Duration.ofSeconds(15);
    private static final Duration BETWEEN_ACTS = Duration.ofSeconds(15);
    /**
     * A full part of a purge takes about twenty times as long. The pause must be short, because workers can end tens of thousands of jobs a
     * second, and all of them must be deleted one day.
     */
    private static final Duration BETWEEN_PARTS = Duration.ofMillis(1);
    /** With the jitter, what others have locked is looked at again within a second. */
    private static final Duration AFTER_LOCKS = Duration.ofMillis(750);

    private final WorkerSettings config;
    private final StoreBackOff guard;
    private final Duration pause;
    private final Supplier<Upkeep> part;
    private final IntConsumer log;
    private boolean first = true;

    private UpkeepLoop(
            WorkerSettings config, StoreBackOff guard, Duration pause, Supplier<Upkeep> part, IntConsumer log) {
        this.config = config;
        this.guard = guard;
        this.pause = pause;
        this.part = part;
        this.log = log;
    }

    /** Deletes ended jobs after their retention. */
    static UpkeepLoop purging(WorkerSettings config, JobStore store, StoreBackOff guard) {
        return new UpkeepLoop(
                config,
                guard,
                BETWEEN_PURGES,
                () -> store.purge(config.retention(), PURGED_AT_ONCE),
                purged -> LOG.debug("[Worker] Purged {} ended jobs", purged));
    }

    /**
     * Fails jobs that have not started by their deadline and that no worker claims, for example because their queue is paused or they wait for
     * others.
     */
    static UpkeepLoop expiring(WorkerSettings config, JobStore store, StoreBackOff guard) {
        return new UpkeepLoop(
                config,
                guard,
                BETWEEN_EXPIRIES,
                () -> store.expire(EXPIRED_AT_ONCE, config.locale()),
                expired -> LOG.warn("[Worker] {} jobs have not started by their deadlines and have failed", expired));
    }

    /** Carries on acts on many jobs, which a dashboard has begun and which may have lost it since. While others do, it leaves them to these. */
    static UpkeepLoop acting(WorkerSettings config, JobStore store, StoreBackOff guard) {
        return new UpkeepLoop(
                config,
                guard,
                BETWEEN_ACTS,
                () -> {
                    Remaining carried = store.acts().map(ActStore::carryOn).orElse(Remaining.NOTHING);
                    return new Upkeep(0, carried == Remaining.MORE ? Remaining.MORE : Remaining.NOTHING);
                },
                none -> {});
    }

    @Override
    public Duration run() {
        if (first) {
            // So workers that start together do not work together, and a short-lived worker does nothing of it.
            first = false;
            return StoreBackOff.jitter(pause, config.random());
        }
        guard.takeProbe();
        Upkeep done;
        try {
            done = part.get();
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        if (done.jobs() > 0) {
            log.accept(done.jobs());
        }
        Duration next = switch (done.remaining()) {
            case MORE -> BETWEEN_PARTS;
            case LOCKED -> AFTER_LOCKS;
            case NOTHING -> pause;
        };
        return StoreBackOff.jitter(next, config.random());
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }
}
