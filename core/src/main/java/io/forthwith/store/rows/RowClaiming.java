package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.LostWorkersRule;
import io.forthwith.store.rules.Transitions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** Claims due jobs of the queues that are not paused, within a transaction. It starts at the highest priority and reads no more jobs than it needs. */
final class RowClaiming {
    private final JobRows rows;
    private final Transitions transitions;
    private final ClaimRequest request;
    private final List<String> queues;
    private final List<Job> claimed = new ArrayList<>();
    private boolean hasMetLastTry;

    RowClaiming(JobRows rows, Transitions transitions, ClaimRequest request) {
        this.rows = rows;
        this.transitions = transitions;
        this.request = request;
        this.queues = request.queues().stream()
                .filter(queue -> rows.pausedQueue(queue) == null)
                .toList();
    }

    List<Job> claim() {
        for (int priority = NewJob.HIGHEST_PRIORITY; priority >= 0 && claimed.size() < request.limit(); priority--) {
            claim(new Due(priority));
        }
        claimed.forEach(rows::put);
        return claimed;
    }

    private void claim(Due due) {
        while (due.hasNext() && claimed.size() < request.limit()) {
            Job job = due.next();
            if (request.takes(job.type()) && !isTooMany(job)) {
                claimed.add(transitions.claim(job, request.workerId()));
            }
        }
    }

    /** Of the jobs at their last try a worker gets the first one, unless it holds such a job already. */
    private boolean isTooMany(Job job) {
        if (!isAtLastTry(job)) {
            return false;
        }
        boolean isFirst = !hasMetLastTry;
        hasMetLastTry = true;
        return !isFirst || rows.heldBy(request.workerId()).anyMatch(this::isAtLastTry);
    }

    private boolean isAtLastTry(Job job) {
        return LostWorkersRule.isAtLastTry(job, request);
    }

    /** The due jobs of one priority in one order over all queues. */
    private final class Due implements Iterator<Job> {
        private final PriorityQueue<Head> heads = new PriorityQueue<>();

        private Due(int priority) {
            add(queues, priority);
            if (priority == Transitions.UNDO_PRIORITY) {
                add(request.undoQueues(), priority);
            }
        }

        private void add(List<String> some, int priority) {
            some.forEach(
                    queue -> add(rows.due(queue, priority, transitions.now()).iterator()));
        }

        private void add(Iterator<Job> scan) {
            if (scan.hasNext()) {
                heads.add(new Head(scan.next(), scan));
            }
        }

        @Override
        public boolean hasNext() {
            return !heads.isEmpty();
        }

        @Override
        public Job next() {
            Head first = heads.remove();
            add(first.rest());
            return first.job();
        }
    }

    private record Head(Job job, Iterator<Job> rest) implements Comparable<Head> {
        private static final Comparator<Head> ORDER = Comparator.comparing(Head::job, InMemoryRows.DUE_ORDER);

        @Override
        public int compareTo(Head other) {
            return ORDER.compare(this, other);
        }
    }
}
