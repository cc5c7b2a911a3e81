package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.Span;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many attempts ended over time, and how long their jobs had waited. */
final class Throughput {
    private Throughput() {}

    /** What ended between two moments. */
    private static final class Step {
        private final Instant from;
        private long completed;
        private long again;
        private long failed;
        private final long[] waits = new long[DurationBuckets.SIZE];

        Step(Instant from) {
            this.from = from;
        }

        void add(JobOutcomes outcomes) {
            switch (outcomes.outcome()) {
                case COMPLETED -> completed += outcomes.jobs();
                case RETRIED, POSTPONED -> again += outcomes.jobs();
                case FAILED -> failed += outcomes.jobs();
                case WAITING, CANCELLED -> {
                    // Neither well nor wrong.
                }
            }
            outcomes.waits().addTo(waits);
        }

        /** How long a share of the jobs had waited at the most; null if nothing was measured. */
        @Nullable
        Duration waited(double share) {
            return DurationBuckets.of(waits).quantile(share);
        }

        long shown() {
            return completed + again + failed;
        }
    }

    static Node card(View view, Span span, Answer<List<JobOutcomes>> outcomes) {
        return Parts.card(
                view,
                "throughput",
                view.say("overview.throughput"),
                outcomes,
                value -> all(spans(view, span), chart(view, span, value)));
    }

    /** Links to other spans. */
    static Node spans(View view, Span chosen) {
        return el(
                "p",
                css("spans"),
                Arrays.stream(Span.values())
                        .map(span -> el(
                                "a",
                                attr("href", view.link(view.request().path().substring(1), "span", span.word())),
                                attrIf(span == chosen, "aria-current", "true"),
                                view.say("span." + span.word())))
                        .toList());
    }

    private static Node chart(View view, Span span, List<JobOutcomes> outcomes) {
        List<Step> steps = steps(view.now(), span, outcomes);
        long highest = steps.stream().mapToLong(Step::shown).max().orElse(0);
        if (highest == 0) {
            return Parts.empty(view.say("overview.nothingEnded", view.say("span." + span.word())));
        }
        List<Charts.Column> columns = new ArrayList<>();
        List<Charts.Range> ranges = new ArrayList<>();
        double slowest = 0;
        for (Step step : steps) {
            Duration median = step.waited(OutcomesByMinute.MEDIAN);
            Duration most = step.waited(OutcomesByMinute.MOST);
            columns.add(new Charts.Column(step.completed, step.again, step.failed, title(view, step)));
            ranges.add(new Charts.Range(seconds(median), seconds(most), waitTitle(view, step, median, most)));
            slowest = Math.max(slowest, most == null ? 0 : most.toMillis() / 1000.0);
        }
        Node times = el(
                "div",
                css("axis"),
                el("span", at(view, span, steps.get(0).from)),
                el("span", at(view, span, steps.get(steps.size() / 2).from)),
                el("span", view.say("chart.now")));
        return all(
                el(
                        "div",
                        css("charts"),
                        el(
                                "div",
                                legend(view),
                                figure(
                                        Sentence.of(
                                                view,
                                                "overview.perStep." + span.word(),
                                                el("b", view.words().number(highest))),
                                        Charts.columns(columns, highest, view.say("overview.throughput")),
                                        times)),
                        el(
                                "div",
                                el("p", css("legend"), view.say("overview.waits")),
                                figure(
                                        Sentence.of(
                                                view,
                                                "overview.waits.of." + span.word(),
                                                el("b", view.words().duration(Duration.ofMillis((long)
                                                        (slowest * 1000))))),
                                        Charts.band(ranges, slowest, view.say("overview.waits")),
                                        times))),
                el(
                        "details",
                        attr("id", "figures-of-chart"),
                        el("summary", view.say("chart.asTable")),
                        table(view, steps)));
    }

    private static List<Step> steps(Instant now, Span span, List<JobOutcomes> outcomes) {
        long length = span.step().toSeconds();
        long last = now.getEpochSecond() / length;
        int count = (int) (span.length().toSeconds() / length);
        List<Step> steps = new ArrayList<>();
        for (long i = last - count + 1; i <= last; i++) {
            steps.add(new Step(Instant.ofEpochSecond(i * length)));
        }
        for (JobOutcomes each : outcomes) {
            long index = each.from().getEpochSecond() / length - (last - count + 1);
            if (index >= 0 && index < count) {
                steps.get((int) index).add(each);
            }
        }
        return steps;
    }

    private static @Nullable Double seconds(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis() / 1000.0;
    }

    private static String at(View view, Span span, Instant from) {
        return span.length().compareTo(Duration.ofDays(1)) > 0
                ? view.words().exact(from).substring(0, 10)
                : view.words().clock(from);
    }

    private static String title(View view, Step step) {
        return view.say(
                "overview.column",
                view.words().minute(step.from),
                view.words().number(step.completed),
                view.words().number(step.again),
                view.words().number(step.failed));
    }

    private static String waitTitle(View view, Step step, @Nullable Duration median, @Nullable Duration most) {
        String from = view.words().minute(step.from);
        return median == null || most == null
                ? from + ": –"
                : view.say(
                        "overview.wait",
                        from,
                        view.words().duration(median),
                        view.words().duration(most));
    }

    /** @param highest stands at the line that is as high as the chart */
    private static Node figure(Node highest, Node chart, Node times) {
        return el("figure", el("figcaption", highest), chart, times);
    }

    private static Node legend(View view) {
        return el(
                "p",
                css("legend"),
                el("span", css("k-completed"), "●"),
                " ",
                view.say("status.completed"),
                " ",
                el("span", css("k-again"), "↻"),
                " ",
                view.say("overview.again"),
                " ",
                el("span", css("k-failed"), "✕"),
                " ",
                view.say("status.failed"));
    }

    private static Node table(View view, List<Step> steps) {
        List<Node> rows = new ArrayList<>();
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            Duration median = step.waited(OutcomesByMinute.MEDIAN);
            Duration most = step.waited(OutcomesByMinute.MOST);
            rows.add(el(
                    "tr",
                    Parts.td(view.words().time(step.from)),
                    Parts.number(view.words().number(step.completed)),
                    Parts.number(view.words().number(step.again)),
                    Parts.number(view.words().number(step.failed)),
                    Parts.number(median == null ? "–" : view.words().duration(median)),
                    Parts.number(most == null ? "–" : view.words().duration(most))));
        }
        return Parts.table(
                List.of(
                        Parts.th(view.say("overview.when")),
                        Parts.thNumber(view.say("status.completed")),
                        Parts.thNumber(view.say("overview.again")),
                        Parts.thNumber(view.say("status.failed")),
                        Parts.thNumber(view.say("overview.wait.median")),
                        Parts.thNumber(view.say("overview.wait.most"))),
                rows);
    }
}
