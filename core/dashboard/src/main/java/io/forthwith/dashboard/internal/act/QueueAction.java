package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.limit.Pause;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pauses and resumes queues. */
final class QueueAction implements Action {
    static final String REASON = "reason";

    @Override
    public List<String> words() {
        return List.of(ActNames.PAUSE_QUEUE, ActNames.RESUME_QUEUE);
    }

    @Override
    public boolean isAllowed(Rights access) {
        return access.actsOnQueues();
    }

    @Override
    public Page.Content ask(View view, String word) {
        String queue = view.param(JobFilter.QUEUE);
        if (queue == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        return new Page.Content(
                view.say("act." + word),
                Parts.still(
                        Sentence.of(view, "act." + word + ".what", foreign(queue)),
                        el("p", view.say("act." + word + ".detail")),
                        form(view, word, JobFilter.QUEUE, queue, word.equals(ActNames.PAUSE_QUEUE)),
                        el("p", Parts.link(view.link("queues"), view.say("act.back.queues")))));
    }

    /** A form with a button, and a field for a reason if one is wanted. */
    static Node form(View view, String word, String name, String value, boolean wantsReason) {
        return el(
                "form",
                css("confirm"),
                attr("method", "post"),
                attr("action", view.link(ActNames.PATH, ActNames.DO, word, name, value)),
                wantsReason ? reason(view) : null,
                " ",
                el("button", css("strong"), view.say("act." + word)));
    }

    /** A field for a reason. */
    static Node reason(View view) {
        return el(
                "label",
                view.say("act.reason"),
                " ",
                el("input", attr("name", REASON), attr("maxlength", 1_000), attr("size", 40)));
    }

    /** The pause that a viewer asks for. */
    static Pause pause(View view, @Nullable String reason) {
        Pause pause = Pause.by(view.access().who());
        return reason == null ? pause : pause.because(reason);
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        String queue = view.param(JobFilter.QUEUE);
        if (queue == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        String reason = form.value(REASON);
        ActAnswer change = ActAnswer.of(view, ActAnswer.Told.of(word, queue).because(reason), client -> {
            if (word.equals(ActNames.PAUSE_QUEUE)) {
                return client.pauseQueue(queue, pause(view, reason)).by();
            }
            return client.resumeQueue(queue);
        });
        String problem = change.refusal() == null ? null : JobDeed.refused(view, queue);
        return problem != null
                ? new Page.Content(view.say("act.refused"), el("p", problem), 400)
                : change.reply(view, view.link("queues"));
    }
}
