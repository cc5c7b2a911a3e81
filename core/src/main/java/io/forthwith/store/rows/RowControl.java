package io.forthwith.store.rows;

import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rules.RetryFamily;
import io.forthwith.store.rules.Transitions;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** What people ask for, within an atomic step: to seal, to cancel, to retry. */
final class RowControl {
    private final RowTransaction step;
    private final JobRows rows;
    private final Transitions moves;

    RowControl(RowTransaction step) {
        this.step = step;
        this.rows = step.rows();
        this.moves = step.moves();
    }

    SealResult seal(UUID id, Locale locale) {
        Job group = rows.get(id);
        if (group == null || group.relations().isSealed()) {
            return group == null ? SealResult.NOT_FOUND : SealResult.ALREADY_SEALED;
        }
        rows.put(moves.seal(group));
        step.look(id, locale);
        return SealResult.SEALED;
    }

    CancelResult cancel(UUID id, Locale locale) {
        Job job = rows.get(id);
        if (job == null) {
            return CancelResult.NOT_FOUND;
        }
        if (job.status().isFinal()) {
            return CancelResult.ALREADY_ENDED;
        }
        if (job.isUndo()) {
            return CancelResult.NOT_CANCELLABLE;
        }
        if (job.status() == JobStatus.PROCESSING) {
            step.requestCancel(job);
            return CancelResult.REQUESTED;
        }
        step.move(moves.cancel(job), locale);
        return CancelResult.CANCELLED;
    }

    RetryResult retry(UUID id) {
        Job job = rows.get(id);
        if (job == null) {
            return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
        }
        if (!Transitions.isRetryable(job)) {
            return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
        }
        RetryFamily family = RetryFamily.of(job, step.relatives());
        RowSteps stepping = new RowSteps(rows, moves);
        Optional<UUID> undo =
                family.members().stream().flatMap(stepping::openUndos).findFirst();
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Optional<UUID> holder = new OpenKeys(rows).holder(family.members());
        if (holder.isPresent()) {
            return RetryResult.conflict(holder.get());
        }
        family.retried(moves).forEach(retried -> step.move(retried, Locale.ENGLISH));
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }
}
