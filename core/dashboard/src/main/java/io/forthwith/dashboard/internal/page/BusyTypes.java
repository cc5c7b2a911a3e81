package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.LastHour;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobOutcomes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The types of which most attempts ended in the last hour. */
final class BusyTypes {
    private static final int MOST_ROWS = 8;

    private BusyTypes() {}

    static Node card(View view, Answer<List<JobOutcomes>> outcomes) {
        return Parts.card(view, "types", view.say("types.title"), outcomes, value -> table(view, value));
    }

    private static Node table(View view, List<JobOutcomes> outcomes) {
        Map<String, LastHour> hours = LastHour.by(JobOutcomes::type, outcomes, view.now());
        if (hours.isEmpty()) {
            return Parts.empty(view.say("overview.nothingEnded", view.say("span.1h")));
        }
        List<Map.Entry<String, LastHour>> busiest = hours.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, LastHour> each) ->
                                -each.getValue().attempts())
                        .thenComparing(Map.Entry::getKey))
                .limit(MOST_ROWS)
                .toList();
        return all(
                Parts.table(
                        List.of(
                                Parts.th(view.say("column.type")),
                                Parts.th(view.say("queues.lastHour")),
                                Parts.thNumber(view.say("status.completed")),
                                Parts.thNumber(view.say("overview.again")),
                                Parts.thNumber(view.say("status.failed")),
                                Parts.thNumber(view.say("types.median")),
                                Parts.thNumber(view.say("types.most"))),
                        busiest.stream()
                                .map(each -> row(view, each.getKey(), each.getValue()))
                                .toList()),
                hours.size() > MOST_ROWS
                        ? el("p", css("muted"), view.say("types.more", hours.size() - MOST_ROWS))
                        : null);
    }

    private static Node row(View view, String type, LastHour hour) {
        return el(
                "tr",
                el("th", Marks.ROW, Parts.link(view.link("jobs", "type", type), Parts.name(type))),
                Parts.td(QueuesPage.sparkline(view, hour)),
                Parts.number(view.words().number(hour.completed())),
                Parts.number(
                        hour.again() == 0
                                ? el("span", css("muted"), "0")
                                : el("span", css("k-again"), "↻ ", view.words().number(hour.again()))),
                hour.failed() == 0
                        ? Parts.number(el("span", css("muted"), "0"))
                        : Parts.number(Parts.link(
                                view.link("failures", "span", "1h", "type", type),
                                el("span", css("k-failed"), "✕ ", view.words().number(hour.failed())))),
                Parts.number(duration(view, hour.ran(LastHour.MEDIAN))),
                Parts.number(duration(view, hour.ran(LastHour.MOST))));
    }

    private static String duration(View view, @Nullable Duration duration) {
        return duration == null ? "–" : view.say("types.upTo", view.words().duration(duration));
    }
}
