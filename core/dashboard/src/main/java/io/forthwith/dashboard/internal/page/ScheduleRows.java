package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.data.NextRuns;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.LimitMarks;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Draws schedules, and what becomes of their times. */
public final class ScheduleRows {
    private static final int TIMES = 5;
    private static final String DASH = "–";

    private final View view;
    private final @Nullable JobsById runs;

    /**
     * Rows for one viewer.
     *
     * @param runs the newest runs; null if they could not be read
     */
    ScheduleRows(View view, @Nullable JobsById runs) {
        this.view = view;
        this.runs = runs;
    }

    /** The id of the newest run; null if there is none. Also of one by hand, which has no nominal time, until the next run. */
    static @Nullable UUID newestRun(StoredSchedule schedule) {
        List<UUID> open = schedule.progress().runs();
        if (!open.isEmpty()) {
            return open.get(open.size() - 1);
        }
        Instant fired = schedule.progress().lastFiredAt();
        return fired == null ? null : ScheduledRunIds.of(schedule.name(), schedule.creationId(), fired);
    }

    /** What comes next of all schedules. */
    static Node coming(View view, List<StoredSchedule> schedules, int most) {
        List<NextRuns.Run> runs = NextRuns.of(schedules, view.now(), most);
        if (runs.isEmpty()) {
            return Parts.empty(view.say("schedules.nothingComes"));
        }
        return all(
                new Table<NextRuns.Run>()
                        .text(view.say("schedules.when"), run -> when(view, run))
                        .text(
                                Parts.name(PageTexts.name(view.words().zone())),
                                run -> view.words().time(run.at()))
                        .text(
                                view.say("schedules.schedule"),
                                run -> Parts.link(
                                        ScheduleLinks.link(view, run.schedule().name()),
                                        Parts.name(run.schedule().name())))
                        .text(
                                view.say("column.type"),
                                run -> Parts.name(run.schedule().definition().type()))
                        .of(runs),
                el("p", css("legend"), view.say("schedules.atMost", NextRuns.MOST_OF_ONE)),
                schedules.size() < Source.MOST_JOBS
                        ? null
                        : el("p", css("muted"), view.say("schedules.ofTheFirst", Source.MOST_JOBS)));
    }

    private static Node when(View view, NextRuns.Run run) {
        return all(view.words().ago(run.at(), view.now()), NextRuns.isLate(run.at(), view.now()) ? late(view) : null);
    }

    private static Node late(View view) {
        return all(" ", Marks.mark("failed", "⚠", view.say("schedules.late")));
    }

    Node table(List<StoredSchedule> schedules) {
        return new Table<StoredSchedule>()
                .mark(schedule -> attr("id", ScheduleLinks.anchor(schedule.name())))
                .name(view.say("schedules.schedule"), schedule -> all(Parts.name(schedule.name()), notes(schedule)))
                .text(view.say("schedules.nextTimes"), this::next)
                .text(view.say("schedules.lastRun"), this::lastRun)
                .number(
                        view.say("schedules.fired"),
                        schedule -> view.words().number(schedule.progress().fired()))
                .number(
                        view.say("schedules.skipped"),
                        schedule -> view.words().number(schedule.progress().skipped()))
                .column(view.say("schedules.times"), "message", schedule -> times(schedule.definition()))
                .text(view.say("queues.actions"), schedule -> Buttons.of(view, schedule))
                .of(schedules);
    }

    private Node notes(StoredSchedule schedule) {
        ScheduleDefinition definition = schedule.definition();
        StoredSchedule.Declaration declaration = schedule.declaration();
        Pause pause = schedule.pause();
        String error = schedule.progress().error();
        return all(
                Marks.note(
                        view.say("schedules.enqueues"),
                        " ",
                        Parts.link(view.link("jobs", "type", definition.type()), Parts.name(definition.type())),
                        " → ",
                        Parts.link(view.link("jobs", "queue", definition.queue()), Parts.name(definition.queue()))),
                definition.limits() == null
                        ? null
                        : Marks.note(view.say("schedules.limits"), " ", Parts.name(limits(view, definition.limits()))),
                declaration == null
                        ? null
                        : Marks.note(
                                view.say("schedules.declared"),
                                " ",
                                Parts.name(declaration.owner()),
                                " ",
                                Long.toString(declaration.version())),
                error == null
                        ? null
                        : Marks.note(
                                Marks.mark("failed", "✕", view.say("schedules.error")), " ", Parts.line(view, error)),
                pause == null ? null : Marks.paused(view, pause.since(), pause.by(), pause.reason()),
                declaration == null || declaration.retiredAt() == null
                        ? null
                        : Marks.note(
                                Marks.mark("cancelled", "⊘", view.say("schedules.retired")),
                                " ",
                                view.say("schedules.retired.detail"),
                                " ",
                                view.words().ago(declaration.retiredAt(), view.now())));
    }

    /** The limits with their costs, or what is stored if it cannot be read. */
    private static String limits(View view, String text) {
        try {
            return JobLimit.parse(text).stream()
                    .map(limit -> LimitMarks.shown(view, limit.key()) + (limit.cost() == 1 ? "" : " × " + limit.cost()))
                    .collect(Collectors.joining(", "));
        } catch (IllegalArgumentException unreadable) {
            return view.redacted(text);
        }
    }

    private Node times(ScheduleDefinition definition) {
        return all(
                definition.cron() != null
                        ? all(
                                el("code", Parts.name(definition.cron())),
                                " ",
                                el("span", css("muted"), Parts.name(definition.zone())))
                        : period(definition.period()),
                Marks.note(catchUp(definition.catchUp())),
                Marks.note(ifRunning(definition.ifRunning())),
                definition.jitter() == null
                        ? null
                        : Marks.note(view.say("schedules.jitter"), " ", duration(definition.jitter())));
    }

    private Node period(@Nullable String period) {
        return all(view.say("schedules.every"), " ", duration(period));
    }

    /** A stored duration as people read it, or as it is stored if it cannot be read. */
    private Node duration(@Nullable String text) {
        if (text == null) {
            return all(DASH);
        }
        try {
            return all(view.words().duration(Duration.parse(text)));
        } catch (DateTimeException | ArithmeticException unreadable) {
            return Parts.name(text);
        }
    }

    private Node catchUp(String text) {
        try {
            CatchUp catchUp = CatchUp.parse(text);
            if (!catchUp.firesMany() && !text.startsWith("ALL")) {
                return all(view.say("schedules.catchUp." + text));
            }
            Instant oldest = catchUp.oldest(view.now());
            return all(view.say(
                    "schedules.catchUp.ALL",
                    catchUp.atMost(),
                    oldest == null ? DASH : view.words().duration(Duration.between(oldest, view.now()))));
        } catch (IllegalArgumentException | ArithmeticException unreadable) {
            return all(view.say("schedules.catchUp"), " ", Parts.name(text));
        }
    }

    private Node ifRunning(String text) {
        String words = view.words().sayOr("schedules.ifRunning." + text, "");
        return words.isEmpty() ? all(view.say("schedules.ifRunning"), " ", Parts.name(text)) : all(words);
    }

    private @Nullable Node next(StoredSchedule schedule) {
        NextRuns.Times times = NextRuns.of(schedule, view.now(), TIMES);
        if (times.list().isEmpty()) {
            return times.problem() == null || schedule.progress().error() != null
                    ? null
                    : Marks.note(
                            Marks.mark("failed", "✕", view.say("schedules.error")),
                            " ",
                            Parts.line(view, times.problem()));
        }
        Instant first = times.list().get(0);
        return all(
                schedule.isHeld()
                        ? el("span", css("muted"), view.say("schedules.held"))
                        : all(
                                view.words().ago(first, view.now()),
                                NextRuns.isLate(first, view.now()) ? late(view) : null),
                el(
                        "details",
                        attr("id", "next-" + ScheduleLinks.anchor(schedule.name())),
                        el(
                                "summary",
                                view.say("schedules.nextTimes.n", times.list().size())),
                        times(view, schedule, times.list(), any -> Node.NONE)));
    }

    /**
     * Times of a schedule, in its zone and in that of the viewer.
     *
     * @param beside what stands beside a time
     */
    public static Node times(View view, StoredSchedule schedule, List<Instant> times, Function<Instant, Node> beside) {
        ZoneId zone = zone(view, schedule.definition());
        return el(
                "table",
                css("times"),
                el(
                        "thead",
                        el(
                                "tr",
                                zone == null ? null : Parts.th(Parts.name(zone.getId())),
                                Parts.th(Parts.name(PageTexts.name(view.words().zone()))))),
                el(
                        "tbody",
                        times.stream()
                                .map(time -> el(
                                        "tr",
                                        zone == null
                                                ? null
                                                : Parts.td(view.words().time(time, zone)),
                                        Parts.td(view.words().time(time), beside.apply(time))))
                                .toList()));
    }

    /** The zone of a schedule; null if it has none, or times are shown in it anyway. */
    private static @Nullable ZoneId zone(View view, ScheduleDefinition definition) {
        try {
            ZoneId zone = definition.cron() == null ? null : ZoneId.of(definition.zone());
            return zone == null
                            || PageTexts.name(zone)
                                    .equals(PageTexts.name(view.words().zone()))
                    ? null
                    : zone;
        } catch (DateTimeException unknown) {
            return null;
        }
    }

    private Node lastRun(StoredSchedule schedule) {
        UUID id = newestRun(schedule);
        if (id == null) {
            return el("span", css("muted"), view.say("schedules.never"));
        }
        Job job = runs == null ? null : runs.job(id);
        Instant fired = schedule.progress().lastFiredAt();
        return all(
                job != null ? Parts.pill(view, job.status()) : el("span", css("muted"), unseen(id)),
                " ",
                job == null && runs != null && runs.isKnown(id) ? null : Parts.jobLink(view, id),
                Marks.note(
                        Parts.link(ScheduleLinks.runs(view, schedule.name()), view.say("schedules.runs")),
                        " · ",
                        fired != null
                                ? view.words().ago(fired, view.now())
                                : job == null
                                        ? null
                                        : all(
                                                view.words().ago(job.createdAt(), view.now()),
                                                " · ",
                                                view.say("schedules.byHand"))));
    }

    private String unseen(UUID id) {
        return runs != null && runs.isKnown(id) ? view.say("schedules.deleted") : "?";
    }
}
