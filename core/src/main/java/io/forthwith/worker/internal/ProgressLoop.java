package io.forthwith.worker.internal;

import io.forthwith.JobProgress;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Writes the latest progress of each job, in one call for all jobs, at most twice a second. */
public final class ProgressLoop implements LoopRound {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final JobStore store;
    private final StoreBackOff guard;
    private final WakeSignal signal;
    private final Ticker ticker;
    private final Queue<RunningJob> progressed = new ConcurrentLinkedQueue<>();
    private long notBefore;

    ProgressLoop(JobStore store, StoreBackOff guard, WakeSignal signal, Ticker ticker) {
        this.store = store;
        this.guard = guard;
        this.signal = signal;
        this.ticker = ticker;
        this.notBefore = ticker.nanos();
    }

    /** A job has new progress to write. */
    void progressed(RunningJob run) {
        progressed.add(run);
        signal.wake();
    }

    @Override
    public Duration run() {
        long early = notBefore - ticker.nanos();
        if (progressed.isEmpty() || early > 0) {
            return progressed.isEmpty() ? UNTIL_WOKEN : Duration.ofNanos(early);
        }
        List<ProgressReport> reports = new ArrayList<>();
        for (RunningJob run = progressed.poll(); run != null; run = progressed.poll()) {
            JobProgress latest = run.takeUnreported();
            if (latest != null && !run.isSettled()) {
                reports.add(new ProgressReport(run.claim(), latest));
            }
        }
        notBefore = ticker.nanos() + PAUSE.toNanos();
        if (reports.isEmpty()) {
            return UNTIL_WOKEN;
        }
        try {
            store.report(reports);
        } catch (Throwable failure) {
            // This progress is dropped: the next report will be newer.
            return guard.failed(failure);
        }
        guard.succeeded();
        return PAUSE;
    }
}
