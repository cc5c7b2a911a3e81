package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.CancelledBy;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.store.act.AuditEntry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says who has cancelled a job, and leads to all that was done to it by hand. Viewers who may not see the audit see nothing of it. Of a job that is not cancelled nothing
 * is read: a look for a job that nobody has touched reads long.
 */
final class JobHands {
    private static final int LONGEST_REASON = 240;

    private final View view;
    private final Job job;
    private final @Nullable Asked<Optional<AuditEntry>> asked;

    private JobHands(View view, Job job, @Nullable Asked<Optional<AuditEntry>> asked) {
        this.view = view;
        this.job = job;
        this.asked = asked;
    }

    /** Begins to read. */
    static JobHands ask(View view, Job job) {
        return new JobHands(
                view,
                job,
                isSeen(view) && CancelledBy.isMeant(job)
                        ? view.source()
                                .ask(client -> view.source().audit().flatMap(audit -> CancelledBy.of(audit, job)))
                        : null);
    }

    private static boolean isSeen(View view) {
        return view.access().seesAudit() && view.source().audit().isPresent();
    }

    /** A row of the card of the job; nothing for viewers who do not see the audit. */
    Node row() {
        if (!isSeen(view)) {
            return Node.NONE;
        }
        return JobHeader.row(
                view,
                "job.byHand",
                asked == null
                        ? Node.NONE
                        : Parts.shown(
                                view,
                                view.await(asked),
                                found -> found.map(this::canceller).orElse(Node.NONE)),
                Parts.link(view.link("audit", JobFilter.ID, job.id()), view.say("job.byHand.all")));
    }

    private Node canceller(AuditEntry entry) {
        String reason = entry.author().reason();
        return all(
                Sentence.of(
                        view,
                        job.status().isFinal() ? "job.byHand.cancelled" : "job.byHand.stopping",
                        Parts.name(entry.author().who()),
                        view.words().ago(entry.at(), view.now())),
                " ",
                reason == null
                        ? null
                        : all(view.say("audit.reason"), " ", foreign(view.redacted(reason, LONGEST_REASON)), " · "),
                Parts.link(view.link("audit", "entry", entry.id()), view.say("job.byHand.entry")),
                entry.act() == null
                        ? null
                        : all(
                                " · ",
                                Parts.link(view.link(ActNames.ALL, JobFilter.ID, entry.act()), view.say("acts.one"))),
                " · ");
    }
}
