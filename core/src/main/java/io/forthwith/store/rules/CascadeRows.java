package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.limit.SequencePlace;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a store within one transaction, as {@link Cascade} reads and writes them. To be implemented by a store.
 *
 * <p>Every method sees what the transaction has put so far, and everything that other transactions committed before it got its locks. A
 * method may throw any exception; the cascade passes it on, and the store then rolls back.
 */
public interface CascadeRows {
    /** The job with this id, which no other transaction can change until this one ends; null if there is none. */
    @Nullable
    Job get(UUID id);

    /**
     * Replaces a job that exists, and adds its undo job if {@link JobMoves#undo} says so.
     *
     * @param moved may be written later, but before the next read
     */
    void put(Job moved);

    /**
     * How many ancestors a job has. Only the order in which waiting jobs are decided depends on it.
     */
    int depth(UUID id);

    /**
     * Those of these parents that have an open child other than their finisher. Some may be left out; then their children are counted.
     */
    Set<UUID> withOpenChildren(Set<UUID> parents);

    /**
     * About how many children these parents have. The progress of a parent with many children is worked out less often. By default the
     * children are counted; a store that can estimate the number for less overrides this.
     */
    default Map<UUID, Integer> sizes(Set<UUID> parents) {
        Map<UUID, Integer> sizes = new HashMap<>();
        children(parents).forEach((parent, children) -> sizes.put(parent, (int) children.total()));
        return sizes;
    }

    /** How many children of these parents are in which status, their finishers left out. A parent without children may be left out. */
    Map<UUID, ChildCounts> children(Set<UUID> parents);

    /** The finisher of each of these parents that has one. */
    Map<UUID, UUID> finishers(Set<UUID> parents);

    /**
     * The children of a parent that are open, its finisher included; and those that have ended but are parents themselves, since jobs below
     * them may be open.
     */
    List<UUID> childrenToCancel(UUID parent);

    /** The failed child of a parent that ended first, its finisher left out; null if none has failed. */
    @Nullable
    FirstFailure firstFailedChild(UUID parent);

    /** The waiting jobs that come after any of these. Jobs that do not wait may be among them. */
    Set<UUID> successors(Set<UUID> predecessors);

    /** Those of these jobs that have an open predecessor. Some may be left out; then their predecessors are counted. */
    Set<UUID> withOpenPredecessors(Set<UUID> jobs);

    /** How many predecessors of these jobs are in which status. A predecessor that was deleted counts as completed. */
    Map<UUID, PredecessorCounts> predecessors(Set<UUID> jobs);

    /** The failed predecessor of a job that ended first; null if none has failed. */
    @Nullable
    FirstFailure firstFailedPredecessor(UUID job);

    /** The open jobs of a sequence whose place is behind this one, the first of them first. */
    List<UUID> behind(SequencePlace place);

    /**
     * The jobs that have not completed and that wait directly for any of these, or would if they were retried: their parents, the finishers
     * of their parents, their own finishers, and the jobs that come after them. {@link NewFamilies#refusal} asks for them.
     */
    default Set<UUID> waiters(Set<UUID> ids) {
        Set<UUID> waiters = new HashSet<>(successors(ids));
        waiters.addAll(finishers(ids).values());
        for (UUID id : ids) {
            Job job = get(id);
            UUID parent = job == null ? null : job.parentId();
            if (parent != null) {
                waiters.add(parent);
                waiters.addAll(finishers(Set.of(parent)).values());
            }
        }
        waiters.removeIf(id -> {
            Job waiter = get(id);
            return waiter == null || waiter.status() == JobStatus.COMPLETED;
        });
        return waiters;
    }

    /**
     * How many children of one parent are in which status, its finisher left out. Immutable.
     *
     * @param total how many there are
     * @param completed how many have completed
     * @param failed how many have failed
     * @param cancelled how many were cancelled
     * @param progressSum the sum of the percentages of all of them
     */
    record ChildCounts(long total, long completed, long failed, long cancelled, long progressSum) {
        /** A parent has no children. */
        public static final ChildCounts NONE = new ChildCounts(0, 0, 0, 0, 0);

        /** How many have not ended. */
        public long open() {
            return total - completed - failed - cancelled;
        }

        /** The same with one more child. */
        public ChildCounts and(Job child) {
            return new ChildCounts(
                    total + 1,
                    completed + one(child.status() == JobStatus.COMPLETED),
                    failed + one(child.status() == JobStatus.FAILED),
                    cancelled + one(child.status() == JobStatus.CANCELLED),
                    progressSum + child.progress().percent());
        }

        private static int one(boolean counts) {
            return counts ? 1 : 0;
        }
    }

    /**
     * How many predecessors of one job are in which status. Immutable.
     *
     * @param open how many have not ended
     * @param failed how many have failed
     * @param cancelled how many were cancelled
     */
    record PredecessorCounts(long open, long failed, long cancelled) {
        /** A job has no predecessors, or all of them have completed. */
        public static final PredecessorCounts NONE = new PredecessorCounts(0, 0, 0);

        /** The same with one more predecessor. */
        public PredecessorCounts and(Job predecessor) {
            return new PredecessorCounts(
                    open + ChildCounts.one(predecessor.status().isOpen()),
                    failed + ChildCounts.one(predecessor.status() == JobStatus.FAILED),
                    cancelled + ChildCounts.one(predecessor.status() == JobStatus.CANCELLED));
        }
    }

    /**
     * The failure that a job repeats when it fails because another job has failed. Immutable.
     *
     * @param message its {@code error_message}
     * @param kind its {@code error_kind}
     * @param code its {@code error_code}
     */
    record FirstFailure(
            @Nullable String message,
            JobError.@Nullable Kind kind,
            @Nullable String code) {
        /**
         * The failure of the job that ended first. Of jobs that ended at the same time, a job that did not fail because of a predecessor goes
         * first, then the one with the lowest id.
         *
         * @param failed jobs that have failed
         * @return null if there are none
         */
        public static @Nullable FirstFailure of(Stream<Job> failed) {
            return failed.min(Comparator.comparing(Job::completedAt)
                            .thenComparing(job -> "predecessor_failed".equals(job.errorCode()))
                            .thenComparing(job -> job.id().toString()))
                    .map(job -> new FirstFailure(job.errorMessage(), job.errorKind(), job.errorCode()))
                    .orElse(null);
        }

        /** The same for jobs of which only some have failed. */
        public static @Nullable FirstFailure among(Collection<Job> jobs) {
            return of(jobs.stream().filter(job -> job.status() == JobStatus.FAILED));
        }
    }
}
