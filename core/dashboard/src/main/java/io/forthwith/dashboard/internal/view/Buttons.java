package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.insight.QueueState;
import io.forthwith.internal.NameRules;
import io.forthwith.limit.LimitState;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.rules.PurgeRule;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * What a viewer can do, as buttons beside what it is done to; nothing for viewers who may not. What harms nobody is done with one click; for the rest a
 * button leads to a question.
 */
public final class Buttons {
    private Buttons() {}

    /** For one job. */
    public static Node of(View view, Job job) {
        boolean canSkip = view.access().actsOnQueues() && PurgeRule.blocksSequence(job);
        Node skip = canSkip ? ask(view, ActNames.SKIP, JobFilter.ID, job.id()) : Node.NONE;
        if (!view.access().actsOnJobs()) {
            return canSkip ? el("div", css("buttons"), skip) : Node.NONE;
        }
        return el(
                "div",
                css("buttons"),
                job.status().isRetryable() ? post(view, ActNames.RETRY, JobFilter.ID, job.id()) : null,
                job.status() == JobStatus.PENDING && job.runAt().isAfter(view.now()) ? runNow(view, job) : null,
                job.status().isFinal() || job.isUndo() ? null : ask(view, ActNames.CHANGE, JobFilter.ID, job.id()),
                job.status().isFinal() || job.isUndo() ? null : ask(view, ActNames.CANCEL, JobFilter.ID, job.id()),
                skip);
    }

    private static Node runNow(View view, Job job) {
        return el(
                "form",
                attr("method", "post"),
                attr("action", view.link(ActNames.PATH, ActNames.DO, ActNames.CHANGE, JobFilter.ID, job.id())),
                Parts.hidden(ActNames.WHEN, ActNames.NOW),
                el("button", view.say("act.change.now")));
    }

    /** For a queue. */
    public static Node of(View view, QueueState queue) {
        if (!view.access().actsOnQueues() || queue.queue().startsWith(NameRules.UNDO)) {
            return Node.NONE;
        }
        return el(
                "div",
                css("buttons"),
                queue.pause() == null
                        ? ask(view, ActNames.PAUSE_QUEUE, JobFilter.QUEUE, queue.queue())
                        : post(view, ActNames.RESUME_QUEUE, JobFilter.QUEUE, queue.queue()));
    }

    /** For a schedule. */
    public static Node of(View view, StoredSchedule schedule) {
        if (!view.access().actsOnQueues()) {
            return Node.NONE;
        }
        return el(
                "div",
                css("buttons"),
                ask(view, ActNames.RUN_SCHEDULE, ScheduleLinks.NAME, schedule.name()),
                schedule.pause() == null
                        ? ask(view, ActNames.PAUSE_SCHEDULE, ScheduleLinks.NAME, schedule.name())
                        : post(view, ActNames.RESUME_SCHEDULE, ScheduleLinks.NAME, schedule.name()),
                schedule.definition().ifRunning().equals(IfRunning.ALLOW.name())
                        ? ask(view, ActNames.BACKFILL, ScheduleLinks.NAME, schedule.name())
                        : null);
    }

    /** For a key of a limit. */
    public static Node of(View view, LimitState state) {
        if (!view.access().actsOnQueues()) {
            return Node.NONE;
        }
        String key = state.key().text();
        return el(
                "div",
                css("buttons"),
                pause(view, state),
                ask(view, ActNames.OVERRIDE_LIMIT, LimitMarks.KEY, key),
                state.isOverridden() ? ask(view, ActNames.RESET_LIMIT, LimitMarks.KEY, key) : null);
    }

    /** For a job that blocks its sequence. */
    public static Node skipping(View view, UUID job) {
        return view.access().actsOnQueues()
                ? el("div", css("buttons"), ask(view, ActNames.SKIP, JobFilter.ID, job))
                : Node.NONE;
    }

    /** For a key among others: the rest is done on its page. */
    public static Node pausing(View view, LimitState state) {
        // A key that the redactor changes has a page for those who know it.
        return view.access().actsOnQueues() && LimitMarks.isOpen(view, state.key())
                ? el("div", css("buttons"), pause(view, state))
                : Node.NONE;
    }

    private static Node pause(View view, LimitState state) {
        return state.pause() == null
                ? ask(view, ActNames.PAUSE_LIMIT, LimitMarks.KEY, state.key().text())
                : post(view, ActNames.RESUME_LIMIT, LimitMarks.KEY, state.key().text());
    }

    /** For all jobs of a filter; nothing for what the filter's statuses make impossible. */
    public static Node of(View view, JobFilter filter) {
        if (!view.access().actsOnJobs() || !filter.problems().isEmpty()) {
            return Node.NONE;
        }
        return ofJobs(
                filter,
                word -> el(
                        "a",
                        css(word.equals(ActNames.CANCEL) ? "button danger" : "button"),
                        attr("href", filter.link(view, ActNames.PATH, ActNames.DO, word)),
                        view.say("act." + word + ".all")));
    }

    /** To retry all failed jobs of a filter, beside their group. */
    public static Node retrying(View view, JobFilter filter) {
        return view.access().actsOnJobs()
                ? el(
                        "div",
                        css("buttons"),
                        el(
                                "a",
                                css("button"),
                                attr("href", filter.link(view, ActNames.PATH, ActNames.DO, ActNames.RETRY)),
                                view.say("act." + ActNames.RETRY + ".one")))
                : Node.NONE;
    }

    /** For the rows that are ticked, in the form that has them. */
    public static Node ofTicked(View view, JobFilter filter) {
        return view.access().actsOnJobs()
                ? ofJobs(
                        filter,
                        word -> el(
                                "button",
                                attrIf(word.equals(ActNames.CANCEL), "class", "danger"),
                                attr("name", ActNames.DO),
                                attr("value", word),
                                view.say("act." + word + ".ticked")))
                : Node.NONE;
    }

    /** To cancel looks otherwise than the rest, and stands apart at the end: nobody cancels all who wants to retry all. */
    private static Node ofJobs(JobFilter filter, Function<String, Node> button) {
        List<Node> others = ActNames.OF_JOBS.stream()
                .filter(word -> !word.equals(ActNames.CANCEL) && ActNames.isPossible(word, filter))
                .map(button)
                .toList();
        return el(
                "div",
                css("buttons"),
                others,
                ActNames.isPossible(ActNames.CANCEL, filter)
                        ? el("div", css("apart"), button.apply(ActNames.CANCEL))
                        : null);
    }

    /** Does it with one click. */
    private static Node post(View view, String word, String name, Object value) {
        return el(
                "form",
                attr("method", "post"),
                attr("action", view.link(ActNames.PATH, ActNames.DO, word, name, value)),
                el("button", view.say("act." + word + ".one")));
    }

    /** Leads to a question. */
    private static Node ask(View view, String word, String name, Object value) {
        return el(
                "a",
                css("button"),
                attr("href", view.link(ActNames.PATH, ActNames.DO, word, name, value)),
                view.say("act." + word + ".one"));
    }
}
