package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.html.JsonText;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import org.jspecify.annotations.Nullable;

/** Input and result of a job, for those who may see them. */
final class JobPayload {
    private static final int LONGEST = 64 * 1024;

    private JobPayload() {}

    static Node card(View view, Job job) {
        if (!view.access().seesPayloads()) {
            return Parts.card("payload", view.say("job.tab.payload"), Parts.empty(view.say("payload.closed")));
        }
        return Parts.card(
                "payload",
                view.say("job.tab.payload"),
                el("h3", view.say("payload.input")),
                text(view, job.input(), "payload.noInput"),
                el("h3", view.say("payload.result")),
                text(view, job.result(), job.status().isFinal() ? "payload.noResult" : "payload.notYet"));
    }

    private static Node text(View view, @Nullable String json, String otherwise) {
        if (json == null) {
            return el("p", css("muted"), view.say(otherwise));
        }
        // The redactor gets the whole, so that it is still JSON.
        String shown = JsonText.pretty(view.redacted(json), LONGEST);
        return all(
                shown.length() > LONGEST
                        ? el(
                                "p",
                                css("muted"),
                                view.say("payload.cut", view.words().number(json.length())))
                        : null,
                el("pre", attr("tabindex", 0), PageTexts.cut(shown, LONGEST)));
    }
}
