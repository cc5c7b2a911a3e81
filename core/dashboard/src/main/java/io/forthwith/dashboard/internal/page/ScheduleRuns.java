package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.data.PastScheduleTimes;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.schedule.StoredSchedule;
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
            FiringTimes times = PastScheduleTimes.of(schedule, now);
            for (Instant time : PastScheduleTimes.before(times, end(schedule, now), MOST)) {
                ofTimes.add(new Run(time, ScheduledRunIds.of(schedule.name(), schedule.creationId(), time)));
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
    Node table(View view, StoredSchedule schedule, JobsById jobs) {
        List<Run> shown = runs.stream()
                .filter(run -> jobs.job(run.id) != null || !jobs.isKnown(run.id) || isSince(schedule, run))
                .toList();
        return shown.isEmpty()
                ? Parts.empty(view.say("runs.none"))
                : new Table<Run>()
                        .text(view.say("runs.planned"), run -> planned(view, run))
                        .text(view.say("job.state"), run -> state(view, jobs, run))
                        .text(view.say("job.id"), run -> jobs.job(run.id) == null ? null : Parts.jobLink(view, run.id))
                        .number(view.say("story.took"), run -> took(view, jobs.job(run.id)))
                        .line(run -> error(view, jobs.job(run.id)))
                        .of(shown);
    }

    private static boolean isSince(StoredSchedule schedule, Run run) {
        return run.planned != null && run.planned.isAfter(schedule.createdAt());
    }

    private static Node planned(View view, Run run) {
        return all(
                run.planned == null ? view.say("runs.unplanned") : view.words().time(run.planned),
                " ",
                el("span", css("muted"), view.words().ago(run.planned, view.now())));
    }

    private static Node state(View view, JobsById jobs, Run run) {
        Job job = jobs.job(run.id);
        return job != null
                ? Parts.pill(view, job.status())
                : el("span", css("muted"), jobs.isKnown(run.id) ? view.say("runs.noJob") : "?");
    }

    private static @Nullable Node error(View view, @Nullable Job job) {
        return job == null ? null : Parts.message(view, job.errorMessage());
    }

    private static @Nullable String took(View view, @Nullable Job job) {
        if (job == null) {
            return null;
        }
        Instant end = job.completedAt() == null ? view.now() : job.completedAt();
        boolean hasRun = job.startedAt() != null && !job.startedAt().isAfter(end);
        return hasRun ? view.words().duration(Duration.between(job.startedAt(), end)) : null;
    }
}
