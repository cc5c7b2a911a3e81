package io.forthwith.store.rows;

import io.forthwith.CancelResult;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.SealRule;
import java.util.Locale;
import java.util.UUID;

/** Seals, cancels and retries jobs by hand, within an atomic step. */
final class RowControl {
    private final RowTransaction step;

    RowControl(RowTransaction step) {
        this.step = step;
    }

    SealResult seal(UUID id, Locale locale) {
        SealRule.Verdict verdict = SealRule.decide(step.rows().get(id), step.moves());
        if (verdict.sealed() != null) {
            step.rows().put(verdict.sealed());
            step.look(id, locale);
        }
        return verdict.answer();
    }

    CancelResult cancel(UUID id, Locale locale) {
        CancelRule.Verdict verdict = CancelRule.decide(step.rows().get(id), step.moves());
        if (verdict instanceof CancelRule.CancelNow now) {
            step.move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request) {
            step.requestCancel(request);
        }
        return verdict.answer();
    }

    RetryResult retry(UUID id) {
        RetryRule.Verdict verdict = RetryRule.decide(step.rows().get(id), step.relatives(), step.moves());
        verdict.retried().forEach(retried -> step.move(retried, Locale.ENGLISH));
        return verdict.answer();
    }
}
