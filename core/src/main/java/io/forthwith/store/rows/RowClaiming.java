package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.ClaimOrderRule;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.SuspectJobRule;
import io.forthwith.store.rules.limit.FairTurns;
import io.forthwith.store.rules.limit.LimitGate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Claims due jobs of the queues that are not paused, within a transaction. It starts at the highest priority and reads no more jobs than it needs. With
 * ageing it reads all priorities side by side.
 */
final class RowClaiming {
    private final JobRowAccess rows;
    private final JobMoves transitions;
    private final ClaimRequest request;
    private final List<String> queues;
    private final List<Job> claimed = new ArrayList<>();
    private final RowLimits limits;
    private final FairTurns turns;
    private final Map<LimitKey, List<Job>> fair = new HashMap<>();
    private final List<Job> plain = new ArrayList<>();
    private @Nullable Instant nextStart;
    private @Nullable Boolean holdsLastTry;

    RowClaiming(JobRowAccess rows, JobMoves transitions, ClaimRequest request, FairTurns turns) {
        this.rows = rows;
        this.transitions = transitions;
        this.request = request;
        this.turns = turns;
        this.limits = new RowLimits(rows, transitions.now());
        this.queues = request.queues().stream()
                .filter(queue -> rows.pausedQueue(queue) == null)
                .toList();
    }

    List<Job> claim() {
        if (request.ageing() == null) {
            for (int priority = NewJob.HIGHEST_PRIORITY; priority >= 0 && !isFull(); priority--) {
                claim(new Due(priority, priority));
            }
        } else {
            claim(new Due(NewJob.HIGHEST_PRIORITY, 0));
        }
        claimFair();
        claimed.forEach(rows::put);
        limits.write();
        return claimed;
    }

    /** When a rate lets a job start that it has held up; null if none has. */
    @Nullable
    Instant nextStart() {
        return nextStart;
    }

    /** Whether no further job is looked at. The first job that is fair by a key makes it look at all of them: those of other keys may be the last. */
    private boolean isFull() {
        return fair.isEmpty() && claimed.size() >= request.atMost();
    }

    private void claim(Due due) {
        while (due.hasNext() && !isFull()) {
            Job job = due.next();
            Optional<LimitKey> key = RowLimits.fairKey(job);
            if (key.isPresent()) {
                fair.computeIfAbsent(key.get(), each -> new ArrayList<>()).add(job);
            } else if (fair.isEmpty()) {
                claim(job);
            } else {
                plain.add(job);
            }
        }
    }

    private void claimFair() {
        Map<LimitKey, Integer> weights = new HashMap<>();
        for (LimitKey key : List.copyOf(fair.keySet())) {
            int weight = limits.weight(key);
            if (weight > 0) {
                weights.put(key, weight);
            } else {
                fair.remove(key);
                limits.nextStart(key).ifPresent(this::startsAt);
            }
        }
        // Ageing does not change the order of the jobs of one key.
        fair.values().forEach(jobs -> jobs.sort(order(null)));
        for (Job job : turns.alternate(plain, turns.order(fair, weights), Job::isUndo)) {
            if (claimed.size() < request.atMost() && claim(job)) {
                RowLimits.fairKey(job).ifPresent(turns::started);
            }
        }
    }

    private boolean claim(Job job) {
        List<JobLimit> under = limits.of(job);
        boolean starts = request.takes(job.queue(), job.type()) && !isTooMany(job) && mayStart(job, under);
        if (starts) {
            if (isAtLastTry(job)) {
                holdsLastTry = true;
            }
            claimed.add(transitions.claim(job, request.workerId()).toBuilder()
                    .limits(under)
                    .build());
        }
        return starts;
    }

    private boolean mayStart(Job job, List<JobLimit> under) {
        if (under.isEmpty()) {
            return true;
        }
        Optional<LimitGate.Refusal> refusal = limits.start(job.id(), under);
        Instant until = refusal.map(LimitGate.Refusal::until).orElse(null);
        if (until != null) {
            startsAt(until);
        }
        return refusal.isEmpty();
    }

    private void startsAt(Instant until) {
        if (nextStart == null || until.isBefore(nextStart)) {
            nextStart = until;
        }
    }

    /** Of the jobs at their last try a worker gets the first one that may start, unless it holds such a job already. */
    private boolean isTooMany(Job job) {
        return isAtLastTry(job) && holdsLastTry();
    }

    private boolean holdsLastTry() {
        if (holdsLastTry == null) {
            holdsLastTry = rows.heldBy(request.workerId()).anyMatch(this::isAtLastTry);
        }
        return holdsLastTry;
    }

    private boolean isAtLastTry(Job job) {
        return SuspectJobRule.isAtLastTry(job, request);
    }

    private static Comparator<Job> order(@Nullable Duration ageing) {
        return ClaimOrderRule.order(ageing, Job::isUndo, Job::priority, Job::runAt)
                .thenComparing(Job::id, JobRowAccess.ID_ORDER);
    }

    /** The due jobs of some priorities in one order over all queues. */
    private final class Due implements Iterator<Job> {
        private final PriorityQueue<Head> heads =
                new PriorityQueue<>(Comparator.comparing(Head::job, order(request.ageing())));

        private Due(int highest, int lowest) {
            for (int priority = highest; priority >= lowest; priority--) {
                add(queues, priority);
                if (priority == JobMoves.UNDO_PRIORITY) {
                    add(request.undoQueues(), priority);
                }
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

    private record Head(Job job, Iterator<Job> rest) {}
}
