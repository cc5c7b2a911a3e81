package io.forthwith.jdbc.families;

import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What follows when jobs have moved, by brute force: while there are waiting jobs that should move, the deepest of them are
 * moved; of those that are equally deep the parents, all at once, and then those that come after others.
 */
final class Rules {
    private final Nodes jobs;
    /** Those that have failed or were cancelled in this step, and whose parents have not seen it yet. */
    private final Set<Node> newlyBad = new HashSet<>();

    /** Counts the steps. */
    private int step;

    Rules(Nodes jobs) {
        this.jobs = jobs;
    }

    /** With further steps. */
    void goOnFrom(Rules other) {
        step = other.step;
    }

    void end(Node job, JobStatus how, @Nullable Why why) {
        job.status = how;
        job.why = why;
        job.endedAt = step;
        if (how != JobStatus.COMPLETED) {
            newlyBad.add(job);
        }
    }

    /** Cancels a job that is open, and whatever is open below it. */
    void cancel(Node job) {
        if (job.status == JobStatus.PROCESSING) {
            job.isToBeCancelled = true;
        } else if (job.isOpen()) {
            end(job, JobStatus.CANCELLED, null);
        }
        jobs.childrenOf(job.name).forEach(this::cancel);
    }

    /** Until nothing moves. */
    void settle() {
        while (true) {
            List<Move> moves = jobs.all().stream()
                    .filter(Node::waits)
                    .map(this::moveOf)
                    .filter(Objects::nonNull)
                    .toList();
            if (moves.isEmpty()) {
                newlyBad.clear();
                step++;
                return;
            }
            int deepest =
                    moves.stream().mapToInt(move -> jobs.depth(move.job)).max().orElseThrow();
            List<Move> wave = moves.stream()
                    .filter(move -> jobs.depth(move.job) == deepest)
                    .toList();
            wave.stream().filter(move -> move.job.isParent).forEach(this::make);
            wave.stream()
                    .filter(move -> !move.job.isParent)
                    .map(move -> moveOf(move.job))
                    .toList()
                    .forEach(this::make);
        }
    }

    /**
     * What is to happen to a waiting job.
     *
     * @param next what it becomes; waiting if it is not itself that moves
     * @param released its finisher, if that may run
     * @param cancelled those that are cancelled for a sibling
     */
    private record Move(
            Node job,
            JobStatus next,
            @Nullable Why why,
            @Nullable Node released,
            List<Node> cancelled) {
        Move(Node job, JobStatus next, @Nullable Why why) {
            this(job, next, why, null, List.of());
        }
    }

    private @Nullable Move moveOf(Node job) {
        if (job.isParent) {
            return moveOfParent(job);
        }
        return job.isFinisher() ? null : moveOfSuccessor(job);
    }

    private @Nullable Move moveOfParent(Node parent) {
        List<Node> firstParts = jobs.firstPartsOf(parent.name);
        Node second = jobs.finisherOf(parent.name);
        boolean isOver = parent.isSealed && firstParts.stream().noneMatch(Node::isOpen);
        List<Node> cancelled = cancelledForSiblings(parent, firstParts);
        boolean isForFirst = failsForFirstParts(parent, firstParts, isOver);
        // A finisher that is cancelled before its time leaves nothing to wait for.
        if (isForFirst || (second != null && second.isBad())) {
            Why why = isForFirst ? Why.children(firstParts) : whyOf(second, firstParts.size() + 1);
            return new Move(parent, JobStatus.FAILED, why, null, cancelled);
        }
        if (isOver && (second == null || second.status == JobStatus.COMPLETED)) {
            return new Move(parent, JobStatus.COMPLETED, null, null, cancelled);
        }
        Node released = isOver && isHeldBack(second) ? second : null;
        return released != null || !cancelled.isEmpty()
                ? new Move(parent, JobStatus.WAITING, null, released, cancelled)
                : null;
    }

    /** Only the moment counts in which one fails: one that comes later, or is retried, is left alone. */
    private List<Node> cancelledForSiblings(Node parent, List<Node> firstParts) {
        if (!parent.cancelsSiblings || jobs.childrenOf(parent.name).stream().noneMatch(newlyBad::contains)) {
            return List.of();
        }
        return firstParts.stream()
                .filter(child -> child.isOpen() && !child.isToBeCancelled)
                .toList();
    }

    private static boolean failsForFirstParts(Node parent, List<Node> firstParts, boolean isOver) {
        boolean isBad = firstParts.stream().anyMatch(Node::isBad);
        return switch (parent.onChildFailure) {
            case FAIL_AT_ONCE -> isBad;
            case FAIL_AT_END -> isOver && isBad;
            case IGNORE -> false;
        };
    }

    /** A finisher fails its parent word for word. */
    private static @Nullable Why whyOf(Node second, int children) {
        return second.hasFailed() ? second.why : Why.cancelled(1, children);
    }

    /** Whether it waits for its siblings, and not for children of its own. */
    private static boolean isHeldBack(@Nullable Node second) {
        return second != null && second.waits() && !second.isParent;
    }

    private @Nullable Move moveOfSuccessor(Node job) {
        List<Node> before = job.predecessors.stream().map(jobs::get).toList();
        boolean isAnyBad = before.stream().anyMatch(Node::isBad);
        if (isAnyBad && job.onPredecessorFailure == PredecessorFailurePolicy.CANCEL) {
            return new Move(job, JobStatus.CANCELLED, null);
        }
        if (isAnyBad && job.onPredecessorFailure == PredecessorFailurePolicy.FAIL) {
            return new Move(job, JobStatus.FAILED, Why.predecessor(before));
        }
        return before.stream().anyMatch(Node::isOpen) ? null : new Move(job, JobStatus.PENDING, null);
    }

    private void make(Move move) {
        Node job = move.job;
        jobs.childrenOf(job.name).forEach(newlyBad::remove);
        Node second = jobs.finisherOf(job.name);
        if (move.next == JobStatus.COMPLETED) {
            end(job, JobStatus.COMPLETED, null);
            job.percent = 100;
            job.result = second == null ? job.result : second.result;
        } else if (move.next.isFinal()) {
            end(job, move.next, move.why);
            job.percent = job.isParent ? mean(job) : job.percent;
            if (isHeldBack(second)) {
                cancel(second);
            }
        } else {
            job.status = move.next;
        }
        if (move.released != null) {
            move.released.status = JobStatus.PENDING;
        }
        move.cancelled.forEach(this::cancel);
    }

    private @Nullable Integer mean(Node parent) {
        int sum = 0;
        for (Node child : jobs.childrenOf(parent.name)) {
            if (child.percent == null) {
                return null;
            }
            sum += child.percent;
        }
        // It has not come to its end.
        return Math.min(99, sum / jobs.childrenOf(parent.name).size());
    }
}
