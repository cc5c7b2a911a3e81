package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.SafeText;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Settlement;
import io.forthwith.store.Spawn;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.EventSender;
import io.forthwith.worker.internal.report.FatalErrors;
import io.forthwith.worker.internal.report.JobCounters;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Runs one attempt from its start to its settlement. It is the first layer of the error contract: every exception from
 * below becomes an outcome here, once, and the settlement is handed over before the slot is free again.
 */
public final class JobRunner implements JobSlots.Runner {
    private final ProcessorCall call;
    private final RegisteredProcessors processors;
    private final SettlementDecision decision;
    private final JobCodec codec;
    private final SettleLoop settling;
    private final EventSender events;
    private final FatalErrors fatal;
    private final JobRateMeter rate;
    private final JobCounters counts;
    private final OwnLease lease;
    private final NextDeadlineCheck nextDeadline;
    private final Ticker ticker;
    private final boolean deletesCompleted;

    public JobRunner(Engine engine, ProcessorCall call, SettlementDecision decision, EventSender events) {
        this.call = call;
        this.processors = engine.processors;
        this.decision = decision;
        this.codec = engine.config.codec();
        this.settling = engine.settling;
        this.events = events;
        this.fatal = engine.fatal;
        this.rate = engine.rate;
        this.counts = engine.counts;
        this.lease = engine.lease;
        this.nextDeadline = engine.nextDeadline;
        this.ticker = engine.config.ticker();
        this.deletesCompleted = engine.config.retention().deletesCompleted();
    }

    /** Runs an attempt on the current thread. */
    @Override
    public void run(RunningJob run) {
        long now = ticker.nanos();
        // Without a good lease, for example after a pause of the whole process, another worker may be running the job
        // by now.
        if (!lease.isGood(now) || !run.begin(now)) {
            settle(run, AttemptOutcome.Unfinished.INSTANCE);
            return;
        }
        Job job = run.job();
        nextDeadline.begun(processors.timeLimit(job));
        MDC.put("job.id", job.id().toString());
        MDC.put("job.type", SafeText.line(job.type(), 128));
        MDC.put("job.attempt", Integer.toString(job.attempt()));
        JobLog.started(job);
        events.send(() -> new JobEvent.Started(job));
        AttemptOutcome outcome = attempt(run);
        run.end(ticker.nanos());
        rate.count();
        record(run, outcome);
        if (outcome instanceof AttemptOutcome.Threw threw) {
            fatal.look(job, threw.thrown());
        } else if (outcome instanceof AttemptOutcome.Unstorable unstorable) {
            fatal.look(job, unstorable.why());
        }
    }

    /**
     * Reports, once, a job that its processor has completed in a transaction of its own; false if there was no such
     * transaction.
     */
    boolean tellCompleted(RunningJob run) {
        Settlement completed = run.completed();
        if (completed != null && run.tryTell()) {
            settling.submit(PendingSettlement.written(run, completed, run.took(ticker.nanos())));
        }
        return completed != null;
    }

    private void record(RunningJob run, @Nullable AttemptOutcome outcome) {
        Job job = run.job();
        if (run.completed() != null) {
            tellCompleted(run);
            if (outcome instanceof AttemptOutcome.Threw threw) {
                JobLog.threwAfterwards(job, threw.thrown());
            }
        } else if (outcome == null) {
            JobLog.done(job, run.took(0));
        } else if (!settle(run, outcome)) {
            if (!(outcome instanceof AttemptOutcome.Threw)) {
                // A processor that throws after an interrupt did what it should, and it has no result that could be
                // refused.
                counts.refused();
                JobLog.refused(job);
            }
            CancellationException late =
                    new CancellationException("Job " + job.id() + " had been settled before it returned");
            SettlementFollowUp.undo(run, late);
            fatal.look(job, late);
        }
    }

    /** How the attempt ended; null if the call has recorded the failure itself. */
    private @Nullable AttemptOutcome attempt(RunningJob run) {
        try {
            return call.process(run) instanceof ProcessorCall.Returned returned
                    ? returned(run, returned.result())
                    : null;
        } catch (Throwable thrown) {
            AttemptOutcome.Threw threw = new AttemptOutcome.Threw(thrown);
            // A worker that stops has interrupted the attempt, and the exception most likely just says so.
            return run.isStopped() && threw.said() == null && FatalErrors.in(thrown) == null
                    ? AttemptOutcome.Unfinished.INSTANCE
                    : threw;
        } finally {
            run.spawning().close();
        }
    }

    /** Ends an attempt after {@link #run} has thrown. Throws nothing, so that the slot is not lost. */
    @Override
    public void brokeDown(RunningJob run, Throwable bug) {
        JobLog.unexpected(
                bug, "[Worker] Running job {} failed unexpectedly", run.job().id());
        try {
            run.end(ticker.nanos());
            settle(run, new AttemptOutcome.Threw(bug));
            fatal.look(run.job(), bug);
        } catch (Throwable worse) {
            JobLog.unexpected(
                    worse, "[Worker] Job {} could not be settled", run.job().id());
        }
    }

    private AttemptOutcome returned(RunningJob run, @Nullable Object result) {
        Spawn spawn;
        try {
            spawn = run.spawning().take();
        } catch (Throwable refused) {
            run.undos().run(refused);
            return new AttemptOutcome.Threw(refused);
        }
        try {
            return new AttemptOutcome.Succeeded(
                    result == null
                            ? null
                            : codec.encode("The result of job type " + run.job().type(), result),
                    spawn);
        } catch (Throwable refused) {
            run.undos().run(refused);
            return new AttemptOutcome.Unstorable(refused);
        }
    }

    /**
     * Settles an attempt with this outcome. A worker makes one settlement for each claim: false, and nothing changes,
     * if there was one before.
     */
    public boolean settle(RunningJob run, AttemptOutcome outcome) {
        if (!run.trySettle()) {
            return false;
        }
        Job job = run.job();
        Duration took = run.took(ticker.nanos());
        Settlement settlement = decide(run, outcome, took);
        if (!run.isCancelled() && !run.isLeaseLost()) {
            logFailure(job, settlement, took);
        }
        settling.submit(PendingSettlement.of(run, settlement, took));
        return true;
    }

    private Settlement decide(RunningJob run, AttemptOutcome outcome, Duration took) {
        try {
            return orDeleted(
                    run,
                    decision.decide(
                            run.job(), outcome, processors.rules(run.job().type()), took));
        } catch (Throwable broken) {
            // Otherwise the job would stay in processing.
            JobLog.unexpected(
                    broken,
                    "[Worker] Deciding what becomes of job {} failed",
                    run.job().id());
            return decision.undecided(run.claim());
        }
    }

    /**
     * With a retention of zero, a job is deleted as it completes, unless a durable step of it may be written at this
     * moment.
     */
    private Settlement orDeleted(RunningJob run, Settlement decided) {
        return deletesCompleted && decided instanceof Settlement.Complete complete && !run.hasPossibleSteps()
                ? Settlement.completeAndDelete(complete.claim(), complete.result())
                        .in(complete.locale())
                : decided;
    }

    private static void logFailure(Job job, Settlement settlement, Duration took) {
        try {
            if (settlement instanceof Settlement.Fail fail) {
                JobLog.failed(job, took, fail.error());
            } else if (settlement instanceof Settlement.Retry retry) {
                JobLog.failed(job, took, retry.error());
            }
        } catch (Throwable unloggable) {
            // If a log appender throws, the failure must still be stored.
            JobLog.unexpected(unloggable, "[Worker] Logging the failure of job {} failed", job.id());
        }
    }
}
