package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.JobMoves;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * One transaction of an {@link AbstractJobStore} in which jobs move, all at one time. At its end every job that has to follow moves once, as
 * the state of the jobs that it waits for then demands. Not thread-safe.
 */
final class RowTransaction {
    private final JobRowAccess rows;
    private final JobMoves transitions;
    private final RowFamilies families;
    private final Cascade cascade;
    private final List<Claim> cancelRequested = new ArrayList<>();
    private boolean hasChangedDueJobs;

    RowTransaction(JobRowAccess rows, JobMoves transitions) {
        this.rows = rows;
        this.transitions = transitions;
        this.families = new RowFamilies(rows, transitions);
        this.cascade = new Cascade(transitions, families);
    }

    /** For reading, and for rows that no other job depends on. Jobs that move are put by the methods of this class. */
    JobRowAccess rows() {
        return rows;
    }

    JobMoves transitions() {
        return transitions;
    }

    /** Parents, children, predecessors and successors. */
    RowFamilies relatives() {
        return families;
    }

    /** Adds a new job; one that waits is checked at the end. */
    void add(Job job) {
        families.add(job);
        if (job.status() == JobStatus.WAITING) {
            look(job.id(), Locale.ENGLISH);
        }
    }

    /** Puts a pending or waiting job with another input, which may be due earlier or later than before. */
    void replace(Job job) {
        families.add(job);
    }

    /** Puts a job that has moved; the jobs that depend on it follow. */
    void move(Job moved, Locale locale) {
        cascade.move(moved, locale);
    }

    /** Deletes a job that has run and that no other job depends on. */
    void delete(Job job) {
        rows.delete(job.id());
        // Its permits are free now.
        hasChangedDueJobs |= !job.limits().isEmpty();
    }

    /** Has a waiting job checked at the end. */
    void look(UUID id, Locale locale) {
        cascade.look(id, locale);
    }

    /** Puts the progress of a job. */
    void progress(Job job) {
        rows.put(job);
        cascade.progressed(job);
    }

    /** Puts a job that has not moved, but was changed by hand. */
    void change(Job changed, boolean isDue) {
        rows.put(changed);
        hasChangedDueJobs |= isDue;
    }

    /** Requests the cancellation of a running job; its worker gets a hint after the transaction. */
    void requestCancel(CancelRule.RequestCancel request) {
        if (request.requested() != null) {
            rows.put(request.requested());
        }
        if (request.claim() != null) {
            cancelRequested.add(request.claim());
        }
    }

    /** Moves every job that has to follow. */
    void end() {
        cascade.settle();
        cancelRequested.addAll(cascade.cancelRequested());
    }

    /** The claims of jobs to cancel. Their workers get a hint after the transaction is durable. */
    List<Claim> cancelRequested() {
        return cancelRequested;
    }

    /** Whether the transaction added pending jobs, made waiting or ended jobs pending, or changed due ones by hand. */
    boolean hasReleased() {
        return hasChangedDueJobs || families.hasReleased();
    }
}
