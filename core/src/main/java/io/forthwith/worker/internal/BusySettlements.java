package io.forthwith.worker.internal;

import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.TextFootprint;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The settlements that the store has answered with {@link Settled#BUSY}: another transaction has locked what they need, and may keep it for
 * hours. Each is tried again after pauses that grow to half a second, together with all others that are due. So they hold no connection
 * and no thread while they wait, however many they are. Used by the thread of the settle loop only, except {@link #stuck}.
 */
final class BusySettlements {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(25);
    private static final int MAX_DOUBLINGS = 4;
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
    /** What is due so soon is tried now: one call for all is cheaper than one for each. */
    private static final Duration SLACK = Duration.ofMillis(25);
    /** A person may want to know of a lock that is held longer. */
    private static final Duration LONG = Duration.ofSeconds(10);

    private final Ticker ticker;
    private final Map<Claim, Wait> waits = new HashMap<>();
    private final Queue<Entry> queue = new PriorityQueue<>(Comparator.comparingLong(Entry::notBeforeNanos));
    private final AtomicInteger stuck = new AtomicInteger();

    BusySettlements(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * Takes a settlement that the store has answered with "busy".
     *
     * @param mayBeWritten whether an earlier try may have written it
     */
    void add(PendingSettlement job, boolean mayBeWritten) {
        long now = ticker.nanos();
        Wait wait = waits.computeIfAbsent(job.settlement().claim(), claim -> new Wait(now));
        long pause = FIRST_PAUSE.toNanos() << Math.min(wait.tries++, MAX_DOUBLINGS + 1);
        queue.add(new Entry(job, mayBeWritten, now + Math.min(pause, LONGEST_PAUSE.toNanos())));
        if (!wait.isLong && now - wait.sinceNanos >= LONG.toNanos()) {
            wait.isLong = true;
            stuck.incrementAndGet();
            JobLog.waitsForLock(job.settlement().claim().jobId(), Duration.ofNanos(now - wait.sinceNanos));
        }
    }

    /** Forgets a settlement that the store has answered otherwise. */
    void settled(Claim claim) {
        Wait wait = waits.isEmpty() ? null : waits.remove(claim);
        if (wait != null && wait.isLong) {
            stuck.decrementAndGet();
        }
    }

    /**
     * Removes and returns settlements that are to be tried again now. Either an earlier try may have written each of them, or none.
     *
     * @param limit how many at most
     * @param maxText no more follow once they have so many characters of text
     */
    List<Entry> takeDue(int limit, long maxText, long nowNanos) {
        long until = nowNanos + SLACK.toNanos();
        Entry first = queue.peek();
        if (first == null || first.notBeforeNanos - nowNanos > 0) {
            return List.of();
        }
        List<Entry> due = new ArrayList<>();
        long text = 0;
        for (Entry next = first;
                next != null
                        && due.size() < limit
                        && text < maxText
                        && next.mayBeWritten == first.mayBeWritten
                        && next.notBeforeNanos - until <= 0;
                next = queue.peek()) {
            due.add(queue.remove());
            text += TextFootprint.of(next.job.settlement());
        }
        return due;
    }

    /** How long until a settlement is to be tried again, at most {@code longest}. */
    Duration untilNext(Duration longest) {
        Entry next = queue.peek();
        if (next == null) {
            return longest;
        }
        long left = Math.max(0, next.notBeforeNanos - ticker.nanos());
        return left < longest.toNanos() ? Duration.ofNanos(left) : longest;
    }

    /** How many of them have waited for long. Any thread may call this. */
    int stuck() {
        return stuck.get();
    }

    /** A settlement to try again. */
    record Entry(PendingSettlement job, boolean mayBeWritten, long notBeforeNanos) {}

    /** How long a claim has waited. */
    private static final class Wait {
        private final long sinceNanos;
        private int tries;
        private boolean isLong;

        Wait(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }
}
