package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.insight.BoundedCount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What several pages have in common, so that it looks the same everywhere. */
public final class Parts {
    private static final Duration OLD = Duration.ofSeconds(10);
    private static final int LONGEST_NAME = 60;
    private static final int LONGEST_LINE = 240;
    private static final int LONGEST_MESSAGE = 600;

    private Parts() {}

    /**
     * A card with a heading; it is replaced as a whole when it has changed.
     *
     * @param heading a text of ours, or a node with names from the store
     */
    public static Node card(String id, Object heading, @Nullable Object... content) {
        return el("section", attr("id", id), css("card"), attr("data-live", ""), el("h2", heading), all(content));
    }

    /**
     * A card that stays as it is while one looks.
     *
     * @param heading a text of ours, or a node with names from the store
     */
    public static Node still(Object heading, @Nullable Object... content) {
        return el("section", css("card"), el("h2", heading), all(content));
    }

    /** A card that rests on a read: it says so if there is nothing to show, or if what it shows is old. */
    public static <T> Node card(View view, String id, String heading, Answer<T> answer, Function<T, Node> content) {
        return card(id, heading, shown(view, answer, content));
    }

    /** What a read has given, or why it has given nothing. */
    public static <T> Node shown(View view, Answer<T> answer, Function<T, Node> content) {
        T value = answer.value();
        if (value == null) {
            return el("p", css("problem"), view.say("problem." + answer.problem()));
        }
        return all(stale(view, answer), content.apply(value));
    }

    private static Node stale(View view, Answer<?> answer) {
        Instant at = answer.at();
        boolean isOld = at != null && Duration.between(at, view.now()).compareTo(OLD) > 0;
        return isOld && answer.problem() != null
                ? el(
                        "p",
                        css("problem"),
                        view.say("problem.old"),
                        " ",
                        view.words().ago(at, view.now()))
                : Node.NONE;
    }

    /** A number of jobs; null if it is not known: that none was found among those that were looked at says nothing of the others. */
    public static @Nullable String count(View view, @Nullable BoundedCount count) {
        return count == null || (count.jobs() == 0 && !count.isExact())
                ? null
                : view.words().number(count.jobs(), count.isExact());
    }

    /** A status with its sign and colour. */
    public static Node pill(View view, JobStatus status) {
        return Marks.mark(status.text(), sign(status), view.say("status." + status.text()));
    }

    /** The sign of a status. */
    public static String sign(JobStatus status) {
        return switch (status) {
            case PENDING -> "○";
            case PROCESSING -> "◐";
            case WAITING -> "◇";
            case COMPLETED -> "●";
            case FAILED -> "✕";
            case CANCELLED -> "⊘";
        };
    }

    /** A link to a job: its id, cut in the middle. */
    public static Node jobLink(View view, UUID id) {
        return el("a", css("id"), attr("href", view.link("job", "id", id)), attr("title", id), PageTexts.shortId(id));
    }

    /** A name from the store: of a type, a queue, a worker; cut if it is long. */
    public static Node name(@Nullable String name) {
        return foreign(name == null ? "–" : PageTexts.cut(name, LONGEST_NAME));
    }

    /** A name that may hold a secret, as the host wants it to be shown: an error code, a key, the name of a step. */
    public static Node secret(View view, @Nullable String name) {
        return name(name == null ? null : view.redacted(name));
    }

    /** A name as a link that holds it; a name that the redactor changes has no link. */
    public static Node secret(View view, String name, String href) {
        return view.isOpen(name) ? link(href, name(name)) : secret(view, name);
    }

    /** A name from the store as a value of a row; null if there is none. */
    public static @Nullable Node nameIf(@Nullable String name) {
        return name == null ? null : name(name);
    }

    /** A text from the store in one line, as the host wants it to be shown; cut if it is long. */
    public static Node line(View view, @Nullable String text) {
        return text == null ? Node.NONE : foreign(view.redacted(text, LONGEST_LINE));
    }

    /** A message of an error as it stands below a row: in the whole width there is room for more of it than in a cell. */
    public static Node message(View view, @Nullable String text) {
        return text == null ? Node.NONE : foreign(view.redacted(text, LONGEST_MESSAGE));
    }

    /** The beginning of a result; the redactor gets the whole, because it may have to parse it. */
    public static Node payload(View view, @Nullable String json) {
        return json == null ? Node.NONE : foreign(PageTexts.cut(view.redacted(json), LONGEST_LINE));
    }

    /** A field of a form that is not seen. */
    public static Node hidden(String name, Object value) {
        return el("input", attr("type", "hidden"), attr("name", name), attr("value", value));
    }

    /** A link with a text of ours. */
    public static Node link(String href, Object... content) {
        return el("a", attr("href", href), all(content));
    }

    /** How far a job is, if it says so. */
    public static Node progress(View view, Job job) {
        if (job.status() != JobStatus.PROCESSING || job.progress().percent() == 0) {
            return Node.NONE;
        }
        return Charts.progress(job.progress().percent(), view.say("job.progress"));
    }

    /** A table that can be scrolled sideways if it is too wide. */
    public static Node table(List<Node> head, List<Node> rows) {
        return el(
                "div", css("scroll"), attr("tabindex", 0), el("table", el("thead", el("tr", head)), el("tbody", rows)));
    }

    /** The heading of a column of texts. */
    public static Node th(Object content) {
        return el("th", attr("scope", "col"), content);
    }

    /** The heading of a column of numbers. */
    public static Node thNumber(Object content) {
        return el("th", attr("scope", "col"), css("number"), content);
    }

    /** A cell. */
    public static Node td(@Nullable Object... content) {
        return el("td", content);
    }

    /** A cell with a number. */
    public static Node number(@Nullable Object... content) {
        return el("td", css("number"), all(content));
    }

    /** A page that has nothing to show says why, and what would change that. */
    public static Node empty(Object... content) {
        return el("div", css("empty"), all(content));
    }

    /** A figure with a word below it. */
    public static Node figure(String href, Object value, String word) {
        return el("a", css("figure"), attr("href", href), el("b", value), " ", el("span", word));
    }
}
