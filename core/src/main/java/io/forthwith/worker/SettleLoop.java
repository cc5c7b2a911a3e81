package io.forthwith.worker;

import io.forthwith.store.JobStore;
import io.forthwith.store.JobStoreException;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes how jobs ended, by natural batching: everything that has ended since the last write goes into the next, so that
 * one failure alone is on disk after a round trip and a thousand completions cost one.
 *
 * <p>What the store has not confirmed stays here and is written again, the very same settlement. A batch refused for good is
 * halved until the culprit is alone; that one is replaced by something plainer. A batch that fails again and again for
 * other reasons is halved too, and goes to the end of the line, so that no job can hold up the others.
 */
final class SettleLoop implements LoopStep {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final int MAX_BATCH = 1_000;
    private static final int TRIES_BEFORE_HALVING = 3;

    private final JobStore store;
    private final Decision decision;
    private final Confirmations confirmations;
    private final StoreGuard guard;
    private final Signal signal;
    private final Outstanding outstanding = new Outstanding();
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    /** What has been tried and must be tried again; touched by the loop's thread only. */
    private final Deque<Batch> again = new ArrayDeque<>();

    SettleLoop(JobStore store, Decision decision, Confirmations confirmations, StoreGuard guard, Signal signal) {
        this.store = store;
        this.decision = decision;
        this.confirmations = confirmations;
        this.guard = guard;
        this.signal = signal;
    }

    /** Takes a job to be settled and returns at once. */
    void submit(Ended job) {
        outstanding.add(1);
        ended.add(job);
        signal.wake();
    }

    /** How many jobs have ended and are not confirmed yet. */
    int unsettled() {
        return outstanding.count();
    }

    /** Waits until everything is confirmed, at most so long. */
    boolean awaitSettled(Duration most) {
        return outstanding.awaitNone(most);
    }

    @Override
    public Duration step() {
        List<Ended> fresh = takeFresh();
        if (!fresh.isEmpty()) {
            again.addLast(new Batch(fresh, 0));
        }
        Batch batch = again.pollFirst();
        if (batch == null) {
            return UNTIL_WOKEN;
        }
        Duration pause = write(batch);
        return again.isEmpty() && ended.isEmpty() ? UNTIL_WOKEN : pause;
    }

    private List<Ended> takeFresh() {
        List<Ended> fresh = new ArrayList<>();
        for (Ended next = ended.poll(); next != null; next = fresh.size() < MAX_BATCH ? ended.poll() : null) {
            fresh.add(next);
        }
        return fresh;
    }

    private Duration write(Batch batch) {
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
            return failed(batch, failure);
        }
        guard.succeeded();
        for (int i = 0; i < answers.size(); i++) {
            confirm(batch.jobs.get(i), answers.get(i));
        }
        return Duration.ZERO;
    }

    private void confirm(Ended job, Settled answer) {
        try {
            confirmations.confirmed(job, answer);
        } catch (Throwable bug) {
            // It is in the store; nothing that follows may keep the rest of the batch from being confirmed.
            LOG.error(
                    "[Worker] Could not tell of job {}",
                    job.settlement().claim().jobId(),
                    bug);
        } finally {
            outstanding.done(1);
        }
    }

    private Duration failed(Batch batch, Throwable failure) {
        boolean refusedForGood =
                failure instanceof JobStoreException known && known.kind() == JobStoreException.Kind.PERMANENT;
        int tries = batch.tries + 1;
        if (batch.jobs.size() > 1 && (refusedForGood || tries >= TRIES_BEFORE_HALVING)) {
            int half = batch.jobs.size() / 2;
            again.addLast(new Batch(batch.jobs.subList(0, half), tries));
            again.addLast(new Batch(batch.jobs.subList(half, batch.jobs.size()), tries));
        } else if (refusedForGood) {
            Ended culprit = batch.jobs.get(0);
            Settlement plainer = decision.substituteFor(culprit.settlement());
            confirmations.refusedForGood(culprit, failure);
            again.addLast(new Batch(List.of(culprit.with(plainer)), tries));
            if (!plainer.equals(culprit.settlement())) {
                return Duration.ZERO;
            }
        } else {
            again.addLast(new Batch(batch.jobs, tries));
        }
        return refusedForGood && batch.jobs.size() > 1 ? Duration.ZERO : guard.failed(failure);
    }

    private record Batch(List<Ended> jobs, int tries) {}
}
