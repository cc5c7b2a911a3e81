package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.LibraryOnly;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The relations of a job to other jobs, apart from {@link Job#parentId}: as a child, as a parent, as a predecessor and
 * as a successor. Immutable.
 */
@CheckReturnValue
public final class JobRelations {
    /** The position of a finisher, which runs after all other children of its parent. */
    public static final int FINISHER = 0;

    /** The relations of a job that has none. */
    public static final JobRelations NONE =
            new JobRelations(LibraryOnly.KEY, null, false, true, ChildFailurePolicy.FAIL_AT_ONCE, false, null, false);

    private final @Nullable Integer position;
    private final boolean isParent;
    private final boolean isSealed;
    private final ChildFailurePolicy onChildFailure;
    private final boolean cancelsOtherChildren;
    private final @Nullable PredecessorFailurePolicy onPredecessorFailure;
    private final boolean hasSuccessors;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations(
            LibraryOnly by,
            @Nullable Integer position,
            boolean isParent,
            boolean isSealed,
            ChildFailurePolicy onChildFailure,
            boolean cancelsOtherChildren,
            @Nullable PredecessorFailurePolicy onPredecessorFailure,
            boolean hasSuccessors) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(onChildFailure, "onChildFailure");
        this.position = position;
        this.isParent = isParent;
        this.isSealed = isSealed;
        this.onChildFailure = onChildFailure;
        this.cancelsOtherChildren = cancelsOtherChildren;
        this.onPredecessorFailure = onPredecessorFailure;
        this.hasSuccessors = hasSuccessors;
    }

    /**
     * Its position among the children of its parent, counted from 1; {@link #FINISHER} for the finisher, which runs after the others; null if it has
     * no parent.
     */
    public @Nullable Integer position() {
        return position;
    }

    /** Whether it has children or can get some; it then waits for them, and does not run or has run already. */
    public boolean isParent() {
        return isParent;
    }

    /** Whether no more children can be added to it. */
    public boolean isSealed() {
        return isSealed;
    }

    /** What happens to it when a child fails or is cancelled. */
    public ChildFailurePolicy onChildFailure() {
        return onChildFailure;
    }

    /** Whether its open children are cancelled when a child fails or is cancelled. */
    public boolean cancelsOtherChildren() {
        return cancelsOtherChildren;
    }

    /** What happens to it when a predecessor fails or is cancelled; null if it has no predecessors. */
    public @Nullable PredecessorFailurePolicy onPredecessorFailure() {
        return onPredecessorFailure;
    }

    /** Whether it is a predecessor of other jobs, which wait for it to complete. */
    public boolean hasSuccessors() {
        return hasSuccessors;
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
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations at(LibraryOnly by, @Nullable Integer place) {
        return new JobRelations(
                by,
                place,
                isParent,
                isSealed,
                onChildFailure,
                cancelsOtherChildren,
                onPredecessorFailure,
                hasSuccessors);
    }

    /** With these policies for children that it may spawn later. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations policies(LibraryOnly by, ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(
                by, position, isParent, isSealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** As a parent with these policies. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations parent(LibraryOnly by, boolean sealed, ChildFailurePolicy onFailure, boolean cancels) {
        return new JobRelations(by, position, true, sealed, onFailure, cancels, onPredecessorFailure, hasSuccessors);
    }

    /** As a parent to which no more children can be added. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations sealed(LibraryOnly by) {
        return parent(LibraryOnly.KEY, true, onChildFailure, cancelsOtherChildren);
    }

    /** As a job that has predecessors. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations after(LibraryOnly by, PredecessorFailurePolicy onFailure) {
        return new JobRelations(
                by, position, isParent, isSealed, onChildFailure, cancelsOtherChildren, onFailure, hasSuccessors);
    }

    /** As a job that has successors. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobRelations withSuccessors(LibraryOnly by) {
        return new JobRelations(
                by, position, isParent, isSealed, onChildFailure, cancelsOtherChildren, onPredecessorFailure, true);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobRelations that
                && Objects.equals(position, that.position)
                && isParent == that.isParent
                && isSealed == that.isSealed
                && Objects.equals(onChildFailure, that.onChildFailure)
                && cancelsOtherChildren == that.cancelsOtherChildren
                && Objects.equals(onPredecessorFailure, that.onPredecessorFailure)
                && hasSuccessors == that.hasSuccessors;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                position,
                isParent,
                isSealed,
                onChildFailure,
                cancelsOtherChildren,
                onPredecessorFailure,
                hasSuccessors);
    }

    @Override
    public String toString() {
        return "JobRelations[position=" + position + ", isParent=" + isParent + ", isSealed=" + isSealed
                + ", onChildFailure=" + onChildFailure + ", cancelsOtherChildren=" + cancelsOtherChildren
                + ", onPredecessorFailure=" + onPredecessorFailure + ", hasSuccessors=" + hasSuccessors + "]";
    }
}
