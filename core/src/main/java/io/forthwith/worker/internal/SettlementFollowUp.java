package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.StackTraceText;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.report.FirstTraces;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does when the store has answered a settlement: it writes the log line, sends the event, and runs undo
 * actions that are still needed.
 */
final class SettlementFollowUp {
    private static final GuardedLogger LOG = WorkerLogger.logger();

    private final HeldJobs held;
    private final WorkerReports reports;
    private final FirstTraces traces;
    private final RegisteredProcessors processors;
    private final Consumer<Runnable> aside;
    private final Consumer<Duration> dueAgain;
    private final BooleanSupplier storeHasTold;
    /** Claims for which the store has refused a settlement. Used by the thread of the settle loop only. */
    private final Set<Claim> refused = new HashSet<>();

    /**
     * {@code aside} runs tasks that may take long. {@code dueAgain} is told after what time there may be a job to
     * claim. {@code storeHasTold} says whether the store has given a hint since the settlement was written.
     */
    SettlementFollowUp(
            HeldJobs held,
            WorkerReports reports,
            FirstTraces traces,
            RegisteredProcessors processors,
            Consumer<Runnable> aside,
            Consumer<Duration> dueAgain,
            BooleanSupplier storeHasTold) {
        this.held = held;
        this.reports = reports;
        this.traces = traces;
        this.processors = processors;
        this.aside = aside;
        this.dueAgain = dueAgain;
        this.storeHasTold = storeHasTold;
    }

    /**
     * Called before a settlement is written. The only place that logs a failure; {@link #confirmed} says later that it
     * is in the store.
     */
    void decided(PendingSettlement ended) {
        RunningJob run = ended.run();
        JobError error = ended.error();
        if (run != null && error != null && !ended.recorded() && !run.isCancelled() && !run.hasLostLease()) {
            JobLog.failed(run.job(), ended.took(), error, traces.isDue(run.job(), error));
        }
    }

    /** Whatever a step throws, the steps after it are done: each is owed to somebody else. */
    void confirmed(PendingSettlement ended, Settled answer) {
        held.remove(ended.settlement().claim());
        if (held.size() == ClaimLoop.MAX_BACKLOG) {
            // The claim loop may have found no room, and waits for its next poll.
            dueAgain.accept(Duration.ZERO);
        }
        refused.remove(ended.settlement().claim());
        RunningJob run = ended.run();
        if (run == null) {
            return;
        }
        try {
            claimWhatMayBeDue(run, ended, answer);
        } finally {
            try {
                tell(run.job(), ended, answer);
            } finally {
                undoLate(run, ended, answer);
            }
        }
    }

    private void claimWhatMayBeDue(RunningJob run, PendingSettlement ended, Settled answer) {
        Job job = run.job();
        // A worker never holds two jobs at their last try. This one has ended, so the worker can claim the next.
        boolean wasLastTry = job.lostWorkers() >= ClaimRequest.LOST_WORKERS_CAP - 1;
        boolean mayHaveUndoJob =
                run.hasPossibleUndo() && (answer == Settled.CANCELLED || ended.settlement() instanceof Settlement.Fail);
        // A finisher, a successor, or a job under the same limit may have waited for this job only.
        boolean mayBeAwaited = job.parentId() != null
                || job.relations().hasSuccessors()
                || !job.limits().isEmpty();
        // Woken again, the claim loop could claim twice: the claim after the store's hint may have begun.
        boolean isTold = answer == Settled.APPLIED && storeHasTold.getAsBoolean();
        if (wasLastTry || mayHaveUndoJob || (mayBeAwaited && !isTold)) {
            dueAgain.accept(Duration.ZERO);
        }
        Settlement written = written(ended, answer);
        if (written instanceof Settlement.Retry retry) {
            dueAgain.accept(retry.delay());
        } else if (written instanceof Settlement.Postpone postpone) {
            dueAgain.accept(postpone.delay());
        } else if (written instanceof Settlement.AwaitChildren && !isTold) {
            dueAgain.accept(Duration.ZERO);
        }
    }

    /** The settlement that is in the store; null if this worker's is not. */
    private static @Nullable Settlement written(PendingSettlement ended, Settled answer) {
        return switch (answer) {
            case APPLIED -> ended.settlement();
            // If this is a substitute, the original settlement was written, and its answer was lost.
            case ALREADY_APPLIED -> ended.original();
            case CANCELLED, LOST -> null;
            case CONFLICT, BUSY -> throw new AssertionError("To be settled in another way: " + ended.settlement());
        };
    }

    private void tell(Job job, PendingSettlement ended, Settled answer) {
        Settlement written = written(ended, answer);
        if (written != null) {
            applied(job, ended, written);
        } else if (answer == Settled.CANCELLED) {
            reports.outcomes().ended(job, Outcome.CANCELLED, ended.took());
            JobLog.cancelled(job);
            reports.events().send(() -> new JobEvent.Cancelled(LibraryOnly.KEY, job, ended.took()));
        } else {
            reports.counts().refused();
            JobLog.refused(job);
            reports.events().send(() -> new JobEvent.Refused(LibraryOnly.KEY, job, ended.took()));
        }
    }

    private void applied(Job job, PendingSettlement ended, Settlement settlement) {
        if (settlement instanceof Settlement.Complete) {
            reports.counts().completed();
            reports.outcomes().ended(job, Outcome.COMPLETED, ended.took());
            JobLog.done(job, ended.took());
            reports.events().send(() -> new JobEvent.Completed(LibraryOnly.KEY, job, ended.took()));
        } else if (settlement instanceof Settlement.Fail fail) {
            reports.counts().failed();
            reports.outcomes().failed(job, Outcome.FAILED, ended.took(), fail.error());
            if (!ended.recorded()) {
                JobLog.markedAsFailed(job);
            }
            reports.events().send(() -> new JobEvent.Failed(LibraryOnly.KEY, job, fail.error(), ended.took()));
        } else if (settlement instanceof Settlement.Retry retry) {
            reports.outcomes().failed(job, Outcome.RETRIED, ended.took(), retry.error());
            JobLog.willBeRetried(
                    job, retry.delay(), SettlementDecision.maxAttempts(job, processors.retryPolicy(job.type())));
            reports.events()
                    .send(() -> new JobEvent.RetryScheduled(
                            LibraryOnly.KEY, job, retry.error(), retry.delay(), ended.took()));
        } else if (settlement instanceof Settlement.Postpone postpone) {
            reports.outcomes().ended(job, Outcome.POSTPONED, ended.took());
            JobLog.notReady(job, postpone.delay(), postpone.reason());
            reports.events()
                    .send(() -> new JobEvent.Postponed(
                            LibraryOnly.KEY, job, postpone.delay(), postpone.reason(), ended.took()));
        } else if (settlement instanceof Settlement.GiveBack) {
            JobLog.givenBack(job);
            reports.events().send(() -> new JobEvent.GivenBack(LibraryOnly.KEY, job, ended.took()));
        } else if (settlement instanceof Settlement.AwaitChildren waiting) {
            reports.outcomes().ended(job, Outcome.WAITING, ended.took());
            int children = waiting.spawn().childrenOf(job.id());
            JobLog.waits(job, children);
            reports.events().send(() -> new JobEvent.Waiting(LibraryOnly.KEY, job, children, ended.took()));
        } else {
            throw new AssertionError("Unknown settlement " + settlement);
        }
    }

    /**
     * The store cannot add the children of a job, so the job fails. Its undo actions run at once, because this attempt
     * cannot succeed any more.
     */
    void conflicted(RunningJob run, PendingSettlement instead) {
        decided(instead);
        undoAside(run, "finished, but its children could not be enqueued");
    }

    /**
     * The store has refused a settlement permanently, and a simpler one will be written instead. Logged once for each
     * claim.
     */
    void refusedForGood(PendingSettlement ended, Throwable why) {
        if (!refused.add(ended.settlement().claim())) {
            return;
        }
        LOG.error(
                "[Worker] The store refused what job {} ended with ({}); something plainer is written instead: {}",
                ended.settlement().claim().jobId(),
                ended.settlement().getClass().getSimpleName(),
                StackTraceText.line(why));
    }

    private void undoLate(RunningJob run, PendingSettlement ended, Settled answer) {
        if (answer == Settled.APPLIED && ended.hasLostResult()) {
            undoAside(run, "finished, but its result could not be stored");
        } else if (answer == Settled.CANCELLED) {
            undoAside(run, "was cancelled");
        } else if (answer == Settled.LOST) {
            undoAside(run, "had moved on to another worker");
        }
    }

    /** Runs the undo actions of a processor that has returned normally, but whose job did not complete. */
    private void undoAside(RunningJob run, String why) {
        if (run.hasThread() || run.undoActions().isEmpty()) {
            return;
        }
        CancellationException reason =
                new CancellationException("Job " + run.job().id() + " " + why);
        aside.accept(() -> undo(run, reason));
    }

    static void undo(RunningJob run, CancellationException reason) {
        run.undoActions().run(reason);
        for (Throwable broken : reason.getSuppressed()) {
            JobLog.unexpected(
                    broken, "[Worker] An undo of job {} failed", run.job().id());
        }
    }
}
