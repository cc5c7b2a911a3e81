package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobStep;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The durable steps that a job has begun, and what became of them. */
final class JobSteps {
    private static final int MOST_SHOWN = 200;

    private JobSteps() {}

    static Node card(JobFacts facts, Answer<List<JobStep>> answer) {
        View view = facts.view();
        return Parts.card(
                view,
                "steps",
                view.say("steps.title"),
                answer,
                steps -> steps.isEmpty() ? Parts.empty(view.say("steps.none")) : table(view, steps));
    }

    private static Node table(View view, List<JobStep> steps) {
        List<Node> head = new ArrayList<>(List.of(
                Parts.thNumber(view.say("attempts.number")),
                Parts.th(view.say("steps.name")),
                Parts.th(view.say("steps.state")),
                Parts.th(view.say("steps.began")),
                Parts.thNumber(view.say("story.took")),
                Parts.th(view.say("steps.key"))));
        if (view.access().seesPayloads()) {
            head.add(Parts.th(view.say("payload.result")));
        }
        return all(
                Parts.table(
                        head,
                        steps.stream()
                                .limit(MOST_SHOWN)
                                .map(step -> row(view, step))
                                .toList()),
                steps.size() > MOST_SHOWN
                        ? el("p", css("muted"), view.say("steps.more", steps.size() - MOST_SHOWN))
                        : null,
                view.access().seesPayloads() ? null : el("p", css("muted"), view.say("payload.closed")));
    }

    private static Node row(View view, JobStep step) {
        return el(
                "tr",
                Parts.number(step.position()),
                Parts.td(
                        Parts.secret(view, step.name()),
                        step.part().isEmpty() ? null : el("div", css("muted"), Parts.secret(view, step.part()))),
                Parts.td(state(view, step)),
                Parts.td(view.words().ago(step.startedAt(), view.now())),
                Parts.number(
                        step.finishedAt() == null
                                ? "–"
                                : view.words().duration(Duration.between(step.startedAt(), step.finishedAt()))),
                Parts.td(el("code", attr("title", view.redacted(step.key())), Parts.secret(view, step.key()))),
                view.access().seesPayloads() ? el("td", css("message"), Parts.payload(view, step.result())) : null);
    }

    private static Node state(View view, JobStep step) {
        String state = word(step);
        String colour = switch (state) {
            case "undone", "left" -> "cancelled";
            case "toUndo" -> "parked";
            case "finished" -> "completed";
            default -> "processing";
        };
        return all(
                el("span", css("still"), Marks.mark(colour, sign(state), view.say("steps.state." + state))),
                // An undo job belongs to no user or project.
                step.undoJobId() == null || view.access().isScoped()
                        ? null
                        : el("div", css("muted"), view.say("steps.by"), " ", Parts.jobLink(view, step.undoJobId())));
    }

    private static String word(JobStep step) {
        if (step.undoneAt() != null) {
            return "undone";
        }
        if (step.undoJobId() != null) {
            return step.hasUndo() ? "toUndo" : "left";
        }
        return step.isFinished() ? "finished" : "begun";
    }

    private static String sign(String state) {
        return switch (state) {
            case "left" -> "–";
            case "undone" -> "↶";
            case "toUndo" -> "▤";
            case "finished" -> "●";
            default -> "◐";
        };
    }
}
