package io.forthwith.store.rows;

import io.forthwith.CancelResult;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.SealRule;
import java.util.Locale;
import java.util.UUID;

/** Seals, cancels and retries jobs by hand, within a transaction. */
final class RowControl {
    private final RowTransaction moves;

    RowControl(RowTransaction moves) {
        this.moves = moves;
    }

    SealResult seal(UUID id, Locale locale) {
        SealRule.Verdict verdict = SealRule.decide(moves.rows().get(id), moves.transitions());
        if (verdict.sealed() != null) {
            moves.rows().put(verdict.sealed());
            moves.look(id, locale);
        }
        return verdict.answer();
    }

    CancelResult cancel(UUID id, Locale locale) {
        CancelRule.Verdict verdict = CancelRule.decide(moves.rows().get(id), moves.transitions());
        if (verdict instanceof CancelRule.CancelNow now) {
            moves.move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request) {
            moves.requestCancel(request);
        }
        return verdict.answer();
    }

    RetryResult retry(UUID id) {
        RetryRule.Verdict verdict = RetryRule.decide(moves.rows().get(id), moves.relatives(), moves.transitions());
        verdict.retried().forEach(retried -> moves.move(retried, Locale.ENGLISH));
        return verdict.answer();
    }
}
