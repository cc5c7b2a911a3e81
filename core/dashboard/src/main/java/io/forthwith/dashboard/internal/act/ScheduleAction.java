package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.client.ScheduleClient;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.Acts;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Pauses, resumes and runs schedules. */
final class ScheduleAction implements Action {

    @Override
    public List<String> words() {
        return List.of(Acts.PAUSE_SCHEDULE, Acts.RESUME_SCHEDULE, Acts.RUN_SCHEDULE);
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
        return new Page.Content(
                view.say("act." + word),
                Parts.still(
                        Sentence.of(view, "act." + word + ".what", foreign(name)),
                        el("p", view.say("act." + word + ".detail")),
                        QueueAction.form(view, word, ScheduleLinks.NAME, name, word.equals(Acts.PAUSE_SCHEDULE)),
                        el("p", Parts.link(ScheduleLinks.link(view, name), view.say("act.back.schedules")))));
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        String name = view.param(ScheduleLinks.NAME);
        if (name == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        String reason = form.value(QueueAction.REASON);
        Change change = Change.of(view, word + " " + name, client -> {
            ScheduleClient schedules = client.schedules();
            return switch (word) {
                case Acts.PAUSE_SCHEDULE ->
                    found(schedules.pause(name, view.access().who(), reason == null ? "" : reason));
                case Acts.RESUME_SCHEDULE -> found(schedules.resume(name));
                default -> schedules.runNow(name);
            };
        });
        return change.value() instanceof Optional<?> run && run.isPresent() && run.get() instanceof UUID id
                ? Page.Content.redirect(view.link("job", "id", id))
                : change.reply(view, ScheduleLinks.link(view, name));
    }

    private static Optional<Boolean> found(boolean isThere) {
        return isThere ? Optional.of(true) : Optional.empty();
    }
}
