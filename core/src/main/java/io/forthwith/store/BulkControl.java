package io.forthwith.store;

import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.store.rows.AbstractJobStore;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * What people and applications do to many jobs by hand. A role of {@link JobStore}.
 *
 * <p>Each call takes one page of the jobs that a query selects, newest first, and does to each what the single call of {@link JobControl} does. A
 * job to which it cannot be done stays as it is and is counted. Nothing waits for a job without relatives that another transaction has locked: such a job also stays as it is, and is counted as locked. Each job is atomic by itself;
 * a store may put several into one transaction. Pages follow each other by descending ids, so a job is on one page only, whatever becomes of it.
 *
 * <p>Another call may change a job after a page was listed and before the turn of the job comes. The job is done only if its status still allows
 * it. Whether the rest of the query is tested again depends on the store. The stores for SQL databases test it on the locked row: a job that has
 * moved to another queue, for example, stays as it is and is not counted. The default methods of {@link JobStore}, which {@link AbstractJobStore}
 * has too, do not test it again.
 *
 * <p>{@link JobQuery#atMost()} is the size of the page. The answer says how many jobs of the page were done or left, and where the next page begins.
 */
public interface BulkControl {
    /**
     * Retries failed and cancelled jobs as {@link JobControl#retry}.
     *
     * @param page without a status it means failed and cancelled jobs
     * @throws IllegalArgumentException if the query names a status that cannot be retried; nothing is changed
     */
    BulkResult retryPage(JobQuery page);

    /**
     * Cancels open jobs as {@link JobControl#cancel}. A child whose waiting parent is selected too is cancelled with it ({@link #toCancelFor}).
     *
     * @param page without a status it means pending, running and waiting jobs
     * @param locale the language of messages, as there
     * @throws IllegalArgumentException if the query names a status in which jobs have ended; nothing is changed
     */
    BulkResult cancelPage(JobQuery page, Locale locale);

    /**
     * Changes open jobs as {@link JobControl#change}.
     *
     * @param page without a status it means pending, running and waiting jobs
     * @throws IllegalArgumentException if the query names a status in which jobs have ended, or the change is empty; nothing is changed
     */
    BulkResult changePage(JobQuery page, JobChange change);

    /**
     * The job to cancel for one that a query selects, when all that it selects is cancelled: the highest of its waiting ancestors, as far up as the
     * query selects them. If the children were cancelled first, their parent would fail because of them.
     *
     * @param parents finds a parent
     */
    static Job toCancelFor(Job selected, JobQuery query, Function<UUID, Optional<Job>> parents) {
        Job top = selected;
        // Another program may have written a job that is its own ancestor.
        for (Set<UUID> seen = new HashSet<>(); top.parentId() != null && seen.add(top.id()); ) {
            Optional<Job> parent = parents.apply(top.parentId())
                    .filter(job -> job.status() == JobStatus.WAITING && query.selects(job));
            if (parent.isEmpty()) {
                break;
            }
            top = parent.get();
        }
        return top;
    }
}
