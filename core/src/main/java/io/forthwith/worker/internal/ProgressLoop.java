package io.forthwith.worker.internal;

import io.forthwith.JobProgress;
import io.forthwith.JobStoreException;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes the latest progress of each job, in one call for all jobs, at most twice a second. What could not be written, or another
 * transaction has locked, is tried again.
 */
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
        if (progressed.isEmpty()) {
            guard.idle();
            return UNTIL_WOKEN;
        }
        long early = notBefore - ticker.nanos();
        if (early > 0) {
            return Duration.ofNanos(early);
        }
        Map<ProgressReport, RunningJob> reports = new LinkedHashMap<>();
        for (RunningJob run = progressed.poll(); run != null; run = progressed.poll()) {
            JobProgress latest = run.takeUnreported();
            if (latest != null && run.isOpen()) {
                reports.put(new ProgressReport(run.claim(), latest), run);
            }
        }
        notBefore = ticker.nanos() + PAUSE.toNanos();
        if (reports.isEmpty()) {
            guard.idle();
            return UNTIL_WOKEN;
        }
        guard.takeProbe();
        List<ProgressReport> left;
        try {
            left = store.report(List.copyOf(reports.keySet()));
        } catch (Throwable failure) {
            if (failure instanceof JobStoreException known && known.kind() != JobStoreException.Kind.PERMANENT) {
                // A job may report nothing more for hours.
                writeLater(reports.keySet(), reports);
            }
            return guard.failed(failure);
        }
        guard.succeeded();
        writeLater(left, reports);
        return PAUSE;
    }

    private void writeLater(Collection<ProgressReport> notWritten, Map<ProgressReport, RunningJob> reports) {
        for (ProgressReport report : notWritten) {
            RunningJob run = reports.get(report);
            if (run != null && run.isUnreportedAgain(report.progress())) {
                progressed.add(run);
            }
        }
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }
}
