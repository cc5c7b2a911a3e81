package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.Transitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * One atomic step of an {@link AbstractJobStore} in which jobs move, at one moment, and at its end all that have to follow, each once, as
 * those they wait for then stand. Not thread-safe.
 */
final class RowTransaction {
    private final JobRows rows;
    private final Transitions moves;
    private final RowFamilies stepRows;
    private final Cascade cascade;
    private final List<Claim> cancelRequested = new ArrayList<>();

    RowTransaction(JobRows rows, Transitions moves) {
        this.rows = rows;
        this.moves = moves;
        this.stepRows = new RowFamilies(rows, moves);
        this.cascade = new Cascade(moves, stepRows);
    }

    /** For what follows from nothing and has nothing follow; jobs that move go by the methods of the step. */
    JobRows rows() {
        return rows;
    }

    Transitions moves() {
        return moves;
    }

    /** Who belongs to whom. */
    RowFamilies relatives() {
        return stepRows;
    }

    /** Adds a job that is new; one that waits is looked at in the end. */
    void add(Job job) {
        stepRows.add(job);
        if (job.status() == JobStatus.WAITING) {
            look(job.id(), Locale.ENGLISH);
        }
    }

    /** Puts a job that has moved, and has those follow who have to. */
    void move(Job moved, Locale locale) {
        cascade.move(moved, locale);
    }

    /** Has a waiting job looked at in the end. */
    void look(UUID id, Locale locale) {
        cascade.look(id, locale);
    }

    /** Puts the progress of a job. */
    void progress(Job job) {
        rows.put(job);
        cascade.progressed(job);
    }

    /** Asks the worker of a running job to stop. */
    void requestCancel(CancelRule.RequestCancel request) {
        if (request.requested() != null) {
            rows.put(request.requested());
        }
        if (request.claim() != null) {
            cancelRequested.add(request.claim());
        }
    }

    /** Has all follow that have to. */
    void end() {
        cascade.settle();
        cancelRequested.addAll(cascade.cancelRequested());
    }

    /** The claims whose workers are to be asked to stop, once the step is durable. */
    List<Claim> cancelRequested() {
        return cancelRequested;
    }

    /** Whether jobs may be claimed now that were not there before, or were waiting or had ended. */
    boolean hasReleased() {
        return stepRows.hasReleased();
    }
}
