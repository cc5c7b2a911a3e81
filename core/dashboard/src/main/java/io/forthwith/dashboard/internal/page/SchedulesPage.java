package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.schedule.StoredSchedule;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What runs next, and what was missed? */
public final class SchedulesPage implements Page {
    private static final int PAGE = 50;
    private static final int MOST_COMING = 10;
    private static final int LONGEST_NAME = 128;
    private static final String EXAMPLE = """
            Schedule nightly = Schedule.of("nightly-report", REPORT, new Report("daily"))
                    .cron("0 3 * * *")
                    .zone(ZoneId.of("Europe/Berlin"));
            Worker worker = Worker.of(store, processors)
                    .schedules(nightly)
                    .declarationOwner("shop", 42)
                    .start();""";

    @Override
    public String path() {
        return "schedules";
    }

    @Override
    public Content content(View view) {
        String from = name(view.param("from"));
        String after = name(view.param("after"));
        Asked<List<StoredSchedule>> asked = view.source().schedules(from, after, PAGE + 1);
        Asked<List<StoredSchedule>> askedAll = view.source().schedules();
        Answer<List<StoredSchedule>> page = view.await(asked);
        List<StoredSchedule> shown = page.or(List.of()).stream().limit(PAGE).toList();
        Answer<JobsById> runs = view.await(view.source().find(runs(shown)));
        Answer<List<StoredSchedule>> coming = view.await(askedAll);
        return new Content(
                view.say("nav.schedules"),
                all(
                        Parts.card(
                                view,
                                "coming",
                                view.say("schedules.coming"),
                                coming,
                                value -> ScheduleRows.coming(view, value, MOST_COMING)),
                        Parts.card(
                                view,
                                "schedules",
                                view.say("schedules.all"),
                                page,
                                value -> all(
                                        Marks.missing(view, view.say("schedules.lastRun"), runs),
                                        table(view, shown, runs),
                                        pages(view, value)))));
    }

    private static @Nullable String name(@Nullable String text) {
        return text == null || text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME);
    }

    private static List<UUID> runs(List<StoredSchedule> schedules) {
        return schedules.stream()
                .map(ScheduleRows::newestRun)
                .filter(Objects::nonNull)
                .toList();
    }

    private static Node table(View view, List<StoredSchedule> schedules, Answer<JobsById> runs) {
        if (schedules.isEmpty()) {
            return isFirst(view)
                    ? Parts.empty(el("p", view.say("schedules.none")), el("pre", EXAMPLE))
                    : Parts.empty(view.say("schedules.noMore"));
        }
        return new ScheduleRows(view, runs.value()).table(schedules);
    }

    private static boolean isFirst(View view) {
        return view.param("from") == null && view.param("after") == null;
    }

    private static Node pages(View view, List<StoredSchedule> read) {
        boolean isLast = read.size() <= PAGE;
        if (isLast && isFirst(view)) {
            return Node.NONE;
        }
        return el(
                "p",
                css("pages"),
                isFirst(view) ? null : Parts.link(view.link("schedules"), view.say("schedules.first")),
                isLast
                        ? null
                        : Parts.link(
                                view.link(
                                        "schedules", "after", read.get(PAGE - 1).name()),
                                view.say("schedules.next")));
    }
}
