package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.loop.InFlightCount;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes how jobs ended, in batches. Everything that has ended since the last write goes into the next one. So a single
 * failure is stored after one round trip, and a thousand completions also take one.
 *
 * <p>A settlement that the store has not confirmed is written again, unchanged. Each batch has a pause of its own, and
 * new settlements go first, so that no job delays the others. A batch that fails several times is divided into halves,
 * until the settlement that causes it is alone. If the store refuses that one permanently, a simpler settlement
 * replaces it. If even the simplest is refused, the value is not the cause, and the original is tried again. A job
 * whose children cannot be added fails instead.
 *
 * <p>A job that is deleted as it completes leaves no row that could answer a repeated settlement. If an earlier try may
 * have been written, and the next one is answered with "lost", the loop looks for the job: if it is gone, the earlier
 * try was written.
 */
public final class SettleLoop implements LoopRound {
    private static final int MAX_BATCH = 1_000;
    private static final int TRIES_BEFORE_HALVING = 3;
    /** After this many tries, an exception that a store must not throw counts as a permanent refusal. */
    private static final int TRIES_BEFORE_REFUSED = 10;

    private final JobStore store;
    private final SettlementDecision decision;
    private final SettlementFollowUp confirmations;
    private final StoreBackOff guard;
    private final WakeSignal signal;
    private final Ticker ticker;
    private final InFlightCount outstanding = new InFlightCount();
    private final Queue<PendingSettlement> ended = new ConcurrentLinkedQueue<>();
    /** Batches to write again, the next one that is due first. Used by the thread of the loop only. */
    private final Queue<Batch> again = new PriorityQueue<>(Comparator.comparingLong(Batch::notBeforeNanos));

    SettleLoop(
            JobStore store,
            SettlementDecision decision,
            SettlementFollowUp confirmations,
            StoreBackOff guard,
            WakeSignal signal,
            Ticker ticker) {
        this.store = store;
        this.decision = decision;
        this.confirmations = confirmations;
        this.guard = guard;
        this.signal = signal;
        this.ticker = ticker;
    }

    /** Takes a settlement to write, and returns at once. */
    void submit(PendingSettlement job) {
        outstanding.add(1);
        ended.add(job);
        signal.wake();
    }

    /** Counts the settlements that are not confirmed yet. */
    public InFlightCount unsettled() {
        return outstanding;
    }

    @Override
    public Duration run() {
        List<PendingSettlement> fresh = takeFresh();
        if (!fresh.isEmpty()) {
            write(Batch.of(fresh, 0));
        }
        Batch due = again.peek();
        if (due != null && due.notBeforeNanos - ticker.nanos() <= 0) {
            write(again.remove());
        }
        if (!ended.isEmpty()) {
            return Duration.ZERO;
        }
        Batch next = again.peek();
        return next == null ? UNTIL_WOKEN : Duration.ofNanos(Math.max(0, next.notBeforeNanos - ticker.nanos()));
    }

    private List<PendingSettlement> takeFresh() {
        List<PendingSettlement> fresh = new ArrayList<>();
        for (PendingSettlement next = ended.poll();
                next != null;
                next = fresh.size() < MAX_BATCH ? ended.poll() : null) {
            if (next.written()) {
                confirm(next, Settled.APPLIED);
            } else {
                fresh.add(next);
            }
        }
        return fresh;
    }

    private void write(Batch batch) {
        List<Settlement> settlements =
                batch.jobs.stream().map(PendingSettlement::settlement).toList();
        List<Settled> answers;
        try {
            answers = store.settle(settlements);
            if (answers.size() != settlements.size()) {
                throw new IllegalStateException("The store answered " + answers.size() + " of " + settlements.size()
                        + " settlements; it must answer each, in order");
            }
        } catch (Throwable failure) {
            failed(batch, failure);
            return;
        }
        if (again.isEmpty()) {
            guard.succeeded();
        }
        List<PendingSettlement> instead = new ArrayList<>();
        boolean handedBack = false;
        for (int i = 0; i < answers.size(); i++) {
            PendingSettlement job = batch.jobs.get(i);
            handedBack |= answers.get(i) == Settled.APPLIED && job.settlement() instanceof Settlement.GiveBack;
            if (answers.get(i) == Settled.LOST && batch.mayBeWritten && job.isGoneIfWritten()) {
                lookFor(job, batch);
            } else if (answers.get(i) == Settled.CONFLICT && job.run() != null) {
                instead.add(conflicted(job.run(), job));
            } else {
                confirm(job, answers.get(i));
            }
        }
        if (!instead.isEmpty()) {
            again.add(Batch.of(instead, ticker.nanos()));
        }
        if (handedBack) {
            wakeOthers();
        }
    }

    /** Wakes other workers, so that they claim at once the jobs that this worker gave back. */
    private void wakeOthers() {
        try {
            store.wake();
        } catch (Throwable broken) {
            JobLog.unexpected(
                    broken, "[Worker] Could not wake other workers; they find what was given back when they poll");
        }
    }

    /** A job whose children cannot be added fails instead. */
    private PendingSettlement conflicted(RunningJob run, PendingSettlement job) {
        Settlement.Fail failed = decision.conflicting(job.settlement(), run.job());
        PendingSettlement instead = job.instead(failed);
        try {
            confirmations.conflicted(run, instead, failed.error());
        } catch (Throwable bug) {
            JobLog.unexpected(
                    bug, "[Worker] Could not tell of job {}", run.job().id());
        }
        return instead;
    }

    private void lookFor(PendingSettlement job, Batch batch) {
        boolean isThere;
        try {
            isThere = store.find(job.settlement().claim().jobId()).isPresent();
        } catch (Throwable failure) {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            again.add(batch.again(List.of(job), notBefore));
            return;
        }
        confirm(job, isThere ? Settled.LOST : Settled.ALREADY_APPLIED);
    }

    private void confirm(PendingSettlement job, Settled answer) {
        try {
            confirmations.confirmed(job, answer);
        } catch (Throwable bug) {
            // The settlement is stored. This error must not keep the rest of the batch from being confirmed.
            JobLog.unexpected(
                    bug,
                    "[Worker] Could not tell of job {}",
                    job.settlement().claim().jobId());
        } finally {
            outstanding.done(1);
        }
    }

    private void failed(Batch batch, Throwable failure) {
        Batch tried = batch.tried(failure);
        boolean refused = failure instanceof JobStoreException known
                ? known.kind() == JobStoreException.Kind.PERMANENT
                : tried.tries >= TRIES_BEFORE_REFUSED;
        int size = tried.jobs.size();
        if (size > 1 && refused) {
            halve(tried, ticker.nanos());
        } else if (refused) {
            replace(tried, failure);
        } else {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            if (size > 1 && tried.tries >= TRIES_BEFORE_HALVING) {
                halve(tried, notBefore);
            } else {
                again.add(tried.again(tried.jobs, notBefore));
            }
        }
    }

    private void halve(Batch batch, long notBefore) {
        int half = batch.jobs.size() / 2;
        again.add(batch.again(batch.jobs.subList(0, half), notBefore));
        again.add(batch.again(batch.jobs.subList(half, batch.jobs.size()), notBefore));
    }

    /** Replaces the only settlement of a batch. */
    private void replace(Batch tried, Throwable failure) {
        PendingSettlement culprit = tried.jobs.get(0);
        RunningJob run = culprit.run();
        Settlement plainer = decision.substituteFor(culprit.settlement(), run == null ? null : run.job());
        if (plainer.equals(culprit.settlement())) {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            again.add(tried.again(List.of(culprit.with(culprit.original())), notBefore));
        } else {
            again.add(tried.again(List.of(culprit.with(plainer)), ticker.nanos()));
            confirmations.refusedForGood(culprit, failure);
        }
    }

    /**
     * Settlements that are written in one call.
     *
     * @param mayBeWritten whether a try that failed may have written some of it
     */
    private record Batch(List<PendingSettlement> jobs, int tries, long notBeforeNanos, boolean mayBeWritten) {
        static Batch of(List<PendingSettlement> jobs, long notBefore) {
            return new Batch(jobs, 0, notBefore, false);
        }

        /** After one more try. A batch that is refused permanently may have been written in part. */
        Batch tried(Throwable failure) {
            boolean isNotWritten =
                    failure instanceof JobStoreException known && known.kind() == JobStoreException.Kind.TRANSIENT;
            return new Batch(jobs, tries + 1, notBeforeNanos, mayBeWritten || !isNotWritten);
        }

        Batch again(List<PendingSettlement> some, long notBefore) {
            return new Batch(some, tries, notBefore, mayBeWritten);
        }
    }
}
