package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.WaitingJobs;
import java.util.List;
import java.util.UUID;

/** The jobs that wait for a key of a limit: which come first, and how many of each queue and type there are. */
final class WaitingTable {
    private static final int MOST = 20;
    private static final int MOST_PARTS = 50;

    private WaitingTable() {}

    /** A place for it if no job waits. */
    static Node card(View view, LimitState state) {
        if (state.waiting() == 0) {
            return Marks.place("waiting", null);
        }
        return Parts.card(
                view,
                "waiting",
                view.say("limit.waitingJobs"),
                view.await(view.source().waitingJobs(state.key(), MOST)),
                waiting -> table(view, waiting));
    }

    private static Node table(View view, WaitingJobs waiting) {
        if (waiting.first().isEmpty()) {
            return Parts.empty(view.say("limit.noWaiting"));
        }
        Answer<JobsById> answer = view.await(view.source().find(waiting.first()));
        JobsById found = answer.value();
        return all(
                parts(view, waiting),
                found == null ? el("p", css("problem"), view.say("problem." + answer.problem())) : null,
                waiting.areAll() ? null : el("p", css("problem"), view.say("limit.partOfWaiting", WaitingJobs.MOST)),
                el("h3", view.say("limit.firstWaiting", waiting.first().size())),
                el(
                        "div",
                        css("jobs"),
                        new Table<UUID>()
                                .text(view.say("workers.job"), id -> Parts.jobLink(view, id))
                                .text(view.say("column.type"), JobTable.ofFound(found, job -> Parts.name(job.type())))
                                .text(
                                        view.say("jobs.filter.queue"),
                                        JobTable.ofFound(found, job -> Parts.name(job.queue())))
                                .text(
                                        view.say("jobs.filter.user"),
                                        JobTable.ofFound(found, job -> Parts.nameIf(job.userId())))
                                .number(
                                        view.say("jobs.column.enqueued"),
                                        JobTable.ofFound(
                                                found, job -> view.words().ago(job.createdAt(), view.now())))
                                .of(waiting.first())));
    }

    private static Node parts(View view, WaitingJobs waiting) {
        int left = waiting.parts().size() - MOST_PARTS;
        return all(
                Parts.table(
                        List.of(
                                Parts.th(view.say("jobs.filter.queue")),
                                Parts.th(view.say("column.type")),
                                Parts.thNumber(view.say("limits.waiting"))),
                        waiting.parts().stream()
                                .limit(MOST_PARTS)
                                .map(part -> part(view, part, waiting.areAll()))
                                .toList()),
                left > 0 ? el("p", css("muted"), view.say("limit.moreParts", left)) : null);
    }

    private static Node part(View view, WaitingJobs.Part part, boolean isExact) {
        return el(
                "tr",
                Parts.td(Parts.name(part.queue())),
                Parts.td(Parts.link(
                        view.link("jobs", "queue", part.queue(), "type", part.type(), "status", "pending"),
                        Parts.name(part.type()))),
                Parts.number(view.words().number(part.jobs(), isExact)));
    }
}
