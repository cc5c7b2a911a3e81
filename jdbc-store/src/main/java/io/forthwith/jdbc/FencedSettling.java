package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.JobMoves;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Settles any jobs, also those with parents, in one transaction: lock, compare with the fence, apply, settle parents. */
final class FencedSettling {
    private final Kin kin;

    FencedSettling(Kin kin) {
        this.kin = kin;
    }

    List<Settled> settle(Session session, List<Settlement> settlements) throws SQLException {
        Set<UUID> ids = new HashSet<>();
        settlements.forEach(settlement -> ids.add(settlement.claim().jobId()));
        Changes changes = kin.lock(session, kin.withAncestors(session, ids));
        List<Settled> answers = new ArrayList<>();
        for (Settlement settlement : settlements) {
            answers.add(settle(changes, settlement));
        }
        kin.finish(session, changes);
        return answers;
    }

    private static Settled settle(Changes changes, Settlement settlement) {
        Job job = changes.get(settlement.claim().jobId());
        Optional<Settled> refusal = JobMoves.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        changes.moves().failure(job, settlement).ifPresent(changes::remember);
        changes.put(changes.moves().settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }
}
