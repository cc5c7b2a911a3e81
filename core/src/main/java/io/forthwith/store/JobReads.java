package io.forthwith.store;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.job.ChildPages;
import io.forthwith.store.label.LabelStore;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Reads jobs and what belongs to them. A role of {@link JobStore}. Each call is one consistent read and changes nothing. */
public interface JobReads {
    /** The job with this id; empty if there is none. */
    Optional<Job> find(UUID id);

    /**
     * Which of these jobs are open, to wait for the others: an id that is not in the answer has ended or does not exist. A client asks this some ten times a second
     * while threads wait, so it should be one cheap read. By default it finds each job.
     *
     * @param ids distinct, some thousand at the most
     */
    default Set<UUID> openAmong(List<UUID> ids) {
        Set<UUID> open = new HashSet<>();
        for (UUID id : ids) {
            if (find(id).filter(job -> !job.status().isFinal()).isPresent()) {
                open.add(id);
            }
        }
        return open;
    }

    /**
     * The jobs that a query selects, highest id first. The library draws ids that grow with time, so that is newest first. A later version may add parts to a query, so a
     * store that filters by itself also asks {@link JobQuery#selects}.
     */
    List<Job> scan(JobQuery query);

    /** How many jobs a query selects. */
    long countByScan(JobQuery query);

    /**
     * Looks for the jobs that a query selects, highest id first, as {@link #scan} gives them, but without input and result, and looks at a
     * limited number of jobs, so that it ends soon however many there are. {@link JobPage#next} goes on where this has ended; all pages together
     * have all jobs that the query selects.
     *
     * <p>With {@link JobQuery#since}, a job may be left out whose id is an UUIDv7 that is more than an hour older than its row: it was made long before it was
     * enqueued.
     *
     * @param budget the most jobs to look at, 1 or more; a store may look at some thousand more if that answers at once
     */
    JobPage search(JobQuery query, int budget);

    /**
     * Counts the jobs that a query selects, up to a number, and looks at a limited number of jobs. It ignores {@link JobQuery#before} and {@link
     * JobQuery#atMost()}; {@link #search} says what {@link JobQuery#since} may leave out.
     *
     * @param atMost where to stop counting, 1 or more
     * @param budget the most jobs to look at, 1 or more; twice as many with {@code since}
     */
    BoundedCount countUpTo(JobQuery query, int atMost, int budget);

    /**
     * The children of a job in the order of their positions, without its finisher. Children without a position, which another program or
     * an older version of the library has written, come last, in the order of their ids. {@link ChildPages} reads all pages.
     *
     * @param after selects children with a higher position, and those without one: 0 for the first page, then the highest position read
     * @param atMost the most children to return
     */
    List<Job> children(UUID parentId, int after, int atMost);

    /** The predecessors of a job that still exist, in the order in which the job names them. */
    List<Job> predecessors(UUID id);

    /**
     * The jobs that name this one as a predecessor, in the order of their ids.
     *
     * @param atMost the most jobs to return, 1 or more
     */
    List<Job> successors(UUID id, int atMost);

    /** The failed attempts of a job, the first one first. */
    List<FailedAttempt> failures(UUID id);

    /**
     * Labels, by which {@link JobQuery#label} selects; empty if this store has none, and then a client refuses such queries. By default empty.
     */
    default Optional<LabelStore> labels() {
        return Optional.empty();
    }

    /** The durable steps of a job in the order in which they were begun, including those of rounds before a retry by hand. */
    List<JobStep> steps(UUID jobId);
}
