package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.report.JobCounters;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;

/** Logs every 30 s what the worker is doing, unless it is idle. */
public final class StatusLogLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final WorkerSettings config;
    private final HeldJobs held;
    private final JobSlots slots;
    private final JobCounters counts;
    private long nextNanos;
    private long completedBefore;
    private long failedBefore;
    private long refusedBefore;

    StatusLogLoop(WorkerSettings config, HeldJobs held, JobSlots slots, JobCounters counts) {
        this.config = config;
        this.held = held;
        this.slots = slots;
        this.counts = counts;
        this.nextNanos = config.ticker().nanos() + PERIOD.toNanos();
    }

    @Override
    public Duration run() {
        long now = config.ticker().nanos();
        if (now - nextNanos < 0) {
            return Duration.ofNanos(nextNanos - now);
        }
        nextNanos = now + PERIOD.toNanos();
        long completed = counts.completedSoFar();
        long failed = counts.failedSoFar();
        long refused = counts.refusedSoFar();
        if (held.size() > 0 || completed > completedBefore || failed > failedBefore) {
            int running = config.concurrency() - slots.free();
            LOG.info(
                    "[Worker] 📊 {}: {} of {} slots busy, {} jobs waiting for one, {} completed, {} failed and {} refused in the last"
                            + " {} s",
                    config.name(),
                    running,
                    config.concurrency(),
                    slots.buffered(),
                    completed - completedBefore,
                    failed - failedBefore,
                    refused - refusedBefore,
                    PERIOD.toSeconds());
        }
        completedBefore = completed;
        failedBefore = failed;
        refusedBefore = refused;
        return PERIOD;
    }
}
