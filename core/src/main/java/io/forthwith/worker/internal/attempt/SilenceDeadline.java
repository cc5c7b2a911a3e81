package io.forthwith.worker.internal.attempt;

import io.forthwith.Processor.OnSilence;
import io.forthwith.worker.internal.loop.LoopRound;
import java.time.Duration;

/** When an attempt is interrupted because the lease of its worker has run out by the worker's own clock. Immutable and thread-safe. */
public final class SilenceDeadline {
    private final boolean ofAll;
    private final RegisteredProcessors processors;

    public SilenceDeadline(OnSilence ofWorker, RegisteredProcessors processors) {
        this.ofAll = ofWorker == OnSilence.INTERRUPT;
        this.processors = processors;
    }

    /** How long until then, if no heartbeat is answered; zero if it is to be interrupted now. */
    public Duration left(RunningJob run) {
        return ofAll || processors.onSilence(run.job().type()) == OnSilence.INTERRUPT
                ? run.leaseLeft()
                : LoopRound.UNTIL_WOKEN;
    }
}
