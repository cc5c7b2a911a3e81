package io.forthwith.store.kit.internal.random;

import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parents, children and jobs that come after others in the model: what follows when jobs have moved, by brute force. While there are
 * waiting jobs that should move, the deepest of them are moved. Of those that are equally deep the parents move first, all at once,
 * and then those that come after others.
 */
final class ModelFamilies {
    private final ModelJobs jobs;
    /** Jobs that failed or were cancelled in this transaction, and whose parents have not been examined since. */
    private final Set<ModelJob> newlyBad = new HashSet<>();

    /** Counts the transactions. */
    private int step;

    ModelFamilies(ModelJobs jobs) {
        this.jobs = jobs;
    }

    /** Counts further transactions. */
    void goOnFrom(ModelFamilies other) {
        step = other.step;
    }

    void end(ModelJob job, JobStatus how, @Nullable ModelError why) {
        job.end(how, why);
        job.endedAt = jobs.now;
        job.endedInStep = step;
        if (how != JobStatus.COMPLETED) {
            newlyBad.add(job);
        }
    }

    /** Cancels an open job and all open jobs below it. */
    void cancel(ModelJob job) {
        if (job.status == JobStatus.PROCESSING) {
            job.cancelRequested = true;
        } else if (job.isOpen()) {
            end(job, JobStatus.CANCELLED, null);
        }
        jobs.childrenOf(job.name).forEach(this::cancel);
    }

    /** Repeats until no job changes. */
    void settle() {
        while (true) {
            List<Move> moves = jobs.all().stream()
                    .filter(ModelJob::waits)
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
     * What happens to a waiting job.
     *
     * @param next what it becomes; waiting if it is not itself that moves
     * @param released its finisher, if that may run
     * @param cancelled those that are cancelled for a sibling
     */
    private record Move(
            ModelJob job,
            JobStatus next,
            @Nullable ModelError why,
            @Nullable ModelJob released,
            List<ModelJob> cancelled) {
        Move(ModelJob job, JobStatus next, @Nullable ModelError why) {
            this(job, next, why, null, List.of());
        }
    }

    private @Nullable Move moveOf(ModelJob job) {
        if (job.isParent) {
            return moveOfParent(job);
        }
        return job.isFinisher ? null : moveOfSuccessor(job);
    }

    private @Nullable Move moveOfParent(ModelJob parent) {
        List<ModelJob> others = jobs.othersOf(parent.name);
        ModelJob finisher = jobs.finisherOf(parent.name);
        boolean isOver = parent.isSealed && others.stream().noneMatch(ModelJob::isOpen);
        List<ModelJob> cancelled = cancelledForSiblings(parent, others);
        boolean isForOthers = failsForOthers(parent, others, isOver);
        if (isForOthers) {
            return new Move(parent, JobStatus.FAILED, ModelError.children(others), null, cancelled);
        }
        // A finisher that was cancelled while it waited leaves nothing to wait for.
        if (finisher != null && finisher.isRetryable()) {
            return new Move(parent, JobStatus.FAILED, whyOf(finisher, others.size() + 1), null, cancelled);
        }
        if (isOver && (finisher == null || finisher.status == JobStatus.COMPLETED)) {
            return new Move(parent, JobStatus.COMPLETED, null, null, cancelled);
        }
        ModelJob released = isOver && finisher != null && isHeldBack(finisher) ? finisher : null;
        return released != null || !cancelled.isEmpty()
                ? new Move(parent, JobStatus.WAITING, null, released, cancelled)
                : null;
    }

    /** Open children at the moment at which one fails. A child that is added or retried later is left alone. */
    private List<ModelJob> cancelledForSiblings(ModelJob parent, List<ModelJob> others) {
        if (!parent.cancelsOtherChildren
                || jobs.childrenOf(parent.name).stream().noneMatch(newlyBad::contains)) {
            return List.of();
        }
        return others.stream()
                .filter(child -> child.isOpen() && !child.cancelRequested)
                .toList();
    }

    private static boolean failsForOthers(ModelJob parent, List<ModelJob> others, boolean isOver) {
        boolean isBad = others.stream().anyMatch(ModelJob::isRetryable);
        return switch (parent.onChildFailure) {
            case FAIL_AT_ONCE -> isBad;
            case FAIL_AT_END -> isOver && isBad;
            case IGNORE -> false;
        };
    }

    /** A finisher fails its parent word for word. */
    private static @Nullable ModelError whyOf(ModelJob finisher, int children) {
        return finisher.hasFailed() ? finisher.error : ModelError.cancelled(1, children);
    }

    /** Whether it waits for its siblings, and not for children of its own. */
    private static boolean isHeldBack(ModelJob finisher) {
        return finisher.waits() && !finisher.isParent;
    }

    private @Nullable Move moveOfSuccessor(ModelJob job) {
        List<ModelJob> before = jobs.predecessorsOf(job);
        boolean isAnyBad = before.stream().anyMatch(ModelJob::isRetryable);
        if (isAnyBad && job.onPredecessorFailure == PredecessorFailurePolicy.CANCEL) {
            return new Move(job, JobStatus.CANCELLED, null);
        }
        if (isAnyBad && job.onPredecessorFailure == PredecessorFailurePolicy.FAIL) {
            return new Move(job, JobStatus.FAILED, ModelError.predecessor(before));
        }
        return before.stream().anyMatch(ModelJob::isOpen) ? null : new Move(job, JobStatus.PENDING, null);
    }

    private void make(Move move) {
        ModelJob job = move.job;
        jobs.childrenOf(job.name).forEach(newlyBad::remove);
        ModelJob finisher = jobs.finisherOf(job.name);
        if (move.next == JobStatus.COMPLETED) {
            end(job, JobStatus.COMPLETED, null);
            job.result = finisher == null ? job.result : finisher.result;
        } else if (move.next.isFinal()) {
            end(job, move.next, move.why);
            if (job.isParent) {
                showMean(job);
            }
            if (finisher != null && isHeldBack(finisher)) {
                cancel(finisher);
            }
        } else {
            release(job, move.next);
        }
        if (move.released != null) {
            release(move.released, JobStatus.PENDING);
        }
        move.cancelled.forEach(this::cancel);
    }

    private void release(ModelJob job, JobStatus next) {
        job.status = next;
        job.dueAt = Math.max(job.dueAt, jobs.now);
    }

    private void showMean(ModelJob parent) {
        List<ModelJob> children = jobs.childrenOf(parent.name);
        parent.knowsPercent = children.stream().allMatch(child -> child.knowsPercent);
        if (parent.knowsPercent) {
            int sum = children.stream()
                    .mapToInt(child -> child.progress.percent())
                    .sum();
            // It has not completed.
            parent.progress = parent.progress.withPercent(Math.min(99, sum / children.size()));
        }
    }
}
