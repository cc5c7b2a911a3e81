package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.data.LimitStanding;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What may a key of a limit do, who holds it, and how many wait? */
public final class LimitKeyPage implements Page {
    private static final int MOST_HOLDERS = 50;

    @Override
    public String path() {
        return LimitMarks.PATH;
    }

    @Override
    public boolean isInNavigation() {
        return false;
    }

    @Override
    public Content content(View view) {
        LimitKey key = LimitMarks.key(view);
        if (key == null) {
            return Content.problem(view, "limit.malformed", 400);
        }
        Answer<LimitStanding> answer = view.await(view.source().limit(key));
        LimitStanding standing = answer.value();
        Node body = standing == null
                ? unread(view, answer)
                : all(
                        state(view, standing),
                        WaitingTable.card(view, standing.state()),
                        holders(view, standing.state()));
        String title = key.isSequence() ? "sequence.title" : "limit.title";
        String name = key.isSequence() ? LimitMarks.shownKey(view, key) : LimitMarks.shown(view, key);
        return new Content(view.say(title, name), all(body, back(view, key)))
                .headed(Sentence.of(view, title, foreign(name)));
    }

    private static Node unread(View view, Answer<LimitStanding> answer) {
        return answer.problem() == Answer.Problem.NOT_KEPT
                ? Parts.card("limit", view.say("nav.limits"), Parts.empty(view.say("limits.notKept")))
                : Parts.card(view, "limit", view.say("nav.limits"), answer, any -> Node.NONE);
    }

    private static Node back(View view, LimitKey key) {
        return el(
                "p",
                Parts.link(
                        view.link("limits", "name", key.name()),
                        view.say(key.isSequence() ? "sequences.all" : "limit.back")),
                " · ",
                Parts.link(view.link("jobs", JobFilter.LIMIT_KEY, key.text()), view.say("limit.jobs")));
    }

    private static Node state(View view, LimitStanding standing) {
        LimitState state = standing.state();
        if (state.key().isSequence()) {
            return SequenceState.card(view, standing);
        }
        return el(
                "section",
                attr("id", "limit"),
                attr("data-live", ""),
                css("card job s-" + tone(state)),
                el("div", css("actions"), Buttons.of(view, state)),
                el("h2", sentence(view, state)),
                LimitMarks.notes(view, state),
                el("dl", facts(view, standing)));
    }

    private static String tone(LimitState state) {
        if (state.limit() == null) {
            return "failed";
        }
        return state.isFull() ? "parked" : "completed";
    }

    private static Node sentence(View view, LimitState state) {
        Node how;
        Integer most = state.limit() == null ? null : state.limit().concurrency();
        if (state.limit() == null) {
            how = text(view.say("limit.state.undeclared"));
        } else if (state.pause() != null) {
            how = text(view.say("limit.state.paused"));
        } else if (most != null && state.running().size() >= most) {
            how = text(view.say("limit.state.full", most, view.words().number(most)));
        } else if (state.nextStart() != null) {
            how = Sentence.of(view, "limit.state.rate", LimitMarks.nextStart(view, state));
        } else {
            how = text(view.say("limit.state.free"));
        }
        return all(how, view.say("limit.waits", state.waiting(), LimitMarks.number(view, state.waiting())));
    }

    private static List<Node> facts(View view, LimitStanding standing) {
        LimitState state = standing.state();
        List<Node> rows = new ArrayList<>();
        if (state.key().isFair()) {
            rows.add(row(view, "limit.weight", text(LimitMarks.allows(view, state.limit()))));
        } else {
            rows.add(row(view, "limit.declared", text(LimitMarks.allows(view, standing.declared()))));
        }
        if (state.isOverridden() && !state.key().isFair()) {
            rows.add(row(
                    view,
                    "limit.own",
                    text(
                            state.limit() == null
                                    ? view.say("limit.own.later")
                                    : LimitMarks.allows(view, state.limit()))));
        }
        rows.add(row(view, "limits.running", LimitMarks.running(view, state)));
        rows.add(row(view, "limits.waiting", all(LimitMarks.waiting(view, state), " ", whichWait(view, state))));
        rows.add(row(view, "limits.next", LimitMarks.nextStart(view, state)));
        return rows;
    }

    static Node row(View view, String key, Node value) {
        return all(el("dt", view.say(key)), el("dd", value));
    }

    static Node whichWait(View view, LimitState state) {
        if (state.waiting() == 0) {
            return Node.NONE;
        }
        return state.key().name().equals(LimitKey.TYPE)
                ? Parts.link(
                        view.link("jobs", "type", state.key().key(), "status", JobStatus.PENDING.text()),
                        view.say("limit.ofType"))
                : Parts.link("#waiting", view.say("limit.which"));
    }

    private static Node holders(View view, LimitState state) {
        List<UUID> ids = state.running().stream().limit(MOST_HOLDERS).toList();
        if (ids.isEmpty()) {
            return Parts.card("holders", view.say("limit.holders"), Parts.empty(view.say("limit.noHolders")));
        }
        Answer<JobsById> answer = view.await(view.source().find(ids));
        JobsById found = answer.value();
        return Parts.card(
                "holders",
                view.say("limit.holders"),
                found == null ? el("p", css("problem"), view.say("problem." + answer.problem())) : null,
                new Table<UUID>()
                        .text(view.say("workers.job"), id -> holder(view, id, found == null ? null : found.job(id)))
                        .text(
                                view.say("column.type"),
                                JobTable.ofFound(
                                        found,
                                        job -> Parts.link(
                                                view.link("jobs", "type", job.type()), Parts.name(job.type()))))
                        .text(view.say("jobs.filter.user"), JobTable.ofFound(found, job -> Parts.nameIf(job.userId())))
                        .text(
                                view.say("workers.since"),
                                JobTable.ofFound(found, job -> view.words().ago(job.startedAt(), view.now())))
                        .text(view.say("job.progress"), JobTable.ofFound(found, job -> Parts.progress(view, job)))
                        .of(ids),
                state.running().size() > ids.size()
                        ? el(
                                "p",
                                css("muted"),
                                view.say(
                                        "limit.moreHolders",
                                        ids.size(),
                                        LimitMarks.number(view, state.running().size())))
                        : null);
    }

    /** A job that runs, or that has ended just now. */
    private static Node holder(View view, UUID id, @Nullable Job job) {
        return all(
                Parts.jobLink(view, id),
                job == null || job.status() == JobStatus.PROCESSING ? null : all(" ", Parts.pill(view, job.status())));
    }
}
