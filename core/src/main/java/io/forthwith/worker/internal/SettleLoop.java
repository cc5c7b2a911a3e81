package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.attempt.TextFootprint;
import io.forthwith.worker.internal.loop.ClaimableHints;
import io.forthwith.worker.internal.loop.InFlightCount;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.loop.UnsettledTextAmount;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Writes how jobs ended, in batches. Everything that has ended since the last write goes into the next one. So a single
 * failure is stored after one round trip, and a thousand completions also take one. Large results make batches smaller.
 *
 * <p>A settlement that the store has not confirmed is written again, unchanged. Each batch has a pause of its own, and
 * new settlements go first, so that no job delays the others. A batch that fails several times is divided into halves,
 * until the settlement that causes it is alone. If the store refuses that one permanently, a simpler settlement
 * replaces it. If even the simplest is refused, the value is not the cause, and the original is tried again. A job
 * whose children cannot be added fails instead.
 *
 * <p>A settlement for which the store would have to wait, since another transaction has locked what it needs, waits
 * apart from the others, in {@link BusySettlements}.
 *
 * <p>A job that is deleted as it completes leaves no row that could answer a repeated settlement. If an earlier try may
 * have been written, and the next one is answered with "lost", the loop looks for the job: if it is gone, the earlier
 * try was written.
 */
public final class SettleLoop implements LoopRound {
    private static final int MAX_BATCH = 1_000;
    /** A batch gets no more settlements once it has this many characters of text. */
    private static final long MAX_BATCH_TEXT = 2L << 20;

    private static final int TRIES_BEFORE_HALVING = 3;
    /** After this many tries, an exception that a store must not throw counts as a permanent refusal. */
    private static final int TRIES_BEFORE_REFUSED = 10;

    private final JobStore store;
    private final SettlementDecision decision;
    private final SettlementFollowUp followUp;
    private final StoreBackOff guard;
    private final WakeSignal signal;
    private final Ticker ticker;
    private final InFlightCount outstanding = new InFlightCount();
    private final ClaimableHints hints;
    private final UnsettledTextAmount unsettledText;
    private final Queue<PendingSettlement> ended = new ConcurrentLinkedQueue<>();
    /** Taken from {@link #ended}, and not in a batch yet. A round that fails leaves them to the next one. */
    private final List<PendingSettlement> fresh = new ArrayList<>(MAX_BATCH);
    /** Batches to write again, the next one that is due first. Used by the thread of the loop only. */
    private final Queue<Batch> again = new PriorityQueue<>(Comparator.comparingLong(Batch::notBeforeNanos));

    private final BusySettlements busy;

    SettleLoop(
            JobStore store,
            SettlementDecision decision,
            SettlementFollowUp followUp,
            StoreBackOff guard,
            WakeSignal signal,
            ClaimableHints hints,
            UnsettledTextAmount unsettledText,
            Ticker ticker) {
        this.store = store;
        this.decision = decision;
        this.followUp = followUp;
        this.guard = guard;
        this.signal = signal;
        this.hints = hints;
        this.unsettledText = unsettledText;
        this.ticker = ticker;
        this.busy = new BusySettlements(ticker);
    }

    /** Takes a settlement to write, and returns at once. */
    void submit(PendingSettlement job) {
        followUp.decided(job);
        long text = job.textLength();
        outstanding.add(1);
        unsettledText.add(text);
        boolean isTaken = false;
        try {
            isTaken = ended.add(job);
        } finally {
            if (!isTaken) {
                isDone(job);
            }
        }
        signal.wake();
    }

    /** Counts the settlements that are not confirmed yet. */
    public InFlightCount unsettled() {
        return outstanding;
    }

    /** Counts the settlements that have waited for long, because other transactions have locked what they need. */
    int stuck() {
        return busy.stuck();
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }

    @Override
    public Duration run() {
        if (guard.takeProbe()) {
            makeAllDue();
        }
        takeFresh();
        if (!fresh.isEmpty()) {
            Batch batch = Batch.of(List.copyOf(fresh), ticker.nanos());
            fresh.clear();
            write(batch);
        }
        Batch due = again.peek();
        if (due != null && due.notBeforeNanos - ticker.nanos() <= 0) {
            write(again.remove());
        }
        long now = ticker.nanos();
        List<BusySettlements.Entry> held = busy.takeDue(MAX_BATCH, MAX_BATCH_TEXT, now);
        if (!held.isEmpty()) {
            write(Batch.ofBusy(held, now));
        }
        if (!ended.isEmpty()) {
            return Duration.ZERO;
        }
        Batch next = again.peek();
        return busy.untilNext(
                next == null ? UNTIL_WOKEN : Duration.ofNanos(Math.max(0, next.notBeforeNanos - ticker.nanos())));
    }

    /** The store answers again: what it did not take is written at once. */
    private void makeAllDue() {
        long now = ticker.nanos();
        List<Batch> due =
                again.stream().map(batch -> batch.again(batch.jobs, now)).toList();
        again.clear();
        again.addAll(due);
    }

    private void takeFresh() {
        long text = 0;
        while (fresh.size() < MAX_BATCH && text < MAX_BATCH_TEXT) {
            PendingSettlement next = ended.poll();
            if (next == null) {
                return;
            }
            if (next.written()) {
                confirm(next, Settled.APPLIED);
            } else {
                fresh.add(next);
                text += TextFootprint.of(next.settlement());
            }
        }
    }

    /** Whatever is thrown here, each settlement is confirmed or kept: the worker would hold its job for ever. */
    private void write(Batch batch) {
        try {
            writeAndAnswer(batch);
        } finally {
            hints.forget();
        }
    }

    private void writeAndAnswer(Batch batch) {
        List<Settled> answers;
        try {
            answers = ask(batch);
        } catch (Throwable failure) {
            failed(batch, failure);
            return;
        }
        List<PendingSettlement> instead = new ArrayList<>();
        boolean handedBack = false;
        for (int i = 0; i < answers.size(); i++) {
            PendingSettlement job = batch.jobs.get(i);
            handedBack |= answers.get(i) == Settled.APPLIED && job.settlement() instanceof Settlement.GiveBack;
            answered(job, answers.get(i), batch, instead);
        }
        if (!instead.isEmpty()) {
            again.add(Batch.of(instead, batch.notBeforeNanos));
        }
        if (again.isEmpty()) {
            guard.succeeded();
        } else {
            guard.answered();
        }
        if (handedBack) {
            wakeOthers();
        }
    }

    private List<Settled> ask(Batch batch) {
        List<Settlement> settlements =
                batch.jobs.stream().map(PendingSettlement::settlement).toList();
        List<Settled> answers = hints.during(() -> store.settle(settlements));
        if (answers.size() != settlements.size()) {
            throw new IllegalStateException("The store answered " + answers.size() + " of " + settlements.size()
                    + " settlements; it must answer each, in order");
        }
        return answers;
    }

    private void answered(PendingSettlement job, Settled answer, Batch batch, List<PendingSettlement> instead) {
        try {
            if (answer == Settled.LOST && batch.mayBeWritten && job.isGoneIfWritten()) {
                lookFor(job, batch, found -> found.isPresent() ? Settled.LOST : Settled.ALREADY_APPLIED);
            } else if (answer == Settled.ALREADY_APPLIED && job.isSubstitute()) {
                // An earlier try has written either the substitute or the original, although the store had refused
                // that.
                lookFor(
                        job,
                        batch,
                        found -> found.filter(job::isSubstituteIn).isPresent()
                                ? Settled.APPLIED
                                : Settled.ALREADY_APPLIED);
            } else if (answer == Settled.CONFLICT && job.run() != null) {
                instead.add(conflicted(job.run(), job));
            } else if (answer == Settled.BUSY) {
                busy.add(job, batch.mayBeWritten);
            } else {
                confirm(job, answer);
            }
        } catch (Throwable bug) {
            again.add(batch.again(List.of(job), batch.notBeforeNanos));
            JobLog.unexpected(
                    bug,
                    "[Worker] The answer about job {} could not be handled; it is asked for again",
                    job.settlement().claim().jobId());
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
        PendingSettlement instead = job.instead(decision.conflicting(job.settlement(), run.job()));
        try {
            followUp.conflicted(run, instead);
        } catch (Throwable bug) {
            JobLog.unexpected(
                    bug, "[Worker] Could not tell of job {}", run.job().id());
        }
        return instead;
    }

    /** Answers a settlement that an earlier try may have written, by what has become of the job. */
    private void lookFor(PendingSettlement job, Batch batch, Function<Optional<Job>, Settled> answer) {
        Optional<Job> found;
        try {
            found = store.find(job.settlement().claim().jobId());
        } catch (Throwable failure) {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            again.add(batch.again(List.of(job), notBefore));
            return;
        }
        confirm(job, answer.apply(found));
    }

    private void confirm(PendingSettlement job, Settled answer) {
        busy.settled(job.settlement().claim());
        try {
            followUp.confirmed(job, answer);
        } catch (Throwable bug) {
            // The settlement is stored. This error must not keep the rest of the batch from being confirmed.
            JobLog.unexpected(
                    bug,
                    "[Worker] Could not tell of job {}",
                    job.settlement().claim().jobId());
        } finally {
            isDone(job);
            // A log appender may have set the flag. Some drivers close the database when they are interrupted.
            Thread.interrupted();
        }
    }

    private void isDone(PendingSettlement job) {
        outstanding.done(1);
        unsettledText.remove(job.textLength());
    }

    private void failed(Batch batch, Throwable failure) {
        List<Batch> next = List.of(batch);
        try {
            next = afterFailure(batch, failure);
        } finally {
            again.addAll(next);
        }
    }

    private List<Batch> afterFailure(Batch batch, Throwable failure) {
        Batch tried = batch.tried(failure);
        boolean refused = failure instanceof JobStoreException known
                ? known.kind() == JobStoreException.Kind.PERMANENT
                : tried.tries >= TRIES_BEFORE_REFUSED;
        int size = tried.jobs.size();
        if (size > 1 && refused) {
            return halves(tried, ticker.nanos());
        }
        if (refused) {
            return List.of(replaced(tried, failure));
        }
        long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
        return size > 1 && tried.tries >= TRIES_BEFORE_HALVING
                ? halves(tried, notBefore)
                : List.of(tried.again(tried.jobs, notBefore));
    }

    private static List<Batch> halves(Batch batch, long notBefore) {
        int half = batch.jobs.size() / 2;
        return List.of(
                batch.again(batch.jobs.subList(0, half), notBefore),
                batch.again(batch.jobs.subList(half, batch.jobs.size()), notBefore));
    }

    /** The batch with a simpler settlement instead of its only one. */
    private Batch replaced(Batch tried, Throwable failure) {
        PendingSettlement culprit = tried.jobs.get(0);
        RunningJob run = culprit.run();
        Settlement plainer = decision.substituteFor(culprit.settlement(), run == null ? null : run.job());
        if (plainer.equals(culprit.settlement())) {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            return tried.again(List.of(culprit.with(culprit.original())), notBefore);
        }
        followUp.refusedForGood(culprit, failure);
        return tried.again(List.of(culprit.with(plainer)), ticker.nanos());
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

        static Batch ofBusy(List<BusySettlements.Entry> held, long now) {
            return new Batch(
                    held.stream().map(BusySettlements.Entry::job).toList(),
                    0,
                    now,
                    held.get(0).mayBeWritten());
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
