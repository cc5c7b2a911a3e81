package io.forthwith;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What ties a job to others, besides {@link Job#parentId}: as a child, as a parent, and in the order in which jobs run.
 * Immutable.
 *
 * @param position its place among the children of its parent, counted from 1; {@link #FINISHER} if it runs after them; null if it has
 *     no parent
 * @param isParent whether it has children or may get some; it then waits for them, and its own part, if it had one, is done
 * @param isSealed whether it gets no more children
 * @param onChildFailure what becomes of it when a child fails or is cancelled
 * @param cancelsSiblings whether its open children are cancelled then
 * @param onPredecessorFailure what becomes of it when a job that it waits for fails or is cancelled; null if it waits for none
 * @param hasSuccessors whether other jobs wait for it to complete
 */
public record JobRelations(
        @Nullable Integer position,
        boolean isParent,
        boolean isSealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings,
        @Nullable PredecessorFailurePolicy onPredecessorFailure,
        boolean hasSuccessors) {
    /** The position of the job that runs after all other children of its parent. */
    public static final int FINISHER = 0;

    /** Those of a job that is on its own. */
    public static final JobRelations NONE =
            new JobRelations(null, false, true, ChildFailurePolicy.FAIL_AT_ONCE, false, null, false);

    /** Checks for null. */
    public JobRelations {
        Objects.requireNonNull(onChildFailure, "onChildFailure");
    }

    /** Whether it runs after all other children of its parent, and its result becomes the parent's. */
    public boolean isFinisher() {
        return position != null && position == FINISHER;
    }

    /** Whether it has predecessors: jobs that had to complete before it could run. */
    public boolean hasPredecessors() {
        return onPredecessorFailure != null;
    }

    /** At this place among the children of its parent. */
    public JobRelations at(@Nullable Integer place) {
        return new JobRelations(
                place, isParent, isSealed, onChildFailure, cancelsSiblings, onPredecessorFailure, hasSuccessors);
    }

    /** With these policies for the children that it may spawn. */
    public JobRelations policies(ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(position, isParent, isSealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** A parent, with these policies. */
    public JobRelations parent(boolean sealed, ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(position, true, sealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** A parent that gets no more children. */
    public JobRelations sealed() {
        return parent(true, onChildFailure, cancelsSiblings);
    }

    /** A job that waits for others first. */
    public JobRelations after(PredecessorFailurePolicy onFailure) {
        return new JobRelations(
                position, isParent, isSealed, onChildFailure, cancelsSiblings, onFailure, hasSuccessors);
    }

    /** A job that others wait for. */
    public JobRelations withSuccessors() {
        return new JobRelations(
                position, isParent, isSealed, onChildFailure, cancelsSiblings, onPredecessorFailure, true);
    }
}
