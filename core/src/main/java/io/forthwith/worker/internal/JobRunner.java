package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.Retention;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.json.internal.JobJson;
import io.forthwith.limit.JobLimit;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.rules.ExpiryRule;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.LeaseDeadline;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RestingKeys;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.JobMdc;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs one attempt from its start to its settlement. It is the first layer of the error contract: every exception from
 * below becomes an outcome here, once, and the settlement is handed over before the slot is free again.
 */
public final class JobRunner implements JobSlots.Runner {
    private final ProcessorCall call;
    private final RegisteredProcessors processors;
    private final SettlementDecision decision;
    private final OwnLease lease;
    private final HeldJobs held;
    private final SettleLoop settling;
    private final RestingKeys resting;
    private final WorkerReports reports;
    private final JobRateMeter rate;
    private final NextDeadlineCheck nextDeadline;
    private final LeaseDeadline silence;
    private final JobJson json;
    private final Ticker ticker;
    private final Retention retention;

    public JobRunner(
            WorkerSettings config,
            ProcessorCall call,
            RegisteredProcessors processors,
            SettlementDecision decision,
            OwnLease lease,
            HeldJobs held,
            SettleLoop settling,
            RestingKeys resting,
            WorkerReports reports,
            JobRateMeter rate,
            NextDeadlineCheck nextDeadline,
            LeaseDeadline silence) {
        this.call = call;
        this.processors = processors;
        this.decision = decision;
        this.lease = lease;
        this.held = held;
        this.settling = settling;
        this.resting = resting;
        this.reports = reports;
        this.rate = rate;
        this.nextDeadline = nextDeadline;
        this.silence = silence;
        this.json = config.json();
        this.ticker = config.ticker();
        this.retention = config.retention();
    }

    /** Runs an attempt on the current thread. */
    @Override
    public void run(RunningJob run) {
        if (!begin(run::begin)) {
            settle(run, AttemptOutcome.Unfinished.INSTANCE);
            return;
        }
        if (failsUnstarted(run)) {
            return;
        }
        announce(run, run.job().id());
        AttemptOutcome outcome = attempt(run);
        end(run);
        if (outcome instanceof AttemptOutcome.Threw) {
            rest(List.of(run), List.of(outcome));
        }
        record(run, outcome);
        lookForFatalError(run.job(), outcome);
    }

    /**
     * Without a good lease, for example after a pause of the whole process, another worker may be running the job by
     * now.
     */
    boolean begin(LongPredicate beginning) {
        long now = ticker.nanos();
        return lease.isGood(now) && beginning.test(now);
    }

    /** Fails a job that was claimed after its deadline, or whose limits cannot be read, without starting it; false for any other job. */
    boolean failsUnstarted(RunningJob run) {
        AttemptOutcome refusal = refusal(run.job());
        if (refusal != null) {
            end(run);
            settle(run, refusal);
        }
        return refusal != null;
    }

    private static @Nullable AttemptOutcome refusal(Job job) {
        if (JobLimit.areUnreadable(job.limits()) && !job.isUndo()) {
            return AttemptOutcome.UnreadableLimits.INSTANCE;
        }
        return ExpiryRule.isClaimedTooLate(job) ? AttemptOutcome.Expired.INSTANCE : null;
    }

    /** {@code first}: the first job of the same call. */
    void announce(RunningJob run, UUID first) {
        Job job = run.job();
        Duration limit = processors.timeLimit(job);
        Duration untilSilence = silence.left(run);
        nextDeadline.begun(untilSilence.compareTo(limit) < 0 ? untilSilence : limit);
        JobMdc.put(job);
        JobLog.started(job);
        reports.events().send(() -> new JobEvent.Started(LibraryOnly.KEY, job, first));
    }

    /** Calls the processor. Throws nothing that it throws. */
    private AttemptOutcome attempt(RunningJob run) {
        try {
            return call.process(run) instanceof ProcessorCall.Returned returned
                    ? returned(run, returned.result())
                    : AttemptOutcome.FailureRecorded.INSTANCE;
        } catch (Throwable thrown) {
            return threw(run, thrown);
        } finally {
            run.spawning().close();
        }
    }

    AttemptOutcome returned(RunningJob run, @Nullable Object result) {
        SpawnedJobs spawn;
        try {
            spawn = run.spawning().take();
        } catch (Throwable refused) {
            run.undoActions().run(refused);
            return new AttemptOutcome.Threw(refused);
        }
        try {
            return new AttemptOutcome.Succeeded(
                    result == null
                            ? null
                            : json.encode(
                                    () -> "The result of job type " + run.job().type(), result),
                    spawn);
        } catch (Throwable refused) {
            run.undoActions().run(refused);
            return new AttemptOutcome.Unstorable(refused);
        }
    }

    static AttemptOutcome threw(RunningJob run, Throwable thrown) {
        return run.isGivenBackAfter(thrown) ? AttemptOutcome.Unfinished.INSTANCE : new AttemptOutcome.Threw(thrown);
    }

    private void end(RunningJob run) {
        run.end(ticker.nanos());
        rate.count();
    }

    /** The jobs of a batch end together. It was one call, which took one slot. */
    void end(List<RunningJob> batch) {
        batch.forEach(run -> run.end(ticker.nanos()));
        rate.count();
    }

    /** Before the ends of these jobs are recorded: lets keys of their limits rest if they say so. */
    void rest(List<RunningJob> runs, List<AttemptOutcome> outcomes) {
        resting.rest(runs.stream().map(RunningJob::job).toList(), outcomes);
    }

    void record(RunningJob run, AttemptOutcome outcome) {
        if (reportCompleted(run)) {
            if (outcome instanceof AttemptOutcome.Threw threw) {
                JobLog.threwAfterwards(run.job(), threw.thrown());
            }
        } else if (outcome instanceof AttemptOutcome.FailureRecorded) {
            JobLog.done(run.job(), run.took(0));
        } else if (!settle(run, outcome)) {
            tooLate(run, outcome);
        }
    }

    /** The job was settled before its processor ended. */
    private void tooLate(RunningJob run, AttemptOutcome outcome) {
        if (!(outcome instanceof AttemptOutcome.Threw)) {
            // A processor that throws after an interrupt did what it should, and it has no result that could be
            // refused.
            reports.counts().refused();
            JobLog.refused(run.job());
        }
        undoLate(run, "had been settled before it returned");
    }

    private void undoLate(RunningJob run, String why) {
        CancellationException late =
                new CancellationException("Job " + run.job().id() + " " + why);
        SettlementFollowUp.undo(run, late);
        reports.fatal().look(run.job(), late);
    }

    void lookForFatalError(Job job, AttemptOutcome outcome) {
        if (outcome instanceof AttemptOutcome.Threw threw) {
            reports.fatal().look(job, threw.thrown());
        } else if (outcome instanceof AttemptOutcome.Unstorable unstorable) {
            reports.fatal().look(job, unstorable.why());
        }
    }

    /**
     * Reports, once, a job that its processor has completed in a transaction of its own; false if there was no such
     * transaction.
     */
    boolean reportCompleted(RunningJob run) {
        Settlement completed = run.completedByProcessor();
        if (completed != null) {
            run.reportCompletedOnce(
                    () -> settling.submit(PendingSettlement.written(run, completed, run.took(ticker.nanos()))));
        }
        return completed != null;
    }

    /** Ends an attempt after {@link #run} has thrown. Throws nothing, so that the slot is not lost. */
    @Override
    public void brokeDown(RunningJob run, Throwable bug) {
        JobLog.unexpected(
                bug, "[Worker] Running job {} failed unexpectedly", run.job().id());
        try {
            run.end(ticker.nanos());
            // If its processor has returned, nobody else runs the undo actions.
            if (!reportCompleted(run) && (settle(run, new AttemptOutcome.Threw(bug)) || run.isGivenUp())) {
                undoLate(run, "could not be settled as it had ended");
            }
            reports.fatal().look(run.job(), bug);
        } catch (Throwable worse) {
            leaveToClaimLoop(run, worse);
        }
    }

    /** Gives back a job that has not begun. Throws nothing. */
    public void giveBack(RunningJob run) {
        try {
            settle(run, AttemptOutcome.Unfinished.INSTANCE);
        } catch (Throwable bug) {
            leaveToClaimLoop(run, bug);
        }
    }

    /** The claim loop gives back what the store says that this worker holds, and the worker does not know. */
    private void leaveToClaimLoop(RunningJob run, Throwable bug) {
        if (run.isOpen()) {
            held.remove(run.claim());
        }
        JobLog.unexpected(bug, "[Worker] Job {} could not be settled", run.job().id());
    }

    /**
     * Settles an attempt with this outcome. A worker makes one settlement for each claim: false, and nothing changes,
     * if there was one before.
     */
    public boolean settle(RunningJob run, AttemptOutcome outcome) {
        return run.settleOnce(() -> {
            Duration took = run.took(ticker.nanos());
            settling.submit(PendingSettlement.of(run, decide(run, outcome, took), took));
        });
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
            return decision.undecided(run.job());
        }
    }

    /**
     * With a retention of zero, a job is deleted as it completes, unless a durable step of it may be written at this
     * moment.
     */
    private Settlement orDeleted(RunningJob run, Settlement decided) {
        return decided instanceof Settlement.Complete complete
                        && retention.of(run.job().type()).deletesCompleted()
                        && !run.hasPossibleSteps()
                ? Settlement.completeAndDelete(complete.claim(), complete.result())
                        .in(complete.locale())
                : decided;
    }
}
