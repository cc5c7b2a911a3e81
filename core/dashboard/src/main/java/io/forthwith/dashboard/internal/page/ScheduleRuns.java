package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.FoundJobs;
import io.forthwith.dashboard.internal.data.PastTimes;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.schedule.FiringTimes;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.rules.RunIds;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The newest runs of a schedule, as far as their ids are known: those of its times follow from them, and it remembers the open ones. Immutable.
 *
 * @param runs the open ones of other times or of none first, then one for each time, the newest first
 * @param problem why its times are not known; null if they are
 */
record ScheduleRuns(List<Run> runs, @Nullable String problem) {
    private static final int MOST = 50;

    /**
     * One of them, which may never have been enqueued.
     *
     * @param planned its nominal time; null if it is not known
     */
    record Run(@Nullable Instant planned, UUID id) {}

    /** Finds the runs of a schedule until now; of times that are due, only what has been decided. */
    static ScheduleRuns of(StoredSchedule schedule, Instant now) {
        List<Run> ofTimes = new ArrayList<>();
        String problem = null;
        try {
            FiringTimes times = PastTimes.of(schedule, now);
            for (Instant time : PastTimes.before(times, end(schedule, now), MOST)) {
                ofTimes.add(new Run(time, RunIds.of(schedule.name(), schedule.creationId(), time)));
            }
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException unreadable) {
            problem = String.valueOf(unreadable.getMessage());
        }
        Set<UUID> known = new HashSet<>();
        ofTimes.forEach(run -> known.add(run.id));
        List<Run> all = new ArrayList<>();
        schedule.progress().runs().stream()
                .filter(id -> !known.contains(id))
                .forEach(id -> all.add(0, new Run(null, id)));
        all.addAll(ofTimes);
        return new ScheduleRuns(all.subList(0, Math.min(MOST, all.size())), problem);
    }

    private static Instant end(StoredSchedule schedule, Instant now) {
        Instant next = schedule.progress().nextAt();
        return next != null && !next.isAfter(now) ? next : now.plusNanos(1);
    }

    List<UUID> ids() {
        return runs.stream().map(Run::id).toList();
    }

    /** A table. Of times before the schedule was made, it has those that somebody has backfilled. */
    Node table(View view, StoredSchedule schedule, FoundJobs jobs) {
        List<Node> rows = runs.stream()
                .filter(run -> jobs.job(run.id) != null || !jobs.isKnown(run.id) || isSince(schedule, run))
                .map(run -> row(view, run, jobs))
                .toList();
        return rows.isEmpty()
                ? Parts.empty(view.say("runs.none"))
                : Parts.table(
                        List.of(
                                Parts.th(view.say("runs.planned")),
                                Parts.th(view.say("job.state")),
                                Parts.th(view.say("job.id")),
                                Parts.thNumber(view.say("story.took")),
                                Parts.th(view.say("jobs.column.error"))),
                        rows);
    }

    private static boolean isSince(StoredSchedule schedule, Run run) {
        return run.planned != null && run.planned.isAfter(schedule.createdAt());
    }

    private static Node row(View view, Run run, FoundJobs jobs) {
        Job job = jobs.job(run.id);
        return el(
                "tr",
                Parts.td(
                        run.planned == null
                                ? view.say("runs.unplanned")
                                : view.words().exact(run.planned),
                        " ",
                        el("span", css("muted"), view.words().ago(run.planned, view.now()))),
                job != null
                        ? Parts.td(Parts.pill(view, job.status()))
                        : el("td", css("muted"), jobs.isKnown(run.id) ? view.say("runs.noJob") : "?"),
                Parts.td(job == null ? null : Parts.jobLink(view, run.id)),
                Parts.number(job == null ? null : took(view, job)),
                job == null ? Parts.td() : JobTable.message(view, job, Node.NONE));
    }

    private static String took(View view, Job job) {
        Instant end = job.completedAt() == null ? view.now() : job.completedAt();
        boolean hasRun = job.startedAt() != null && !job.startedAt().isAfter(end);
        return hasRun ? view.words().duration(Duration.between(job.startedAt(), end)) : "–";
    }
}
