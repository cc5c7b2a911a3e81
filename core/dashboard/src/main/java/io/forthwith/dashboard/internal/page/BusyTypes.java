package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.DurationBuckets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The types of which most attempts ended in the last hour. */
final class BusyTypes {
    private static final int MOST_ROWS = 8;

    private BusyTypes() {}

    static Node card(View view, Answer<LastHourOutcomes> hour) {
        return Parts.card(view, "types", view.say("types.title"), hour, value -> table(view, value));
    }

    private static Node table(View view, LastHourOutcomes hour) {
        Map<String, OutcomesByMinute> hours = hour.byType(view.now());
        if (hours.isEmpty()) {
            return Parts.empty(view.say("overview.nothingEnded", view.say("span.1h")));
        }
        List<Map.Entry<String, OutcomesByMinute>> busiest = hours.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, OutcomesByMinute> each) ->
                                -each.getValue().attempts())
                        .thenComparing(Map.Entry::getKey))
                .limit(MOST_ROWS)
                .toList();
        return all(
                new Table<Map.Entry<String, OutcomesByMinute>>()
                        .name(
                                view.say("column.type"),
                                each -> Parts.link(view.link("jobs", "type", each.getKey()), Parts.name(each.getKey())))
                        .text(view.say("queues.lastHour"), each -> QueuesPage.sparkline(view, each.getValue()))
                        .number(
                                view.say("status.completed"),
                                each -> view.words().number(each.getValue().completed()))
                        .number(view.say("overview.again"), each -> again(view, each.getValue()))
                        .onlyIf(each -> each.getValue().again() > 0)
                        .number(view.say("status.failed"), each -> failed(view, each.getKey(), each.getValue()))
                        .number(
                                view.say("types.median"),
                                each -> bound(view, each.getValue().ran(OutcomesByMinute.MEDIAN)))
                        .number(
                                view.say("types.most"),
                                each -> bound(view, each.getValue().ran(OutcomesByMinute.MOST)))
                        .of(busiest),
                hours.size() > MOST_ROWS
                        ? el("p", css("muted"), view.say("types.more", hours.size() - MOST_ROWS))
                        : null);
    }

    private static Node again(View view, OutcomesByMinute hour) {
        return hour.again() == 0
                ? el("span", css("muted"), "0")
                : el("span", css("k-again"), "↻ ", view.words().number(hour.again()));
    }

    private static Node failed(View view, String type, OutcomesByMinute hour) {
        return hour.failed() == 0
                ? el("span", css("muted"), "0")
                : Parts.link(
                        view.link("failures", "span", "1h", "type", type),
                        el("span", css("k-failed"), "✕ ", view.words().number(hour.failed())));
    }

    /** What is counted in buckets is known by their bounds only. */
    private static @Nullable Node bound(View view, @Nullable Duration upTo) {
        if (upTo == null) {
            return null;
        }
        String lower = view.words().duration(upTo.dividedBy(2));
        String upper = view.words().duration(upTo);
        if (upTo.equals(DurationBuckets.upTo(DurationBuckets.SIZE - 1))) {
            return Html.text(view.say("types.over", lower));
        }
        boolean isFirst = upTo.equals(DurationBuckets.upTo(0));
        return el(
                "span",
                attrIf(!isFirst, "title", view.say("types.bounds", lower, upper)),
                view.say("types.upTo", upper));
    }
}
