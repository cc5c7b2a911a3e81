package io.forthwith.worker.internal;

import io.forthwith.store.Claim;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import java.util.UUID;

/**
 * Ends jobs whose cancellation was requested: at once if the store gives a hint, otherwise at the next beat. One that runs
 * is told and interrupted, one that is buffered is settled. Thread-safe.
 *
 * <p>A hint that comes late, twice, or to the wrong worker is harmless, because it names a claim and not a job. Once the
 * cancellation of a claim is requested, whatever is settled under it ends as cancelled or is refused, for ever; and a later
 * claim of the same job, also after a retry by hand, is another one, which the hint does not find.
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

    /** The store says that the cancellation of this claim was requested. */
    public void requested(Claim claim) {
        UUID workerId = lease.workerId();
        if (claim.workerId().equals(workerId)) {
            RunningJob run = held.cancelled(claim);
            if (run != null) {
                cancel(run);
            }
        }
    }

    /** The cancellation of this job was requested. */
    void cancel(RunningJob run) {
        run.requestCancel(ticker.nanos());
        if (slots.takeUnstarted(run)) {
            runner.settle(run, AttemptOutcome.Unfinished.INSTANCE);
        }
        deadlines.wake();
    }
}
