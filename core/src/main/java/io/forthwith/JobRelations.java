package io.forthwith;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The relations of a job to other jobs, apart from {@link Job#parentId}: as a child, as a parent, as a predecessor and
 * as a successor. Immutable.
 *
 * @param position its position among the children of its parent, counted from 1; {@link #FINISHER} for the finisher,
 *     which runs after the others; null if it has no parent
 * @param isParent whether it has children or can get some; it then waits for them, and does not run or has run already
 * @param isSealed whether no more children can be added to it
 * @param onChildFailure what happens to it when a child fails or is cancelled
 * @param cancelsSiblings whether its open children are cancelled when a child fails or is cancelled
 * @param onPredecessorFailure what happens to it when a predecessor fails or is cancelled; null if it has no
 *     predecessors
 * @param hasSuccessors whether it is a predecessor of other jobs, which wait for it to complete
 */
public record JobRelations(
        @Nullable Integer position,
        boolean isParent,
        boolean isSealed,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings,
        @Nullable PredecessorFailurePolicy onPredecessorFailure,
        boolean hasSuccessors) {
    /** The position of a finisher, which runs after all other children of its parent. */
    public static final int FINISHER = 0;

    /** The relations of a job that has none. */
    public static final JobRelations NONE =
            new JobRelations(null, false, true, ChildFailurePolicy.FAIL_AT_ONCE, false, null, false);

    /** Refuses null where it is not allowed. */
    public JobRelations {
        Objects.requireNonNull(onChildFailure, "onChildFailure");
    }

    /**
     * Whether it is a finisher: it runs after all other children of its parent, and its result becomes that of the
     * parent.
     */
    public boolean isFinisher() {
        return position != null && position == FINISHER;
    }

    /** Whether it has predecessors: jobs that must complete before it can run. */
    public boolean hasPredecessors() {
        return onPredecessorFailure != null;
    }

    /** With this position among the children of its parent. */
    public JobRelations at(@Nullable Integer place) {
        return new JobRelations(
                place, isParent, isSealed, onChildFailure, cancelsSiblings, onPredecessorFailure, hasSuccessors);
    }

    /** With these policies for children that it may spawn later. */
    public JobRelations policies(ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(position, isParent, isSealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** As a parent with these policies. */
    public JobRelations parent(boolean sealed, ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(position, true, sealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** As a parent to which no more children can be added. */
    public JobRelations sealed() {
        return parent(true, onChildFailure, cancelsSiblings);
    }

    /** As a job that has predecessors. */
    public JobRelations after(PredecessorFailurePolicy onFailure) {
        return new JobRelations(
                position, isParent, isSealed, onChildFailure, cancelsSiblings, onFailure, hasSuccessors);
    }

    /** As a job that has successors. */
    public JobRelations withSuccessors() {
        return new JobRelations(
                position, isParent, isSealed, onChildFailure, cancelsSiblings, onPredecessorFailure, true);
    }
}
