package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a store within one atomic step, and the questions by which they are found: all that an {@link AbstractJobStore} has to know
 * of its engine. What is to become of jobs is decided by others.
 *
 * <p>Every method sees what the step has put so far. Most questions want an index, which a few of them name, and {@link #put(Job)} and
 * {@link #delete} keep them all.
 *
 * <p><b>Order.</b> Ids are in the order of their text, or of unsigned bytes; {@link UUID#compareTo} compares signed numbers.
 *
 * <p><b>Streams</b> may read as they are consumed. They are consumed within the step, many of them not to their end, nothing is put or
 * deleted meanwhile, and none is closed: what they have open is for the end of the step to close. Lists are as things stood.
 *
 * <p>Need not be thread-safe: a step is done by one thread.
 */
public interface JobRows {
    /** The job with this id; null if there is none. */
    @Nullable
    Job get(UUID id);

    /** Adds a job, or replaces the one with its id. All fields are to be kept, times to the microsecond. */
    void put(Job job);

    /**
     * Deletes a job that exists with its failed attempts, its steps, and whom it comes after. Nobody comes after it from now on: another one
     * may get its id.
     */
    void delete(UUID id);

    /**
     * The pending jobs of a queue that have this priority and are due at {@code now} or before: those due longest first, then lower ids
     * first. Asked at every claim, for each priority until there are enough, so they must be found without reading others.
     */
    Stream<Job> due(String queue, int priority, Instant now);

    /** The jobs that are processing, in any order. */
    Stream<Job> running();

    /** Those of them that this worker holds. Asked whenever it beats. */
    Stream<Job> heldBy(UUID workerId);

    /** The jobs that ended in this status at {@code until} or before, best those first that ended first. */
    Stream<Job> ended(JobStatus status, Instant until);

    /** All jobs, the highest id first; or only those with a lower id than {@code before}. */
    Stream<Job> newestFirst(@Nullable UUID before);

    /** The open job of this type that has this unique key. */
    Optional<UUID> holderOf(String type, String uniqueKey);

    /**
     * The children of a job with a {@linkplain io.forthwith.JobRelations#position place} above {@code after}, in the order of their places; its
     * finisher, whose place is 0, among them if {@code after} is below that. Those without a place, if the store can have any, are
     * always there, and come last. Equals go by id.
     */
    Stream<Job> children(UUID parent, int after);

    /**
     * Whether a child of a job is open, apart from its finisher. Asked whenever a child ends: must not read all of them where they
     * may be many.
     */
    boolean hasOpenChild(UUID parent);

    /** The highest place among the children of a job; 0 if it has none. Must not read all of them either. */
    int lastPosition(UUID parent);

    /** Notes, once, which jobs one comes after that has just been put. */
    void comesAfter(UUID job, List<UUID> predecessors);

    /** The jobs that a job comes after, as far as they still exist, in the order in which they were noted. */
    List<Job> predecessors(UUID job);

    /** The jobs that come after a job, in any order. */
    Collection<UUID> successors(UUID job);

    /** The failed attempts of a job, by claim. */
    List<JobFailure> failures(UUID job);

    /** Adds a failed attempt; job and claim are those of no other. */
    void put(JobFailure failure);

    /** The durable steps of a job, by {@linkplain JobStep#position position}. */
    List<JobStep> steps(UUID job);

    /** Adds a durable step, or replaces the one of its job that has its position. */
    void put(JobStep step);

    /**
     * When the lease of each worker ends; to be read and changed. Where all workers live in the process that has the rows, a map in its
     * memory will do, and a step that is undone need not undo what it changed there.
     */
    Map<UUID, Instant> leases();
}
