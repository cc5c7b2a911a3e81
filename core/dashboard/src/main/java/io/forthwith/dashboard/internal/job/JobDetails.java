package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;
import static io.forthwith.dashboard.internal.html.Html.text;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.MatchingLabels;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.ControlCharacters;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Everything else that is known of a job. */
final class JobDetails {
    private static final int LONGEST_VALUE = 240;

    private JobDetails() {}

    static Node card(JobPageData facts) {
        View view = facts.view();
        return all(
                el(
                        "div",
                        css("pair"),
                        Parts.card("settings", view.say("facts.settings"), el("dl", settings(facts))),
                        Parts.card("times", view.say("facts.times"), el("dl", times(view, facts.job())))),
                metadata(view, facts.job()));
    }

    private static List<Node> settings(JobPageData facts) {
        View view = facts.view();
        Job job = facts.job();
        List<Node> rows = new ArrayList<>();
        rows.add(JobHeader.row(view, "facts.priority", job.priority()));
        rows.add(JobHeader.row(
                view,
                "facts.attempts",
                job.maxAttempts() == null
                        ? view.say("facts.attempts.byPolicy", job.attempt())
                        : view.say("facts.attempts.of", job.attempt(), job.maxAttempts())));
        rows.add(JobHeader.row(
                view,
                "facts.timeLimit",
                job.timeLimit() == null
                        ? view.say("facts.byProcessor")
                        : view.words().duration(job.timeLimit())));
        rows.add(JobHeader.row(view, "facts.uniqueKey", uniqueKey(view, job)));
        rows.add(JobHeader.row(
                view,
                "facts.locale",
                job.locale() == null ? view.say("facts.byWorker") : job.locale().toLanguageTag()));
        rows.add(JobHeader.row(view, "facts.worker", job.workerId() == null ? "–" : facts.worker(job.workerId())));
        rows.add(JobHeader.row(view, "facts.claim", job.claim()));
        rows.add(JobHeader.row(view, "facts.lostWorkers", job.lostWorkers()));
        rows.add(JobHeader.row(view, "facts.postponements", job.postponements()));
        rows.add(JobHeader.row(view, "facts.error", error(view, job)));
        rows.add(JobHeader.row(
                view, "facts.trace", job.traceContext() == null ? "–" : el("code", Parts.name(job.traceContext()))));
        return rows;
    }

    private static Node uniqueKey(View view, Job job) {
        return job.uniqueKey() == null || job.keyScope() == null
                ? text("–")
                : all(
                        Parts.secret(view, job.uniqueKey(), view.link("jobs", JobFilter.KEY, job.uniqueKey())),
                        " ",
                        view.say("facts.uniqueKey." + job.keyScope()));
    }

    private static Node error(View view, Job job) {
        JobError.Kind kind = job.errorKind();
        String code = job.errorCode();
        return code == null
                ? text("–")
                : all(Parts.secret(view, code), " ", kind == null ? null : view.say("attempts.kind." + kind));
    }

    private static List<Node> times(View view, Job job) {
        Map<String, @Nullable Instant> times = new LinkedHashMap<>();
        times.put("facts.time.created", job.createdAt());
        times.put("facts.time.due", job.runAt());
        times.put("facts.time.postponed", job.postponedSince());
        times.put("facts.time.expires", job.expiresAt());
        times.put("facts.time.started", job.startedAt());
        times.put("facts.time.cancel", job.cancelRequestedAt());
        times.put("facts.time.ended", job.completedAt());
        times.put("facts.time.updated", job.updatedAt());
        List<Node> rows = new ArrayList<>();
        times.forEach((key, at) -> rows.add(JobHeader.row(
                view,
                key,
                at == null
                        ? "–"
                        : all(
                                view.words().time(at),
                                " ",
                                el("span", css("muted"), view.words().ago(at, view.now()))))));
        return rows;
    }

    private static Node metadata(View view, Job job) {
        if (job.metadata().isEmpty()) {
            return Node.NONE;
        }
        List<Node> rows = new ArrayList<>();
        new TreeMap<>(job.metadata()).forEach((key, value) -> {
            Map.Entry<String, String> shown = view.redacted(key, value);
            rows.add(el(
                    "tr",
                    el("th", attr("scope", "row"), Parts.name(shown.getKey())),
                    el("td", css("message"), value(view, Map.entry(key, value), shown))));
        });
        return Parts.card(
                "metadata",
                view.say("facts.metadata"),
                Parts.table(List.of(Parts.th(view.say("facts.key")), Parts.th(view.say("facts.value"))), rows));
    }

    private static Node value(View view, Map.Entry<String, String> metadata, Map.Entry<String, String> shown) {
        Node line = foreign(PageTexts.cut(shown.getValue(), LONGEST_VALUE));
        String link = link(view, metadata, shown);
        return link == null ? line : Parts.link(link, line);
    }

    /** The labels of a job that lead to the jobs with the same label. */
    static List<Node> labels(View view, Job job) {
        List<Node> labels = new ArrayList<>();
        new TreeMap<>(job.metadata()).forEach((key, value) -> {
            String link = link(view, Map.entry(key, value), view.redacted(key, value));
            if (link != null) {
                labels.add(Parts.link(link, foreign(PageTexts.cut(key + "=" + value, LONGEST_VALUE))));
            }
        });
        return labels;
    }

    /** A label leads to all jobs that have it. The text is shown as the redactor shows it, and one that it changes is no link. */
    private static @Nullable String link(
            View view, Map.Entry<String, String> metadata, Map.Entry<String, String> shown) {
        JobQuery.Label label = view.source().hasLabels() && shown.equals(metadata)
                ? MatchingLabels.label(metadata.getKey(), metadata.getValue())
                : null;
        String text = label == null ? "" : JobFilter.text(label);
        return label == null || !isRead(text) || !isDeclared(view, metadata.getKey())
                ? null
                : view.link("jobs", JobFilter.LABEL, text);
    }

    /** Whether the page of a link reads a text as it is: it strips spaces, and refuses control characters. */
    private static boolean isRead(String text) {
        return text.equals(text.strip()) && !ControlCharacters.has(text);
    }

    private static boolean isDeclared(View view, String name) {
        return view.await(view.source().labels()).or(List.of()).stream()
                .anyMatch(each -> each.name().equals(name));
    }
}
