package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.LimitStanding;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.LimitState;
import io.forthwith.store.rules.PurgeRule;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a sequence stands: which job is first, and does it block the others? */
final class SequenceState {
    private SequenceState() {}

    static Node card(View view, LimitStanding standing) {
        LimitState state = standing.state();
        Job blocking = blocking(standing);
        return el(
                "section",
                attr("id", "limit"),
                attr("data-live", ""),
                css("card job s-" + (blocking != null ? "failed" : state.pause() != null ? "parked" : "completed")),
                el(
                        "div",
                        css("actions"),
                        blocking == null ? null : retry(view, blocking),
                        blocking == null ? null : Buttons.skipping(view, blocking.id()),
                        Buttons.pausing(view, state)),
                el("h2", sentence(view, standing)),
                LimitMarks.notes(view, state),
                blocking == null ? null : el("p", view.say("sequence.blocked")),
                el(
                        "dl",
                        LimitKeyPage.row(view, "sequence.order", text(view.say("sequence.oneAtATime"))),
                        LimitKeyPage.row(view, "sequences.first", first(view, standing)),
                        LimitKeyPage.row(
                                view,
                                "limits.waiting",
                                all(LimitMarks.waiting(view, state), " ", LimitKeyPage.whichWait(view, state)))));
    }

    private static @Nullable Job blocking(LimitStanding standing) {
        Job first = standing.first();
        return first != null && PurgeRule.blocksSequence(first) ? first : null;
    }

    private static Node retry(View view, Job blocking) {
        return view.access().actsOnJobs()
                ? el(
                        "a",
                        css("button"),
                        attr("href", view.link("job", "id", blocking.id())),
                        view.say("sequence.retry"))
                : Node.NONE;
    }

    private static Node sentence(View view, LimitStanding standing) {
        LimitState state = standing.state();
        return all(
                how(view, standing),
                view.say("limit.waits", state.waiting(), LimitMarks.number(view, state.waiting())));
    }

    private static Node how(View view, LimitStanding standing) {
        LimitState state = standing.state();
        Job first = standing.first();
        if (blocking(standing) != null) {
            return text(view.say("sequence.state.blocked"));
        } else if (state.pause() != null) {
            return text(view.say("limit.state.paused"));
        } else if (!state.running().isEmpty()) {
            return text(view.say("sequence.state.runs"));
        } else if (first == null) {
            return text(view.say("sequence.state.idle"));
        }
        return first.runAt().isAfter(view.now())
                ? Sentence.of(view, "sequence.state.later", view.words().ago(first.runAt(), view.now()))
                : text(view.say("sequence.state.next"));
    }

    private static Node first(View view, LimitStanding standing) {
        Job job = standing.first();
        UUID id = standing.state().first();
        if (job == null) {
            return id == null ? el("span", css("muted"), "–") : Parts.jobLink(view, id);
        }
        return all(
                Parts.pill(view, job.status()),
                " ",
                Parts.jobLink(view, job.id()),
                " ",
                Parts.name(job.type()),
                job.status() == JobStatus.FAILED
                        ? all(
                                " ",
                                view.words().ago(job.completedAt(), view.now()),
                                " ",
                                Parts.line(view, job.errorMessage()))
                        : null);
    }
}
