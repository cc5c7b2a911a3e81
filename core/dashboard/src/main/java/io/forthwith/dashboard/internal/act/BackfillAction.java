package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.client.JobClient;
import io.forthwith.client.ScheduleClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.JobsById;
import io.forthwith.dashboard.internal.data.PastScheduleTimes;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.page.ScheduleRows;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Enqueues the runs of times of a schedule that are over, after it has shown these times. */
final class BackfillAction implements Action {
    private static final String FROM = "from";
    private static final String TO = "to";
    private static final int MOST = ScheduleClient.MOST_BACKFILLED;
    private static final int MOST_LOOKED_UP = 100;
    private static final int FEW = 3;

    @Override
    public List<String> words() {
        return List.of(ActNames.BACKFILL);
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
        String fromText = view.param(FROM);
        String toText = view.param(TO);
        if (fromText == null && toText == null) {
            return question(view, name, null, "", "");
        }
        Instant from = time(view, fromText);
        Instant to = time(view, toText);
        if (from == null || to == null) {
            return question(view, name, "act.backfill.times.detail", shown(fromText), shown(toText));
        }
        String problem =
                to.isBefore(from) ? "act.backfill.order" : to.isAfter(view.now()) ? "act.backfill.future" : null;
        return problem != null
                ? question(view, name, problem, from.toString(), to.toString())
                : preview(view, name, from, to);
    }

    private static @Nullable Instant time(View view, @Nullable String text) {
        return text == null ? null : JobFilter.since(view.now(), text);
    }

    private static String shown(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** Asks for the times between which it is to be done. */
    private static Page.Content question(View view, String name, @Nullable String problem, String from, String to) {
        return content(
                view,
                name,
                problem == null ? 200 : 400,
                el("p", view.say("act.backfill.detail")),
                problem == null ? null : el("p", css("problem"), view.say(problem)),
                el(
                        "form",
                        css("confirm filters"),
                        attr("method", "get"),
                        attr("action", ActNames.PATH),
                        Layout.language(view),
                        Parts.hidden(ActNames.DO, ActNames.BACKFILL),
                        Parts.hidden(ScheduleLinks.NAME, name),
                        field(view, FROM, from),
                        field(view, TO, to),
                        el("button", css("strong"), view.say("act.backfill.look"))));
    }

    private static Page.Content content(View view, String name, int status, @Nullable Object... content) {
        return new Page.Content(
                view.say("act.backfill"),
                Parts.still(
                        Sentence.of(view, "act.backfill.what", foreign(name)),
                        all(content),
                        el("p", Parts.link(ScheduleLinks.link(view, name), view.say("act.back.schedules")))),
                status);
    }

    private static Node field(View view, String name, String value) {
        return el(
                "label",
                view.say("act.backfill." + name),
                el(
                        "input",
                        attr("name", name),
                        attr("required", ""),
                        attr("value", value),
                        attr("placeholder", "2026-11-27T03:00Z")));
    }

    /** Shows what would be done, to the two times as they are now. */
    private static Page.Content preview(View view, String name, Instant from, Instant to) {
        Answer<Optional<StoredSchedule>> answer =
                view.await(view.source().ask(client -> client.schedules().find(name)));
        Optional<StoredSchedule> found = answer.value();
        if (found == null) {
            return content(view, name, 200, Parts.shown(view, answer, any -> Node.NONE));
        }
        if (found.isEmpty()) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        StoredSchedule schedule = found.get();
        if (!schedule.definition().ifRunning().equals(IfRunning.ALLOW.name())) {
            return question(view, name, "act.backfill.notAllowed", from.toString(), to.toString());
        }
        List<Instant> times;
        try {
            times = ScheduleRule.between(PastScheduleTimes.of(schedule, view.now()), from, to, MOST + 1);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException unreadable) {
            return content(view, name, 400, el("p", css("problem"), Parts.line(view, unreadable.getMessage())));
        }
        return times.isEmpty()
                ? question(view, name, "act.backfill.none", from.toString(), to.toString())
                : preview(view, schedule, times, from, to);
    }

    private static Page.Content preview(
            View view, StoredSchedule schedule, List<Instant> times, Instant from, Instant to) {
        List<Instant> now = times.subList(0, Math.min(MOST, times.size()));
        Map<Instant, UUID> existing = new HashMap<>();
        Node known = known(view, schedule, now, existing);
        boolean areFew = now.size() <= 2 * FEW;
        return content(
                view,
                schedule.name(),
                200,
                el(
                        "p",
                        el("b", view.say("act.backfill.count", now.size())),
                        " ",
                        Sentence.of(
                                view,
                                "act.backfill.between",
                                view.words().time(from),
                                view.words().time(to)),
                        " ",
                        times.size() > MOST ? view.say("act.backfill.most", MOST) : null),
                el("p", known),
                el("h3", view.say(areFew ? "act.backfill.all" : "act.backfill.first")),
                table(view, schedule, areFew ? now : now.subList(0, FEW), existing),
                areFew
                        ? null
                        : all(
                                el("h3", view.say("act.backfill.last")),
                                table(view, schedule, now.subList(now.size() - FEW, now.size()), existing)),
                existing.size() == now.size() ? null : confirmation(view, schedule.name(), from, to, now.size()),
                el(
                        "p",
                        Parts.link(
                                view.link(
                                        ActNames.PATH,
                                        ActNames.DO,
                                        ActNames.BACKFILL,
                                        ScheduleLinks.NAME,
                                        schedule.name()),
                                view.say("act.backfill.other"))));
    }

    /** Says how many of the times have a job already, and notes which. Each is looked up by its id, so of many times it is not asked. */
    private static Node known(View view, StoredSchedule schedule, List<Instant> times, Map<Instant, UUID> existing) {
        if (times.size() > MOST_LOOKED_UP) {
            return all(view.say("act.backfill.kept"));
        }
        Map<Instant, UUID> ids = new HashMap<>();
        times.forEach(time -> ids.put(time, ScheduledRunIds.of(schedule.name(), schedule.creationId(), time)));
        JobsById found = view.await(view.source().find(ids.values())).value();
        if (found == null || !ids.values().stream().allMatch(found::isKnown)) {
            return all(view.say("act.backfill.kept"));
        }
        ids.forEach((time, id) -> {
            if (found.job(id) != null) {
                existing.put(time, id);
            }
        });
        return all(view.say("act.backfill.known", existing.size(), times.size() - existing.size()));
    }

    private static Node table(View view, StoredSchedule schedule, List<Instant> times, Map<Instant, UUID> existing) {
        return ScheduleRows.times(view, schedule, times, time -> {
            UUID id = existing.get(time);
            return id == null
                    ? Node.NONE
                    : all(" ", el("span", css("muted"), view.say("act.backfill.hasJob")), " ", Parts.jobLink(view, id));
        });
    }

    /** Does it for the times that were shown; for many, it needs their number, written by hand. */
    private static Node confirmation(View view, String name, Instant from, Instant to, int times) {
        return el(
                "form",
                css("confirm"),
                attr("method", "post"),
                attr("action", view.link(ActNames.PATH, ActNames.DO, ActNames.BACKFILL, ScheduleLinks.NAME, name)),
                Parts.hidden(FROM, from),
                Parts.hidden(TO, to),
                Confirmation.fields(view, new BoundedCount(times, true)),
                " ",
                el("button", css("strong"), view.say("act.backfill")));
    }

    @Override
    public Page.Content act(View view, String word, Form form) {
        String name = view.param(ScheduleLinks.NAME);
        if (name == null) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        Instant from = time(view, form.value(FROM));
        Instant to = time(view, form.value(TO));
        if (from == null || to == null) {
            return Page.Content.problem(view, "act.backfill.times", 400);
        }
        if (!Confirmation.isAsked(form) || !Confirmation.isGiven(form)) {
            return Page.Content.problem(view, "act.notConfirmed", 400);
        }
        int confirmed = Math.max(Confirmation.FEW, Confirmation.number(form));
        ActAnswer change = ActAnswer.of(
                view, new ActAnswer.Told(ActNames.BACKFILL, name, " from " + from + " to " + to, null), client -> {
                    int times = count(view, client, name, from, to);
                    return times > confirmed
                            ? new Grown(times)
                            : client.schedules().backfill(name, from, to);
                });
        if (change.value() instanceof Grown grown) {
            return Confirmation.grown(
                    view,
                    new BoundedCount(grown.times, true),
                    Confirmation.number(form),
                    question(view, name, from, to));
        }
        if (!(change.value() instanceof ScheduleClient.Backfilled done)) {
            return change.reply(view, view.link("schedules"));
        }
        Instant goOn = done.next();
        return new Page.Content(
                view.say("act.backfill.done"),
                Parts.still(
                        view.say("act.backfill.times.done", done.times()),
                        goOn == null ? null : el("p", goOn(view, name, goOn, to)),
                        el("p", Parts.link(ScheduleLinks.runs(view, name), view.say("schedules.runs"))),
                        el("p", Parts.link(ScheduleLinks.link(view, name), view.say("act.back.schedules")))));
    }

    /** There are more times than were confirmed, so nothing was enqueued. */
    private record Grown(int times) {
        /** For the log. */
        @Override
        public String toString() {
            return "nothing enqueued, there are more times than were confirmed: " + times;
        }
    }

    /** How many times one form would be about, as the schedule is now; 0 if it cannot be done anyway, which the library says. */
    private static int count(View view, JobClient client, String name, Instant from, Instant to) {
        try {
            return client.schedules()
                    .find(name)
                    .map(schedule -> ScheduleRule.between(PastScheduleTimes.of(schedule, view.now()), from, to, MOST)
                            .size())
                    .orElse(0);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException unreadable) {
            return 0;
        }
    }

    private static String question(View view, String name, Instant from, Instant to) {
        return view.link(
                ActNames.PATH,
                ActNames.DO,
                ActNames.BACKFILL,
                ScheduleLinks.NAME,
                name,
                FROM,
                from.toString(),
                TO,
                to.toString());
    }

    /** Leads to the question about the times that are left. */
    private static Node goOn(View view, String name, Instant from, Instant to) {
        return all(
                view.say("act.backfill.goOn", from.toString()),
                " ",
                Parts.link(question(view, name, from, to), view.say("act.backfill.look")));
    }
}
