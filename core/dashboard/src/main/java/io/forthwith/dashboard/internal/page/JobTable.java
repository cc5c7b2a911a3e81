package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Draws jobs as rows, whose values are links that narrow the filter. */
final class JobTable {
    /** The parameter that says which rows are ticked at first. */
    static final String TICK = "tick";

    static final String ALL = "all";

    private JobTable() {}

    /** Whether the viewer wants all rows of the page ticked. */
    static boolean areTicked(View view) {
        return ALL.equals(view.param(TICK));
    }

    /** Whether the viewer can do something to a job that the filter may select. */
    static boolean hasBoxes(View view, JobFilter filter) {
        return view.access().actsOnJobs()
                && ActNames.OF_JOBS.stream().anyMatch(word -> ActNames.isPossible(word, filter));
    }

    static Node of(View view, JobFilter filter, List<Job> jobs) {
        Table<Job> table = new Table<>();
        if (hasBoxes(view, filter)) {
            table.text(view.say("act.tick.column"), job -> select(view, job));
        }
        return el(
                "div",
                css("jobs"),
                table.text(view.say("jobs.filter.status"), job -> Parts.pill(view, job.status()))
                        .text(view.say("jobs.filter.id"), job -> Parts.jobLink(view, job.id()))
                        .column(
                                view.say("jobs.filter.type"),
                                "value",
                                job -> value(view, filter, JobFilter.TYPE, job.type()))
                        .column(
                                view.say("jobs.filter.queue"),
                                "value",
                                job -> value(view, filter, JobFilter.QUEUE, job.queue()))
                        .minor()
                        .column(
                                view.say("jobs.filter.user"),
                                "value",
                                job -> value(view, filter, JobFilter.USER, job.userId()))
                        .minor()
                        .column(
                                view.say("jobs.filter.project"),
                                "value",
                                job -> value(view, filter, JobFilter.PROJECT, job.projectId()))
                        .minor()
                        .column(view.say("jobs.column.progress"), "progress", job -> progress(view, job))
                        .number(view.say("jobs.column.attempt"), JobTable::attempt)
                        .minor()
                        .number(
                                view.say("jobs.column.enqueued"),
                                job -> view.words().ago(job.createdAt(), view.now()))
                        .number(view.say("jobs.column.time"), job -> time(view, job))
                        .line(job -> all(code(view, filter, job), Parts.message(view, job.errorMessage())))
                        .of(jobs));
    }

    /** A box to choose the row. */
    private static Node select(View view, Job job) {
        return el(
                "input",
                attr("type", "checkbox"),
                attr("name", JobFilter.ID),
                attr("value", job.id()),
                attrIf(areTicked(view), "checked", ""),
                attr("aria-label", view.say("act.tick", PageTexts.shortId(job.id()))));
    }

    private static @Nullable Node value(View view, JobFilter filter, String name, @Nullable String value) {
        return value == null ? null : JobFilterForm.value(view, filter, name, value);
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

    /** A cell about a job that is known by its id; a mark if it was not read. */
    static Table.Cell<UUID> ofFound(@Nullable JobsById found, Table.Cell<Job> cell) {
        return id -> {
            Job job = found == null ? null : found.job(id);
            return job == null ? "?" : cell.of(job);
        };
    }

    /** How long it took or has been running, or when it is due. */
    private static @Nullable Node time(View view, Job job) {
        Instant started = job.startedAt();
        Instant ended = job.completedAt();
        return switch (job.status()) {
            case PENDING ->
                el("span", css("muted"), view.say("jobs.due"), " ", view.words().ago(job.runAt(), view.now()));
            case PROCESSING ->
                started == null
                        ? null
                        : Html.text(view.say("jobs.runs", view.words().duration(between(started, view.now()))));
            case WAITING -> null;
            case COMPLETED, FAILED, CANCELLED ->
                ended == null
                        ? null
                        : el(
                                "time",
                                attr("datetime", ended),
                                attr("title", view.words().exact(ended)),
                                started == null && !job.relations().isParent()
                                        ? view.say(
                                                "jobs.neverRan", view.words().duration(between(job.createdAt(), ended)))
                                        : view.words().duration(between(job.createdAt(), ended)));
        };
    }

    private static Duration between(Instant from, Instant to) {
        return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
    }
}
