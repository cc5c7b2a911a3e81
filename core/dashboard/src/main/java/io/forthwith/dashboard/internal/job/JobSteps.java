package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The durable steps that a job has begun, and what became of them. */
final class JobSteps {
    private static final int MOST_SHOWN = 200;
    private static final String BROKEN = "broken";

    private JobSteps() {}

    static Node card(JobPageData facts, Answer<List<JobStep>> answer) {
        View view = facts.view();
        return Parts.card(
                view,
                "steps",
                view.say("steps.title"),
                answer,
                steps -> steps.isEmpty() ? Parts.empty(view.say("steps.none")) : table(facts, steps));
    }

    private static Node table(JobPageData facts, List<JobStep> steps) {
        View view = facts.view();
        List<JobStep> shown =
                steps.stream().sorted(worstFirst(facts)).limit(MOST_SHOWN).toList();
        Lengths lengths = Lengths.of(shown.stream().map(step -> length(facts, step)));
        return all(
                new Table<JobStep>()
                        .number(view.say("attempts.number"), JobStep::position)
                        .text(view.say("steps.name"), step -> name(view, step))
                        .text(view.say("steps.state"), step -> state(facts, step))
                        .text(view.say("steps.began"), step -> view.words().ago(step.startedAt(), view.now()))
                        .text(
                                view.say("story.took"),
                                step -> lengths.bar(
                                        view,
                                        length(facts, step),
                                        colour(isBroken(facts, step) ? BROKEN : word(facts, step))))
                        .text(
                                view.say("steps.key"),
                                step -> el(
                                        "code",
                                        attr("title", view.redacted(step.key())),
                                        Parts.secret(view, step.key())))
                        .column(view.say("payload.result"), "message", step -> result(view, step))
                        .of(shown),
                steps.size() > 1 ? el("p", css("legend"), view.say("steps.order")) : null,
                steps.size() > MOST_SHOWN
                        ? el("p", css("muted"), view.say("steps.more", steps.size() - MOST_SHOWN))
                        : null,
                view.access().seesPayloads() ? null : el("p", css("muted"), view.say("payload.closed")));
    }

    /** The step that did not finish first, then those that took longest. */
    private static Comparator<JobStep> worstFirst(JobPageData facts) {
        return Lengths.<JobStep>worstFirst(step -> isBroken(facts, step), step -> length(facts, step))
                .thenComparing(JobStep::position);
    }

    /** How long it took, or has been running; of one that did not finish, until its job failed. */
    private static @Nullable Duration length(JobPageData facts, JobStep step) {
        if (step.finishedAt() != null) {
            return Lengths.between(step.startedAt(), step.finishedAt());
        }
        if (isBroken(facts, step)) {
            return Lengths.between(step.startedAt(), facts.lastFailedAt());
        }
        return facts.job().status() == JobStatus.PROCESSING
                ? Lengths.between(step.startedAt(), facts.view().now())
                : null;
    }

    /** Whether it has begun in an attempt that failed, and did not finish. */
    private static boolean isBroken(JobPageData facts, JobStep step) {
        return !step.isFinished() && facts.job().status() != JobStatus.PROCESSING && facts.hasFailedLast();
    }

    private static Node name(View view, JobStep step) {
        return all(
                Parts.secret(view, step.name()),
                step.part().isEmpty() ? null : el("div", css("muted"), Parts.secret(view, step.part())));
    }

    private static @Nullable Node result(View view, JobStep step) {
        return view.access().seesPayloads() && step.result() != null ? Parts.payload(view, step.result()) : null;
    }

    private static Node state(JobPageData facts, JobStep step) {
        View view = facts.view();
        String state = word(facts, step);
        return all(
                el("span", css("still"), Marks.mark(colour(state), sign(state), view.say("steps.state." + state))),
                // An undo job belongs to no user or project.
                step.undoJobId() == null || view.access().isScoped()
                        ? null
                        : el("div", css("muted"), view.say("steps.by"), " ", Parts.jobLink(view, step.undoJobId())));
    }

    private static String colour(String state) {
        return switch (state) {
            case "undone", "left" -> "cancelled";
            case "toUndo" -> "parked";
            case "finished" -> "completed";
            case BROKEN -> "failed";
            default -> "processing";
        };
    }

    private static String word(JobPageData facts, JobStep step) {
        if (step.undoneAt() != null) {
            return "undone";
        }
        if (step.undoJobId() != null) {
            return step.hasUndo() ? "toUndo" : "left";
        }
        return step.isFinished() ? "finished" : isBroken(facts, step) ? BROKEN : "begun";
    }

    private static String sign(String state) {
        return switch (state) {
            case "left" -> "–";
            case "undone" -> "↶";
            case "toUndo" -> "▤";
            case "finished" -> "●";
            case BROKEN -> "✕";
            default -> "◐";
        };
    }
}
