package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.client.ScheduleClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.StoredSchedule;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Pauses, resumes and runs schedules. */
final class ScheduleAction implements Action {

    @Override
    public List<String> words() {
        return List.of(ActNames.PAUSE_SCHEDULE, ActNames.RESUME_SCHEDULE, ActNames.RUN_SCHEDULE);
    }

    @Override
    public boolean isAllowed(Rights access) {
        return access.actsOnQueues();
    }

    @Override
    public Page.Content ask(View view, String word) {
        String name = view.param(ScheduleLinks.NAME);
        if (name == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        return word.equals(ActNames.RUN_SCHEDULE) ? askToRun(view, name) : question(view, word, name, Node.NONE);
    }

    private static Page.Content question(View view, String word, String name, Node more) {
        return card(
                view,
                word,
                name,
                all(
                        more,
                        el("p", view.say("act." + word + ".detail")),
                        QueueAction.form(view, word, ScheduleLinks.NAME, name, word.equals(ActNames.PAUSE_SCHEDULE))));
    }

    private static Page.Content card(View view, String word, String name, Node content) {
        return new Page.Content(
                view.say("act." + word),
                Parts.still(
                        Sentence.of(view, "act." + word + ".what", foreign(name)),
                        content,
                        backToSchedules(view, name)));
    }

    private static Node backToSchedules(View view, String name) {
        return el("p", Parts.link(ScheduleLinks.link(view, name), view.say("act.back.schedules")));
    }

    /** What a run does depends on the schedule, and on whether a run is open. */
    private static Page.Content askToRun(View view, String name) {
        Answer<Optional<StoredSchedule>> answer =
                view.await(view.source().ask(client -> client.schedules().find(name)));
        Optional<StoredSchedule> found = answer.value();
        if (found == null) {
            return card(view, ActNames.RUN_SCHEDULE, name, Parts.shown(view, answer, any -> Node.NONE));
        }
        return found.map(schedule -> question(view, ActNames.RUN_SCHEDULE, name, whatRuns(view, schedule)))
                .orElseGet(() -> Page.Content.problem(view, "error.notFound", 404));
    }

    private static Node whatRuns(View view, StoredSchedule schedule) {
        String ifRunning = schedule.definition().ifRunning();
        String sentence = view.words().sayOr("act.run-schedule." + ifRunning, "");
        return all(
                sentence.isEmpty() ? null : el("p", sentence),
                ifRunning.equals(IfRunning.ALLOW.name())
                        ? null
                        : openRuns(view, schedule.progress().runs()));
    }

    /** The runs that are open now; nothing if that is not known. */
    private static Node openRuns(View view, List<UUID> ids) {
        JobsById jobs = view.await(view.source().find(ids)).value();
        if (jobs == null || !ids.stream().allMatch(jobs::isKnown)) {
            return Node.NONE;
        }
        List<Job> open = ids.stream()
                .map(jobs::job)
                .filter(Objects::nonNull)
                .filter(job -> !job.status().isFinal())
                .toList();
        return el(
                "p",
                view.say(open.isEmpty() ? "act.run-schedule.noneOpen" : "act.run-schedule.open"),
                open.stream()
                        .map(job -> all(" ", Parts.pill(view, job.status()), " ", Parts.jobLink(view, job.id())))
                        .toList());
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        String name = view.param(ScheduleLinks.NAME);
        if (name == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        String reason = form.value(QueueAction.REASON);
        ActAnswer change = ActAnswer.of(view, ActAnswer.Told.of(word, name).because(reason), client -> {
            ScheduleClient schedules = client.schedules();
            if (schedules.find(name).isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    switch (word) {
                        case ActNames.PAUSE_SCHEDULE -> schedules.pause(name, QueueAction.pause(view, reason));
                        case ActNames.RESUME_SCHEDULE -> schedules.resume(name);
                        default -> Run.of(schedules.runNow(name));
                    });
        });
        return change.value() instanceof Optional<?> found && found.isPresent() && found.get() instanceof Run run
                ? shown(view, name, run)
                : change.reply(view, ScheduleLinks.link(view, name));
    }

    /**
     * What has become of a run by hand.
     *
     * @param isNew whether it was enqueued; otherwise it was open already, and nothing was enqueued
     */
    private record Run(UUID id, boolean isNew) {
        static Run of(Enqueued run) {
            return new Run(run.id(), run.isNew());
        }

        /** For the log. */
        @Override
        public String toString() {
            return (isNew ? "enqueued " : "nothing enqueued, open already is ") + id;
        }
    }

    /** Leads to the new run, or says that there is none. */
    private static Page.Content shown(View view, String name, Run run) {
        return run.isNew
                ? Page.Content.redirect(view.link("job", "id", run.id))
                : new Page.Content(
                        view.say("act.run-schedule.left"),
                        Parts.still(
                                Sentence.of(view, "act.run-schedule.left.what", foreign(name)),
                                el("p", view.say("act.run-schedule.left.detail"), " ", Parts.jobLink(view, run.id)),
                                backToSchedules(view, name)));
    }
}
