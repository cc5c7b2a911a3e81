package io.forthwith.worker;

import io.forthwith.store.JobStore;
import io.forthwith.store.JobStoreException;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes how jobs ended, by natural batching: everything that has ended since the last write goes into the next, so that
 * one failure alone is on disk after a round trip and a thousand completions cost one.
 *
 * <p>What the store has not confirmed stays here and is written again, the very same settlement, each batch after a pause of
 * its own; what has ended since goes first, so that no job can hold up the others. A batch that fails again and again is
 * halved until the culprit is alone. One that is refused for good is replaced by something plainer, and if even the plainest
 * is refused, the trouble is not the value: the original is tried again. A job whose children cannot be added fails instead.
 */
final class SettleLoop implements LoopStep {
    private static final int MAX_BATCH = 1_000;
    private static final int TRIES_BEFORE_HALVING = 3;
    /** A store that throws what it should not is taken to mean it after so many tries. */
    private static final int TRIES_BEFORE_REFUSED = 10;

    private final JobStore store;
    private final Decision decision;
    private final Confirmations confirmations;
    private final StoreGuard guard;
    private final Signal signal;
    private final Ticker ticker;
    private final Outstanding outstanding = new Outstanding();
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    /** What has been tried and must be tried again, the next due first; touched by the loop's thread only. */
    private final Queue<Batch> again = new PriorityQueue<>(Comparator.comparingLong(Batch::notBeforeNanos));

    SettleLoop(
            JobStore store,
            Decision decision,
            Confirmations confirmations,
            StoreGuard guard,
            Signal signal,
            Ticker ticker) {
        this.store = store;
        this.decision = decision;
        this.confirmations = confirmations;
        this.guard = guard;
        this.signal = signal;
        this.ticker = ticker;
    }

    /** Takes a job to be settled and returns at once. */
    void submit(Ended job) {
        outstanding.add(1);
        ended.add(job);
        signal.wake();
    }

    /** What has ended and is not confirmed yet. */
    Outstanding unsettled() {
        return outstanding;
    }

    @Override
    public Duration step() {
        List<Ended> fresh = takeFresh();
        if (!fresh.isEmpty()) {
            write(new Batch(fresh, 0, 0));
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

    private List<Ended> takeFresh() {
        List<Ended> fresh = new ArrayList<>();
        for (Ended next = ended.poll(); next != null; next = fresh.size() < MAX_BATCH ? ended.poll() : null) {
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
                batch.jobs.stream().map(Ended::settlement).toList();
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
        List<Ended> instead = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Ended job = batch.jobs.get(i);
            if (answers.get(i) == Settled.CONFLICT && job.run() != null) {
                instead.add(conflicted(job.run(), job));
            } else {
                confirm(job, answers.get(i));
            }
        }
        if (!instead.isEmpty()) {
            again.add(new Batch(instead, 0, ticker.nanos()));
        }
    }

    /** A job whose children cannot be added fails instead. */
    private Ended conflicted(RunningJob run, Ended job) {
        Settlement.Fail failed = decision.conflicting(job.settlement(), run.job());
        Ended instead = job.instead(failed);
        try {
            confirmations.conflicted(run, instead, failed.error());
        } catch (Throwable bug) {
            JobLog.unexpected(
                    bug, "[Worker] Could not tell of job {}", run.job().id());
        }
        return instead;
    }

    private void confirm(Ended job, Settled answer) {
        try {
            confirmations.confirmed(job, answer);
        } catch (Throwable bug) {
            // It is in the store; nothing that follows may keep the rest of the batch from being confirmed.
            JobLog.unexpected(
                    bug,
                    "[Worker] Could not tell of job {}",
                    job.settlement().claim().jobId());
        } finally {
            outstanding.done(1);
        }
    }

    private void failed(Batch batch, Throwable failure) {
        int tries = batch.tries + 1;
        boolean refused = failure instanceof JobStoreException known
                ? known.kind() == JobStoreException.Kind.PERMANENT
                : tries >= TRIES_BEFORE_REFUSED;
        int size = batch.jobs.size();
        if (size > 1 && refused) {
            halve(batch, tries, ticker.nanos());
        } else if (refused) {
            replace(batch.jobs.get(0), tries, failure);
        } else {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            if (size > 1 && tries >= TRIES_BEFORE_HALVING) {
                halve(batch, tries, notBefore);
            } else {
                again.add(new Batch(batch.jobs, tries, notBefore));
            }
        }
    }

    private void halve(Batch batch, int tries, long notBefore) {
        int half = batch.jobs.size() / 2;
        again.add(new Batch(batch.jobs.subList(0, half), tries, notBefore));
        again.add(new Batch(batch.jobs.subList(half, batch.jobs.size()), tries, notBefore));
    }

    private void replace(Ended culprit, int tries, Throwable failure) {
        RunningJob run = culprit.run();
        Settlement plainer = decision.substituteFor(culprit.settlement(), run == null ? null : run.job());
        if (plainer.equals(culprit.settlement())) {
            long notBefore = ticker.nanos() + guard.failed(failure).toNanos();
            again.add(new Batch(List.of(culprit.with(culprit.original())), tries, notBefore));
        } else {
            again.add(new Batch(List.of(culprit.with(plainer)), tries, ticker.nanos()));
            confirmations.refusedForGood(culprit, failure);
        }
    }

    private record Batch(List<Ended> jobs, int tries, long notBeforeNanos) {}
}
