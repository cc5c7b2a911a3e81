package io.forthwith.worker.internal;

import io.forthwith.store.Claim;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import java.util.UUID;

/**
 * Ends jobs whose cancellation was requested: at once if the store sends a hint, otherwise at the next heartbeat. A
 * running job is interrupted; a buffered job is settled. Thread-safe.
 *
 * <p>A hint that arrives late, twice, or at the wrong worker is harmless, because it names a claim and not a job. Once
 * the cancellation of a claim is requested, every settlement under this claim ends the job as cancelled or is refused.
 * A later claim of the same job, also after a retry by hand, has another number, so the hint does not apply to it.
 */
public final class CancellationHandler {
    private final OwnLease lease;
    private final HeldJobs held;
    private final JobSlots slots;
    private final JobRunner runner;
    private final WakeSignal deadlines;
    private final Ticker ticker;

    CancellationHandler(
            OwnLease lease, HeldJobs held, JobSlots slots, JobRunner runner, WakeSignal deadlines, Ticker ticker) {
        this.lease = lease;
        this.held = held;
        this.slots = slots;
        this.runner = runner;
        this.deadlines = deadlines;
        this.ticker = ticker;
    }

    /** Handles the hint that the cancellation of this claim was requested. */
    public void requested(Claim claim) {
        UUID workerId = lease.workerId();
        if (claim.workerId().equals(workerId)) {
            RunningJob run = held.cancelled(claim);
            if (run != null) {
                cancel(run);
            }
        }
    }

    /** Ends a run of this worker whose claim the store has forgotten. What it ends with is refused. */
    void lose(RunningJob run) {
        run.loseLease(ticker.nanos());
        if (slots.takeUnstarted(run)) {
            held.remove(run.claim());
        }
        deadlines.wake();
    }

    /** Cancels a job of this worker. */
    void cancel(RunningJob run) {
        run.cancel(ticker.nanos());
        if (slots.takeUnstarted(run)) {
            runner.giveBack(run);
        }
        deadlines.wake();
    }
}
