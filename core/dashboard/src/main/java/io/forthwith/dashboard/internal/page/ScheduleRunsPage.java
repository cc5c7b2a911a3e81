package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.schedule.StoredSchedule;
import java.util.Optional;

/** What has become of the newest times of a schedule? */
public final class ScheduleRunsPage implements Page {
    @Override
    public String path() {
        return ScheduleLinks.RUNS;
    }

    @Override
    public boolean isInNavigation() {
        return false;
    }

    @Override
    public Content content(View view) {
        String name = view.param(ScheduleLinks.NAME);
        if (name == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        Answer<Optional<StoredSchedule>> answer =
                view.await(view.source().ask(client -> client.schedules().find(name)));
        Optional<StoredSchedule> found = answer.value();
        if (found != null && found.isEmpty()) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        String title = view.say("runs.title", name);
        Node body = found == null
                ? Parts.card(view, "runs", view.say("nav.schedules"), answer, any -> Node.NONE)
                : runs(view, found.get());
        return new Content(title, all(body, back(view, name))).headed(Sentence.of(view, "runs.title", foreign(name)));
    }

    private static Node runs(View view, StoredSchedule schedule) {
        ScheduleRuns runs = ScheduleRuns.of(schedule, view.now());
        return Parts.card(
                view,
                "runs",
                view.say("runs.newest"),
                view.await(view.source().find(runs.ids())),
                jobs -> all(
                        runs.problem() == null ? null : el("p", css("problem"), Parts.line(view, runs.problem())),
                        runs.table(view, schedule, jobs),
                        el("p", css("muted"), view.say("runs.legend"))));
    }

    private static Node back(View view, String name) {
        return el("p", Parts.link(ScheduleLinks.link(view, name), view.say("act.back.schedules")));
    }
}
