package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
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
 * The rows of a store within one atomic step, as {@link Cascade} reads and writes them. Every method sees what the step has put so
 * far, and everything that others have committed before the step got its locks.
 */
public interface CascadeRows {
    /** The job with this id, which nobody else can change before the step is over; null if there is none. */
    @Nullable
    Job get(UUID id);

    /**
     * Replaces a job that exists, and adds the job that undoes its steps ({@link Transitions#undo}), if that is due.
     *
     * @param moved not written before the next read, if that is how the store likes it
     */
    void put(Job moved);

    /**
     * How many ancestors a job has, as far as they have been looked at in this step. Who is decided first hangs on it and nothing
     * else.
     */
    int depth(UUID id);

    /** Those of these parents that have an open child, apart from their finisher; some may be left out, which are then counted. */
    Set<UUID> withOpenChildren(Set<UUID> parents);

    /**
     * About how many children these parents have, by which it is decided whether to count them. By default they are counted for
     * that: to be overridden where it costs less to guess.
     */
    default Map<UUID, Integer> sizes(Set<UUID> parents) {
        Map<UUID, Integer> sizes = new HashMap<>();
        children(parents).forEach((parent, children) -> sizes.put(parent, (int) children.total()));
        return sizes;
    }

    /** How the children of these parents stand, apart from their finisher; none for a parent without children. */
    Map<UUID, Children> children(Set<UUID> parents);

    /** The finisher of each of these parents that has one. */
    Map<UUID, UUID> finishers(Set<UUID> parents);

    /**
     * The children of a parent that are open, its finisher included; and those that have ended but are parents themselves, below
     * whom something may be open.
     */
    List<UUID> childrenToCancel(UUID parent);

    /** The failed child of a parent that ended first, apart from its finisher; null if none has failed. */
    @Nullable
    FirstFailure firstFailedChild(UUID parent);

    /** The jobs that come after any of these, those at least that are waiting. */
    Set<UUID> successors(Set<UUID> predecessors);

    /** Those of these jobs that come after one that is open; some may be left out, which are then counted. */
    Set<UUID> withOpenPredecessors(Set<UUID> jobs);

    /** How the predecessors of these jobs stand; what no longer exists counts as completed. */
    Map<UUID, Predecessors> predecessors(Set<UUID> jobs);

    /** The failed predecessor of a job that ended first; null if none has failed. */
    @Nullable
    FirstFailure firstFailedPredecessor(UUID job);

    /**
     * The jobs that wait, each directly, for any of these, by whatever tie, or would if they were retried: see {@link NewFamilies#refusal}.
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
     * How the children of one parent stand.
     *
     * @param total all of them
     * @param completed those completed
     * @param failed those failed
     * @param cancelled those cancelled
     * @param progressSum the sum of all their percentages
     */
    record Children(long total, long completed, long failed, long cancelled, long progressSum) {
        /** Of a parent that has none. */
        public static final Children NONE = new Children(0, 0, 0, 0, 0);

        /** Those that have not ended. */
        public long open() {
            return total - completed - failed - cancelled;
        }

        /** One child more. */
        public Children and(Job child) {
            return new Children(
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
     * How the predecessors of one job stand.
     *
     * @param open those that have not ended
     * @param failed those failed
     * @param cancelled those cancelled
     */
    record Predecessors(long open, long failed, long cancelled) {
        /** Of a job that has none, or whose predecessors have all completed. */
        public static final Predecessors NONE = new Predecessors(0, 0, 0);

        /** One predecessor more. */
        public Predecessors and(Job predecessor) {
            return new Predecessors(
                    open + Children.one(predecessor.status().isOpen()),
                    failed + Children.one(predecessor.status() == JobStatus.FAILED),
                    cancelled + Children.one(predecessor.status() == JobStatus.CANCELLED));
        }
    }

    /**
     * What those repeat who fail because another job has failed.
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
         * Of jobs that have failed: the one that ended first, of those that ended in the same step one that did not fail for a
         * predecessor, and the lowest id then.
         */
        public static @Nullable FirstFailure of(Stream<Job> failed) {
            return failed.min(Comparator.comparing(Job::completedAt)
                            .thenComparing(job -> "predecessor_failed".equals(job.errorCode()))
                            .thenComparing(job -> job.id().toString()))
                    .map(job -> new FirstFailure(job.errorMessage(), job.errorKind(), job.errorCode()))
                    .orElse(null);
        }

        /** The same of a mixed lot. */
        public static @Nullable FirstFailure among(Collection<Job> jobs) {
            return of(jobs.stream().filter(job -> job.status() == JobStatus.FAILED));
        }
    }
}
