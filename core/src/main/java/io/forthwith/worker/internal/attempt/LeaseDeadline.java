package io.forthwith.worker.internal.attempt;

import io.forthwith.Processor.OnSilence;
import io.forthwith.worker.internal.loop.LoopRound;
import java.time.Duration;

/** When an attempt is interrupted because the lease of its worker has run out by the worker's own clock. Immutable and thread-safe. */
public final class LeaseDeadline {
    private final OnSilence ofWorker;
    private final RegisteredProcessors processors;

    public LeaseDeadline(OnSilence ofWorker, RegisteredProcessors processors) {
        this.ofWorker = ofWorker;
        this.processors = processors;
    }

    /** How long until then, if no heartbeat is answered; zero if it is to be interrupted now. */
    public Duration left(RunningJob run) {
        OnSilence ofType = processors.onSilence(run.job().type());
        OnSilence reaction = ofType == OnSilence.AS_WORKER ? ofWorker : ofType;
        return reaction == OnSilence.INTERRUPT ? run.leaseLeft() : LoopRound.UNTIL_WOKEN;
    }
}
