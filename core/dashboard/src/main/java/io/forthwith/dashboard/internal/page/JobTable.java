package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.Words;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Draws jobs as rows, whose values are links that narrow the filter. */
final class JobTable {
    private static final int LONGEST_TITLE = 1_000;

    private JobTable() {}

    static Node of(View view, JobFilter filter, List<Job> jobs) {
        return el(
                "div",
                css("jobs"),
                Parts.table(
                        head(view),
                        jobs.stream().map(job -> row(view, filter, job)).toList()));
    }

    private static List<Node> head(View view) {
        return List.of(
                selectAll(view),
                Parts.th(view.say("jobs.filter.status")),
                Parts.th(view.say("jobs.filter.id")),
                Parts.th(view.say("jobs.filter.type")),
                Parts.th(view.say("jobs.filter.queue")),
                Parts.th(view.say("jobs.filter.user")),
                Parts.th(view.say("jobs.filter.project")),
                Parts.th(view.say("jobs.column.progress")),
                Parts.thNumber(view.say("jobs.column.attempt")),
                Parts.th(view.say("jobs.column.error")),
                Parts.thNumber(view.say("jobs.column.enqueued")),
                Parts.thNumber(view.say("jobs.column.time")));
    }

    private static Node row(View view, JobFilter filter, Job job) {
        return el(
                "tr",
                select(view, job),
                Parts.td(Parts.pill(view, job.status())),
                Parts.td(Parts.jobLink(view, job.id())),
                value(view, filter, JobFilter.TYPE, job.type()),
                value(view, filter, JobFilter.QUEUE, job.queue()),
                value(view, filter, JobFilter.USER, job.userId()),
                value(view, filter, JobFilter.PROJECT, job.projectId()),
                el("td", css("value progress"), progress(view, job)),
                Parts.number(attempt(job)),
                message(view, job, code(view, filter, job)),
                Parts.number(view.words().ago(job.createdAt(), view.now())),
                Parts.number(time(view, job)));
    }

    /** The heading of the boxes; they have none for viewers who can do nothing with them. */
    private static Node selectAll(View view) {
        return view.access().actsOnJobs() ? el("th", attr("scope", "col"), view.say("act.tick.column")) : Node.NONE;
    }

    /** A box to choose the row. */
    private static Node select(View view, Job job) {
        return view.access().actsOnJobs()
                ? el(
                        "td",
                        el(
                                "input",
                                attr("type", "checkbox"),
                                attr("name", JobFilter.ID),
                                attr("value", job.id()),
                                attr("aria-label", view.say("act.tick", Words.shortId(job.id())))))
                : Node.NONE;
    }

    private static Node value(View view, JobFilter filter, String name, @Nullable String value) {
        return el("td", css("value"), JobFilterForm.value(view, filter, name, value));
    }

    private static Node progress(View view, Job job) {
        int percent = job.progress().percent();
        boolean isShown = job.status().isOpen() && percent > 0;
        Integer steps = job.progress().totalSteps();
        return all(
                isShown ? Charts.progress(percent, view.say("job.progress")) : null,
                isShown && steps != null
                        ? all(" ", el("span", css("muted"), job.progress().currentStep() + "/" + steps))
                        : null,
                job.status().isOpen() && job.progress().message() != null
                        ? all(" ", el("small", Parts.line(view, job.progress().message())))
                        : null);
    }

    private static String attempt(Job job) {
        return job.maxAttempts() == null ? Integer.toString(job.attempt()) : job.attempt() + " / " + job.maxAttempts();
    }

    private static Node code(View view, JobFilter filter, Job job) {
        return job.errorCode() == null
                ? Node.NONE
                : all(JobFilterForm.value(view, filter, JobFilter.CODE, job.errorCode()), " ");
    }

    /** The row of a job that was not read: its id, and a mark in each other column. */
    static Node unread(View view, UUID id, int columns) {
        return el(
                "tr",
                Parts.td(Parts.jobLink(view, id)),
                Stream.generate(() -> Parts.td("?")).limit(columns - 1L).toList());
    }

    /** A cell with the message of the last error in one line; all of it is its title. */
    static Node message(View view, Job job, Node before) {
        String message = job.errorMessage();
        return message == null
                ? el("td", css("message"), before)
                : el(
                        "td",
                        css("message"),
                        attr("title", view.redacted(message, LONGEST_TITLE)),
                        before,
                        Parts.line(view, message));
    }

    /** How long it took or has been running, or when it is due. */
    private static Node time(View view, Job job) {
        Instant started = job.startedAt();
        Instant ended = job.completedAt();
        return switch (job.status()) {
            case PENDING ->
                el("span", css("muted"), view.say("jobs.due"), " ", view.words().ago(job.runAt(), view.now()));
            case PROCESSING ->
                started == null
                        ? Html.text("–")
                        : Html.text(view.say("jobs.runs", view.words().duration(between(started, view.now()))));
            case WAITING -> Html.text("–");
            case COMPLETED, FAILED, CANCELLED ->
                ended == null
                        ? Html.text("–")
                        : el(
                                "span",
                                attr("title", view.words().exact(ended)),
                                view.words().duration(between(job.createdAt(), ended)));
        };
    }

    private static Duration between(Instant from, Instant to) {
        return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
    }
}
