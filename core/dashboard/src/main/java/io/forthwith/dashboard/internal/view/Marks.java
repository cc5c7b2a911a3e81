package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Attribute;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.insight.RegisteredWorker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Small pieces of the pages about queues, schedules and workers. */
public final class Marks {
    /** The attribute of the cell that names a row. */
    public static final Attribute ROW = attr("scope", "row");

    private static final int LONGEST_REASON = 240;
    /** More names than these are folded. */
    public static final int FEW = 5;

    private Marks() {}

    /**
     * A word with a sign and a colour.
     *
     * @param tone a status, whose colour it has
     */
    public static Node mark(String tone, String sign, String word) {
        return el("span", css("pill s-" + tone), el("span", css("sign"), attr("aria-hidden", "true"), sign), " ", word);
    }

    /** What is to be known of a row, below its name. */
    public static Node note(@Nullable Object... content) {
        return el("div", css("note"), all(content));
    }

    /** That something is paused: since when, by whom and why. */
    public static Node paused(View view, Instant at, @Nullable String by, @Nullable String reason) {
        return note(
                mark("parked", "‖", view.say("mark.paused")),
                " ",
                view.words().ago(at, view.now()),
                by == null ? null : all(", ", view.say("mark.by"), " ", Parts.name(by)),
                reason == null ? null : all(": ", foreign(PageTexts.cut(reason, LONGEST_REASON))));
    }

    /** That a part of what the page shows could not be read; nothing if it was. */
    public static Node missing(View view, String what, Answer<?> answer) {
        return answer.value() != null || answer.problem() == Answer.Problem.NOT_KEPT
                ? Node.NONE
                : el("p", css("problem"), what, ": ", view.say("problem." + answer.problem()));
    }

    /** A few names in a line; many are folded. */
    public static Node names(View view, String id, String many, List<String> names, Function<String, Node> show) {
        if (names.isEmpty()) {
            return el("span", css("muted"), "–");
        }
        List<Object> shown = new ArrayList<>();
        for (String name : names) {
            shown.add(shown.isEmpty() ? "" : ", ");
            shown.add(show.apply(name));
        }
        return names.size() <= FEW
                ? all(shown)
                : el("details", attr("id", id), el("summary", view.say(many, names.size())), all(shown));
    }

    /** A card that is there only now and then: its place is always there, so that it can appear while somebody looks. */
    public static Node place(String id, @Nullable Node content) {
        return el(
                "div",
                attr("id", id),
                attr("data-live", ""),
                content == null ? null : el("section", css("card"), content));
    }

    /** A term and what it is, in a list of such. */
    public static Node pair(String term, @Nullable Object... content) {
        return el("div", el("dt", term), el("dd", content));
    }

    /** Whether a worker has missed three heartbeats, though its lease may be good: it sends one every quarter of its lease. */
    public static boolean isLate(RegisteredWorker worker, Instant now) {
        Instant beat = worker.lastBeatAt();
        return beat != null
                && Duration.between(beat, now)
                                .compareTo(Duration.between(beat, worker.leaseEndsAt())
                                        .multipliedBy(3)
                                        .dividedBy(4))
                        >= 0;
    }
}
