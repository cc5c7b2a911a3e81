package io.forthwith.store.rules;

import io.forthwith.Job;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a store as {@link RetryRule} reads them. No other transaction may change what was read until the transaction ends. A
 * question is asked only when its answer is needed.
 */
public interface RetryRows {
    /** The children of a job that have failed or were cancelled, its finisher among them. Other children may be among them, too. */
    Collection<Job> endedChildren(Job job);

    /** The predecessors of a job that have failed or were cancelled. Other predecessors may be among them, too. */
    Collection<Job> endedPredecessors(Job job);

    /** The parent of a job; null if it has none, or if that was deleted. */
    @Nullable
    Job parent(Job job);

    /**
     * Whether a job has children although its row does not say that it is a parent, as rows of older versions of this library do. By
     * default never.
     */
    default boolean isUnmarkedParent(Job job) {
        return false;
    }

    /** A job that has yet to undo durable steps of one of these jobs. */
    Optional<UUID> openUndo(List<Job> jobs);

    /** The open job of this type that has this unique key until it has ended. */
    Optional<UUID> keyHolder(String type, String uniqueKey);
}
