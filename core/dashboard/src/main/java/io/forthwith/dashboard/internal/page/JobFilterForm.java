package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Draws the filter of jobs: a link per status, and a form for the rest. */
final class JobFilterForm {
    private static final int LONGEST_VALUE = 40;
    private static final int MOST_PROPOSALS = 100;
    private static final Set<String> PROPOSED =
            Set.of(JobFilter.SINCE, JobFilter.QUEUE, JobFilter.TYPE, JobFilter.LABEL);
    /** Few people need these fields: the form folds them up unless one has a value. */
    private static final Set<String> FOLDED = Set.of(
            JobFilter.UNTIL,
            JobFilter.ENDED_SINCE,
            JobFilter.ENDED_UNTIL,
            JobFilter.LIMIT_KEY,
            JobFilter.WORKER,
            JobFilter.PARENT);

    private static final List<String> USUAL_SPANS = List.of("15m", "1h", "24h", "7d");

    private JobFilterForm() {}

    /** Begins to count the jobs of each status; not if the rest of a filter would make each count go through many jobs. */
    static Map<JobStatus, Asked<BoundedCount>> count(View view, JobFilter filter) {
        Map<JobStatus, Asked<BoundedCount>> counts = new EnumMap<>(JobStatus.class);
        if (filter.values().isEmpty() && view.access().project() == null) {
            JobQuery query = filter.without(JobFilter.STATUS).query(view);
            for (JobStatus status : JobStatus.values()) {
                counts.put(status, count(view, query, status));
            }
        }
        return counts;
    }

    private static Asked<BoundedCount> count(View view, JobQuery query, JobStatus status) {
        return switch (status) {
            case WAITING ->
                view.access().isScoped()
                        ? view.source().countOf(query.status(status))
                        : view.source().countOfWaiting(view.now());
            case COMPLETED, CANCELLED -> view.source().countOfEnded(query, status);
            case PENDING, PROCESSING, FAILED -> view.source().countOf(query.status(status));
        };
    }

    /** A link per status, which chooses it too or leaves it out. */
    static Node chips(View view, JobFilter filter, Map<JobStatus, Asked<BoundedCount>> counts) {
        long deadline = soon(view);
        List<Node> chips = new ArrayList<>();
        chips.add(el(
                "a",
                attr("href", filter.without(JobFilter.STATUS).link(view, "jobs")),
                attrIf(filter.statuses().isEmpty(), "aria-current", "true"),
                view.say("jobs.every")));
        for (JobStatus status : JobStatus.values()) {
            Asked<BoundedCount> asked = counts.get(status);
            String count = Parts.count(
                    view, asked == null ? null : asked.await(deadline).value());
            chips.add(el(
                    "a",
                    css("s-" + status.text()),
                    attr("href", filter.toggled(status).link(view, "jobs")),
                    attrIf(filter.statuses().contains(status), "aria-current", "true"),
                    el("span", css("sign"), attr("aria-hidden", "true"), Parts.sign(status)),
                    " ",
                    view.say("status." + status.text()),
                    count == null ? null : all(" ", el("b", count))));
        }
        return el(
                "div",
                attr("role", "group"),
                attr("id", "statuses"),
                attr("data-live", ""),
                css("chips"),
                attr("aria-label", view.say("jobs.filter.status")),
                chips);
    }

    /** The form is worth less of the time than the jobs are. */
    private static long soon(View view) {
        Duration some = view.source().patience().dividedBy(4);
        return Math.min(view.deadline(), System.nanoTime() + some.toNanos());
    }

    /** A field per value. */
    static Node form(View view, JobFilter filter) {
        List<Node> fields = new ArrayList<>();
        List<Node> folded = new ArrayList<>();
        for (String name : JobFilter.NAMES) {
            List<Node> some = FOLDED.contains(name) ? folded : fields;
            if (isAsked(view, name)) {
                some.add(field(view, filter, name));
            } else if (filter.problems().containsKey(name)) {
                some.add(problem(view, filter, name));
            }
        }
        boolean isOpen = FOLDED.stream().anyMatch(name -> view.param(name) != null);
        return all(
                el(
                        "form",
                        css("filters"),
                        attr("action", "jobs"),
                        attr("method", "get"),
                        attr("aria-label", view.say("jobs.filter")),
                        Layout.language(view),
                        filter.statuses().stream()
                                .map(status -> Parts.hidden(JobFilter.STATUS, status.text()))
                                .toList(),
                        fields,
                        el(
                                "details",
                                css("more"),
                                attrIf(isOpen, "open", ""),
                                el("summary", view.say("jobs.filter.more")),
                                el("div", css("filters"), folded)),
                        proposals(view),
                        el("button", view.say("jobs.filter.apply")),
                        filter.isEmpty() ? null : Parts.link(view.link("jobs"), view.say("jobs.filter.clear"))),
                filter.problems().containsKey(JobFilter.STATUS) ? problem(view, filter, JobFilter.STATUS) : null);
    }

    private static boolean isAsked(View view, String name) {
        return switch (name) {
            case JobFilter.PARENT -> view.param(name) != null;
            case JobFilter.LABEL -> view.source().hasLabels();
            default -> JobFilter.onlyOf(view, name) == null;
        };
    }

    /** What may stand in some of the fields; a viewer of some jobs only does not hear of queues and types of others. */
    private static Node proposals(View view) {
        if (view.access().isScoped()) {
            return proposals(JobFilter.SINCE, USUAL_SPANS);
        }
        long deadline = soon(view);
        List<String> labels = !view.source().hasLabels()
                ? List.of()
                : view.source().labels().await(deadline).or(List.of()).stream()
                        .map(label -> label.name() + "=")
                        .toList();
        Asked<List<RegisteredWorker>> workers = view.source().workers();
        List<String> queues = view.source().queues().await(deadline).or(List.of()).stream()
                .map(QueueState::queue)
                .toList();
        List<String> types = workers.await(deadline).or(List.of()).stream()
                .map(worker -> worker.info().serves())
                .filter(Objects::nonNull)
                .flatMap(serves -> serves.types().stream())
                .filter(type -> !type.equals(WorkerInfo.Serves.CUT))
                .distinct()
                .sorted()
                .toList();
        return all(
                proposals(JobFilter.SINCE, USUAL_SPANS),
                proposals(JobFilter.QUEUE, queues),
                proposals(JobFilter.TYPE, types),
                proposals(JobFilter.LABEL, labels));
    }

    private static Node proposals(String name, List<String> values) {
        return el(
                "datalist",
                attr("id", "some-" + name),
                values.stream()
                        .limit(MOST_PROPOSALS)
                        .map(value -> el("option", attr("value", value)))
                        .toList());
    }

    private static Node field(View view, JobFilter filter, String name) {
        String value = view.param(name);
        boolean isBad = filter.problems().containsKey(name);
        boolean isTime = JobFilter.TIMES.contains(name);
        boolean isLabel = name.equals(JobFilter.LABEL);
        Node label = el(
                "label",
                view.say("jobs.filter." + name),
                el(
                        "input",
                        attr("name", name),
                        attr("value", value == null ? "" : PageTexts.cut(value, JobFilter.LONGEST)),
                        attr("maxlength", JobFilter.LONGEST),
                        attr("autocomplete", "off"),
                        attr("spellcheck", "false"),
                        attrIf(isTime || PROPOSED.contains(name), "list", "some-" + (isTime ? JobFilter.SINCE : name)),
                        attrIf(isTime, "placeholder", view.say("jobs.filter.since.hint")),
                        attrIf(isLabel, "placeholder", view.say("jobs.filter.label.hint")),
                        attrIf(isBad, "aria-invalid", "true"),
                        attrIf(isBad, "aria-describedby", "bad-" + name)));
        return isBad ? el("div", css("bad"), label, problem(view, filter, name)) : label;
    }

    private static Node problem(View view, JobFilter filter, String name) {
        return el(
                "p",
                css("problem"),
                attr("id", "bad-" + name),
                filter.problems().get(name),
                " ",
                Parts.link(filter.link(view, "jobs"), view.say("jobs.bad.drop")));
    }

    /** Links that drop one part of the filter each. */
    static Node drops(View view, JobFilter filter) {
        List<Node> links = new ArrayList<>();
        if (!filter.statuses().isEmpty()) {
            String statuses = String.join(
                    ", ",
                    filter.statuses().stream()
                            .map(status -> view.say("status." + status.text()))
                            .toList());
            links.add(drop(view, filter, JobFilter.STATUS, statuses));
        }
        filter.values().forEach((name, value) -> links.add(drop(view, filter, name, value)));
        return el("ul", links.stream().map(link -> el("li", link)).toList());
    }

    private static Node drop(View view, JobFilter filter, String name, String value) {
        return Parts.link(
                filter.without(name).link(view, "jobs"),
                view.say("jobs.drop", view.say("jobs.filter." + name)),
                " ",
                foreign(PageTexts.cut(value, LONGEST_VALUE)));
    }

    /** A value of a job as a link that adds it to the filter. */
    static Node value(View view, JobFilter filter, String name, @Nullable String value) {
        if (value == null) {
            return Parts.name(null);
        }
        String link = filter.with(name, value).link(view, "jobs");
        return name.equals(JobFilter.CODE) ? Parts.secret(view, value, link) : Parts.link(link, Parts.name(value));
    }
}
