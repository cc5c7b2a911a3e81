package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.StackTraceText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.report.EventSender;
import io.forthwith.worker.internal.report.JobCounters;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * What a worker does when the store has answered a settlement: it writes the log line, sends the event, and runs undo
 * actions that are still needed.
 */
final class SettlementFollowUp {
    private static final Logger LOG = WorkerLogger.logger();

    private final HeldJobs held;
    private final EventSender events;
    private final RegisteredProcessors processors;
    private final JobCounters counts;
    private final Consumer<Runnable> aside;
    private final Consumer<Duration> dueAgain;
    /** Claims for which the store has refused a settlement. Used by the thread of the settle loop only. */
    private final Set<Claim> refused = new HashSet<>();

    /**
     * {@code aside} runs tasks that may take long. {@code dueAgain} is told after what time there may be a job to
     * claim.
     */
    SettlementFollowUp(
            HeldJobs held,
            EventSender events,
            RegisteredProcessors processors,
            JobCounters counts,
            Consumer<Runnable> aside,
            Consumer<Duration> dueAgain) {
        this.held = held;
        this.events = events;
        this.processors = processors;
        this.counts = counts;
        this.aside = aside;
        this.dueAgain = dueAgain;
    }

    void confirmed(PendingSettlement ended, Settled answer) {
        RunningJob run = ended.run();
        held.remove(ended.settlement().claim());
        refused.remove(ended.settlement().claim());
        if (run == null) {
            return;
        }
        Job job = run.job();
        if (job.lostWorkers() >= ClaimLoop.LOST_WORKERS_CAP - 1) {
            // A worker never holds two jobs at their last try. This one has ended, so the worker can claim the next.
            dueAgain.accept(Duration.ZERO);
        }
        if (run.hasPossibleUndo() && (answer == Settled.CANCELLED || ended.settlement() instanceof Settlement.Fail)) {
            dueAgain.accept(Duration.ZERO);
        }
        if (job.parentId() != null || job.relations().hasSuccessors()) {
            // A finisher, or a successor, may have waited for this job only.
            dueAgain.accept(Duration.ZERO);
        }
        switch (answer) {
            case APPLIED -> {
                applied(job, ended, ended.settlement());
                if (ended.hasLostResult()) {
                    undoLate(run, "finished, but its result could not be stored");
                }
            }
            // If this is a substitute, the original settlement was written, and its answer was lost.
            case ALREADY_APPLIED -> applied(job, ended, ended.original());
            case CANCELLED -> {
                JobLog.cancelled(job);
                events.send(() -> new JobEvent.Cancelled(job));
                undoLate(run, "was cancelled");
            }
            case LOST -> {
                counts.refused();
                JobLog.refused(job);
                events.send(() -> new JobEvent.Refused(job));
                undoLate(run, "had moved on to another worker");
            }
            case CONFLICT -> throw new AssertionError("To be settled in another way: " + ended.settlement());
        }
    }

    private void applied(Job job, PendingSettlement ended, Settlement settlement) {
        if (settlement instanceof Settlement.Complete) {
            counts.completed();
            JobLog.done(job, ended.took());
            events.send(() -> new JobEvent.Completed(job, ended.took()));
        } else if (settlement instanceof Settlement.Fail fail) {
            counts.failed();
            if (!ended.recorded()) {
                JobLog.markedAsFailed(job);
            }
            events.send(() -> new JobEvent.Failed(job, fail.error(), ended.took()));
        } else if (settlement instanceof Settlement.Retry retry) {
            dueAgain.accept(retry.delay());
            JobLog.willBeRetried(
                    job, retry.delay(), SettlementDecision.maxAttempts(job, processors.retryPolicy(job.type())));
            events.send(() -> new JobEvent.RetryScheduled(job, retry.error(), retry.delay()));
        } else if (settlement instanceof Settlement.Postpone postpone) {
            dueAgain.accept(postpone.delay());
            JobLog.notReady(job, postpone.delay(), postpone.reason());
            events.send(() -> new JobEvent.Postponed(job, postpone.delay(), postpone.reason()));
        } else if (settlement instanceof Settlement.GiveBack) {
            JobLog.givenBack(job);
            events.send(() -> new JobEvent.GivenBack(job));
        } else if (settlement instanceof Settlement.AwaitChildren waiting) {
            dueAgain.accept(Duration.ZERO);
            int children = waiting.spawn().childrenOf(job.id());
            JobLog.waits(job, children);
            events.send(() -> new JobEvent.Waiting(job, children));
        } else {
            throw new AssertionError("Unknown settlement " + settlement);
        }
    }

    /**
     * The store cannot add the children of a job, so the job fails. Its undo actions run at once, because this attempt
     * cannot succeed any more.
     */
    void conflicted(RunningJob run, PendingSettlement instead, JobError why) {
        JobLog.failed(run.job(), instead.took(), why);
        undoLate(run, "finished, but its children could not be enqueued");
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

    /** Runs the undo actions of a processor that has returned normally, but whose job did not complete. */
    private void undoLate(RunningJob run, String why) {
        if (run.isRunning() || run.undos().isEmpty()) {
            return;
        }
        CancellationException reason =
                new CancellationException("Job " + run.job().id() + " " + why);
        aside.accept(() -> undo(run, reason));
    }

    static void undo(RunningJob run, CancellationException reason) {
        run.undos().run(reason);
        for (Throwable broken : reason.getSuppressed()) {
            JobLog.unexpected(
                    broken, "[Worker] An undo of job {} failed", run.job().id());
        }
    }
}
