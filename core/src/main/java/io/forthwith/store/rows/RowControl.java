package io.forthwith.store.rows;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.act.Remaining;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.ChangeRule;
import io.forthwith.store.rules.ExpiryRule;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.SealRule;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Seals, cancels, changes and retries jobs by hand, within a transaction. */
final class RowControl {
    private final RowTransaction moves;

    RowControl(RowTransaction moves) {
        this.moves = moves;
    }

    ActResult seal(UUID id, Locale locale) {
        SealRule.Verdict verdict = SealRule.decide(moves.rows().get(id), moves.transitions());
        if (verdict.sealed() != null) {
            moves.rows().put(verdict.sealed());
            moves.look(id, locale);
        }
        return verdict.answer();
    }

    ActResult cancel(UUID id, Locale locale) {
        CancelRule.Verdict verdict = CancelRule.decide(moves.rows().get(id), moves.transitions());
        if (verdict instanceof CancelRule.CancelNow now) {
            moves.move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request) {
            moves.requestCancel(request);
        }
        return verdict.answer();
    }

    Upkeep expire(int atMost, Locale locale) {
        Instant now = moves.transitions().now();
        List<UUID> late = moves.rows().expiring(now).limit(atMost).map(Job::id).toList();
        int expired = 0;
        for (UUID id : late) {
            // The jobs before may have taken this one with them.
            Job job = moves.rows().get(id);
            if (job != null && ExpiryRule.isExpired(job, now)) {
                moves.move(moves.transitions().expire(job, locale), locale);
                expired++;
            }
        }
        return new Upkeep(expired, expired > 0 ? Remaining.MORE : Remaining.NOTHING);
    }

    ActResult change(UUID id, JobChange change) {
        ChangeRule.Verdict verdict = ChangeRule.decide(moves.rows().get(id), change, moves.transitions());
        if (verdict.changed() != null) {
            moves.change(verdict.changed(), verdict.isDue());
        }
        return verdict.answer();
    }

    ActResult retry(UUID id) {
        RetryRule.Verdict verdict = RetryRule.decide(moves.rows().get(id), moves.relatives(), moves.transitions());
        verdict.retried().forEach(retried -> moves.move(retried, Locale.ENGLISH));
        return verdict.answer();
    }
}
