package io.forthwith.worker.internal;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.Ticker;
import java.util.Locale;

/** Settles jobs as failed whose failure the call of the processor has found and logged itself. Thread-safe. */
final class FailureSettler implements ProcessorCall.FailureRecorder {
    private final SettleLoop settling;
    private final Locale locale;
    private final Ticker ticker;

    FailureSettler(SettleLoop settling, Locale locale, Ticker ticker) {
        this.settling = settling;
        this.locale = locale;
        this.ticker = ticker;
    }

    @Override
    public void recordFailure(JobContext context, JobError error) {
        if (!(context instanceof RunningJob run)) {
            throw new IllegalArgumentException("Not a job of this worker: " + context.job());
        }
        run.settleOnce(() -> settling.submit(PendingSettlement.recorded(
                run, Settlement.fail(run.claim(), error, locale), run.took(ticker.nanos()))));
    }
}
