package io.forthwith.worker.internal;

import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.EndReason;
import io.forthwith.worker.internal.attempt.LeaseDeadline;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;

/**
 * Ends attempts that take too long. At its time limit, a job fails at once. After a cancellation, the worker waits a
 * short time and then settles the job, whatever its thread does. If the thread still does not return, its slot goes to
 * another thread.
 */
public final class DeadlineLoop implements LoopRound {
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(5);
    private static final Duration YIELD_PATIENCE = Duration.ofSeconds(1);

    private final RegisteredProcessors processors;
    private final JobRunner runner;
    private final JobSlots slots;
    private final NextDeadlineCheck nextLook;
    private final LeaseDeadline silence;
    private final Ticker ticker;

    DeadlineLoop(
            RegisteredProcessors processors,
            JobRunner runner,
            JobSlots slots,
            NextDeadlineCheck nextLook,
            LeaseDeadline silence,
            Ticker ticker) {
        this.processors = processors;
        this.runner = runner;
        this.slots = slots;
        this.nextLook = nextLook;
        this.silence = silence;
        this.ticker = ticker;
    }

    @Override
    public Duration run() {
        nextLook.looking();
        long now = ticker.nanos();
        Duration next = UNTIL_WOKEN;
        for (RunningJob run : slots.running()) {
            Duration left = lookGuarded(run, now);
            next = left.compareTo(next) < 0 ? left : next;
        }
        nextLook.at(now + next.toNanos());
        return next;
    }

    private Duration lookGuarded(RunningJob run, long now) {
        try {
            return look(run, now);
        } catch (Throwable bug) {
            // The other jobs have time limits too.
            JobLog.unexpected(
                    bug, "[Worker] Looking at job {} failed", run.job().id());
            return YIELD_PATIENCE;
        }
    }

    /** Does what is due for one job, and returns how long to wait until the next look at it. */
    private Duration look(RunningJob run, long now) {
        if (!run.hasThread() || run.isAbandoned()) {
            return UNTIL_WOKEN;
        }
        Long givenUpSince = run.givenUpSince();
        if (givenUpSince == null) {
            Duration left = left(run, now);
            if (!left.isNegative() && !left.isZero()) {
                return shorter(left, lookForSilence(run, now));
            }
            if (!runner.settle(run, overdue(run)) && !runner.reportCompleted(run)) {
                return YIELD_PATIENCE;
            }
            run.settledAlready(now);
            givenUpSince = now;
        }
        Duration patience = YIELD_PATIENCE.minusNanos(now - givenUpSince);
        if (patience.isNegative() || patience.isZero()) {
            slots.replace(run);
            return YIELD_PATIENCE;
        }
        return patience;
    }

    /** Interrupts the attempt, if it is to be, when the lease has run out. */
    private Duration lookForSilence(RunningJob run, long now) {
        if (run.shouldEnd(EndReason.SILENCE) || run.isCompletedByProcessor()) {
            return UNTIL_WOKEN;
        }
        Duration left = silence.left(run);
        if (left.isZero()) {
            run.silence(now);
            return UNTIL_WOKEN;
        }
        return left;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private Duration left(RunningJob run, long now) {
        Duration limit = processors.timeLimit(run.job()).minus(run.took(now));
        Long cancelledSince = run.shouldEndSince(EndReason.CANCELLED);
        if (cancelledSince == null) {
            return limit;
        }
        Duration patience = CANCEL_PATIENCE.minusNanos(now - cancelledSince);
        return patience.compareTo(limit) < 0 ? patience : limit;
    }

    private AttemptOutcome overdue(RunningJob run) {
        return run.isCancelled()
                ? AttemptOutcome.Unfinished.INSTANCE
                : new AttemptOutcome.TimedOut(processors.timeLimit(run.job()));
    }
}
