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

/** Seals, cancels and retries by hand, within a transaction. */
final class RowControl {
    private final RowTransaction moves;
    private final JobRows rows;
    private final Transitions transitions;

    RowControl(RowTransaction moves) {
        this.moves = moves;
        this.rows = moves.rows();
        this.transitions = moves.transitions();
    }

    SealResult seal(UUID id, Locale locale) {
        Job group = rows.get(id);
        if (group == null || group.ties().isSealed()) {
            return group == null ? SealResult.NOT_FOUND : SealResult.ALREADY_SEALED;
        }
        rows.put(transitions.seal(group));
        moves.look(id, locale);
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
            moves.requestCancel(job);
            return CancelResult.REQUESTED;
        }
        moves.move(transitions.cancel(job), locale);
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
        RetryFamily family = RetryFamily.of(job, moves.relatives());
        RowSteps steps = new RowSteps(rows, transitions);
        Optional<UUID> undo =
                family.members().stream().flatMap(steps::openUndos).findFirst();
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Optional<UUID> holder = new OpenKeys(rows).holder(family.members());
        if (holder.isPresent()) {
            return RetryResult.conflict(holder.get());
        }
        family.retried(transitions).forEach(retried -> moves.move(retried, Locale.ENGLISH));
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }
}
