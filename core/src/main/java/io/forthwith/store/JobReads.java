package io.forthwith.store;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads jobs and what belongs to them. A role of {@link JobStore}. Each call is one consistent read and changes nothing. */
public interface JobReads {
    /** The job with this id; empty if there is none. */
    Optional<Job> find(UUID id);

    /** The jobs that a query selects, highest id first. The library draws ids that grow with time, so that is newest first. */
    List<Job> list(JobQuery query);

    /** How many jobs a query selects. */
    long count(JobQuery query);

    /**
     * The children of a job in the order of their positions, without its finisher. Children without a position, which another program or
     * an older version of the library has written, come last, in the order of their ids. {@link ChildPages} reads all pages.
     *
     * @param after selects children with a higher position, and those without one: 0 for the first page, then the highest position read
     * @param limit the most children to return
     */
    List<Job> children(UUID parentId, int after, int limit);

    /** The predecessors of a job that still exist, in the order in which the job names them. */
    List<Job> predecessors(UUID id);

    /** The failed attempts of a job, the first one first. */
    List<FailedAttempt> failures(UUID id);

    /** The durable steps of a job in the order in which they were begun, including those of rounds before a retry by hand. */
    List<JobStep> steps(UUID jobId);
}
