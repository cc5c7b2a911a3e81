package io.forthwith.worker;

import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Everything that is due, on the calling thread; only the lease and the time limits need threads of their own. */
final class Drain {
    private static final Duration LOOP_PATIENCE = Duration.ofSeconds(10);

    private final WorkerConfig config;
    private final Engine engine;

    Drain(WorkerConfig config, JobStore store, ProcessorRegistry registry) {
        this.config = config;
        this.engine = new Engine(config, store, registry, Runnable::run);
    }

    int run() {
        engine.leasing.register();
        LoopThread leaseThread =
                new LoopThread("forthwith-drain-lease", config.ticker(), engine.leaseSignal, engine.leasing);
        LoopThread deadlineThread =
                new LoopThread("forthwith-drain-deadline", config.ticker(), engine.deadlineSignal, engine.deadlines);
        leaseThread.start();
        deadlineThread.start();
        try {
            int attempts = 0;
            do {
                engine.claiming.step();
                rethrow(engine.claiming.lastFailure());
                attempts += engine.claiming.lastClaimed();
                settle();
            } while (engine.claiming.lastClaimed() > 0);
            return attempts;
        } finally {
            deadlineThread.stop(LOOP_PATIENCE);
            leaseThread.stop(LOOP_PATIENCE);
            UUID workerId = engine.lease.workerId();
            if (workerId != null) {
                engine.store.deregister(workerId);
            }
        }
    }

    private void settle() {
        while (engine.settling.unsettled() > 0) {
            long pause = engine.settling.step().toNanos();
            if (engine.settling.unsettled() > 0 && pause > 0) {
                LockSupport.parkNanos(this, Math.min(pause, TimeUnit.SECONDS.toNanos(1)));
            }
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }
}
