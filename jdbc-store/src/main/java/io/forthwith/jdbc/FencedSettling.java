package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
        Claim claim = settlement.claim();
        Job job = changes.get(claim.jobId());
        if (job == null || job.claim() != claim.number()) {
            return Settled.LOST;
        }
        if (job.status() != JobStatus.PROCESSING) {
            return job.status() == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (!claim.workerId().equals(job.workerId())) {
            return Settled.LOST;
        }
        if (job.cancelRequestedAt() != null) {
            changes.end(job, JobStatus.CANCELLED, null, languageOf(settlement));
            return Settled.CANCELLED;
        }
        apply(changes, job, settlement);
        return Settled.APPLIED;
    }

    private static void apply(Changes changes, Job job, Settlement settlement) {
        if (settlement instanceof Settlement.Complete complete) {
            Job done = job.toBuilder()
                    .result(complete.result())
                    .progress(job.progress().withPercent(100))
                    .build();
            changes.end(done, JobStatus.COMPLETED, null, Locale.ENGLISH);
        } else if (settlement instanceof Settlement.Fail fail) {
            changes.remember(job, fail.error());
            changes.end(job, JobStatus.FAILED, fail.error(), fail.locale());
        } else if (settlement instanceof Settlement.Retry retry) {
            changes.remember(job, retry.error());
            changes.put(changes.move(job, JobStatus.PENDING)
                    .error(retry.error())
                    .runAt(Binder.later(changes.now(), retry.delay()))
                    .build());
        } else if (settlement instanceof Settlement.Postpone postpone) {
            changes.put(changes.move(job, JobStatus.PENDING)
                    .attempt(job.attempt() - 1)
                    .postponements(job.postponements() + 1)
                    .postponedSince(job.postponedSince() == null ? changes.now() : job.postponedSince())
                    .progress(job.progress().withMessage(postpone.reason()))
                    .runAt(Binder.later(changes.now(), postpone.delay()))
                    .build());
        } else if (settlement instanceof Settlement.GiveBack) {
            changes.put(changes.move(job, JobStatus.PENDING)
                    .attempt(job.attempt() - 1)
                    .build());
        } else if (settlement instanceof Settlement.AwaitChildren await) {
            changes.put(changes.move(job, JobStatus.WAITING).build());
            changes.settleLater(job.id(), await.locale());
        } else {
            throw new AssertionError("Unknown settlement " + settlement);
        }
    }

    private static Locale languageOf(Settlement settlement) {
        if (settlement instanceof Settlement.Fail fail) {
            return fail.locale();
        }
        return settlement instanceof Settlement.AwaitChildren await ? await.locale() : Locale.ENGLISH;
    }
}
