package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.RedactedValues;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.internal.LoggedException;
import io.forthwith.internal.UuidV7;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins an act on all jobs of a filter, in a store that keeps acts. */
final class BeginAct {
    /** The field that has the id of the act that a form begins: a form that is sent twice begins one. */
    private static final String ACT = "act";

    private static final Logger LOG = LoggerFactory.getLogger("io.forthwith.dashboard");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration FIRST_MOMENT = Duration.ofSeconds(1);

    private BeginAct() {}

    /** The fields of the form that begins one. */
    static Node fields(View view, BoundedCount jobs) {
        return all(Parts.hidden(ACT, UuidV7.next()), Confirmation.reason(view, jobs), " ");
    }

    /**
     * Counts the jobs anew, begins the act, and leads to its page. What is done in the first moment is shown at once.
     *
     * @param question where it is asked again if there are more jobs than were confirmed
     */
    static Page.Content of(View view, JobDeed deed, Form form, JobQuery query, Instant until, String question) {
        int confirmed = Confirmation.number(form);
        Recount now = view.source()
                .ask(client -> Recount.of(client, query, job -> deed.deed().isMeant(job, until), confirmed))
                .await(System.nanoTime() + PATIENCE.toNanos())
                .value();
        if (now == null) {
            return new Page.Content(view.say("act.unknown"), ActAnswer.problem(view, Answer.Problem.NOT_BEGUN), 503);
        }
        BoundedCount count = now.count();
        if (!now.isCovered()) {
            return Confirmation.grown(view, count, confirmed, question);
        }
        String reason = form.value(QueueAction.REASON);
        if (reason == null && Confirmation.needsReason(count)) {
            return Page.Content.problem(view, "act.noReason", 400);
        }
        UUID given = JobFilter.uuid(form.value(ACT));
        UUID id = given == null ? UuidV7.next() : given;
        NewAct act;
        try {
            act = new NewAct(id, deed.deed(), query, until, count, AuditWriter.author(view, reason));
        } catch (IllegalArgumentException e) {
            return new Page.Content(
                    view.say("act.refused"), el("p", Parts.line(view, String.valueOf(e.getMessage()))), 400);
        }
        Answer<Boolean> begun =
                view.source().ask(client -> begin(view, act)).await(System.nanoTime() + PATIENCE.toNanos());
        if (begun.value() == null) {
            AuditWriter.did(view, told(view, act), begun.problem());
            return new Page.Content(view.say("act.unknown"), ActAnswer.problem(view, begun.problem()), 503);
        }
        return Page.Content.redirect(view.link(ActNames.ALL, JobFilter.ID, id));
    }

    private static String told(View view, NewAct act) {
        return RedactedValues.line(view, act.deed().text()) + " all jobs until " + act.until() + " of "
                + RedactedValues.of(view, BulkAct.queryText(act.query())).text();
    }

    private static boolean begin(View view, NewAct act) {
        ActStore acts = view.source().acts().orElseThrow();
        if (acts.begin(act)) {
            AuditWriter.did(view, told(view, act), "act " + act.id());
        }
        long deadline = System.nanoTime() + FIRST_MOMENT.toNanos();
        Remaining carried = Remaining.MORE;
        while (carried == Remaining.MORE && System.nanoTime() - deadline < 0) {
            try {
                carried = acts.carryOn();
            } catch (RuntimeException later) {
                // The act is stored: a worker or another dashboard carries it on.
                LOG.warn(
                        "The dashboard has begun act {}, and cannot carry it on now",
                        act.id(),
                        LoggedException.of(later, view.redactor()));
                carried = Remaining.LOCKED;
            }
        }
        view.source().carryOn();
        return true;
    }
}
