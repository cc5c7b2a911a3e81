package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.ActResult;
import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.AuditText;
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.RedactedValues;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.BulkAct;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How far have acts on many jobs come? */
public final class ActsPage implements Page {
    private static final String BEFORE = "before";
    private static final int PAGE = 50;
    private static final int LONGEST_REASON = 240;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Override
    public String path() {
        return ActNames.ALL;
    }

    /** A viewer of one user or project sees the acts on the jobs of these only. */
    @Override
    public boolean isScoped() {
        return true;
    }

    @Override
    public boolean isOffered(Source source) {
        return source.hasActs();
    }

    @Override
    public Content content(View view) {
        if (!view.source().hasActs()) {
            return Content.problem(view, "acts.notKept", 200);
        }
        String text = view.param(JobFilter.ID);
        if (text == null) {
            return list(view);
        }
        UUID id = JobFilter.uuid(text);
        if (id == null) {
            return Content.problem(view, "error.notFound", 404);
        }
        Answer<Optional<BulkAct>> answer = view.await(view.source().act(id));
        Optional<BulkAct> found = answer.value();
        if (found == null) {
            return new Content(
                    view.say("acts.one"), Parts.card(view, "act", view.say("acts.one"), answer, any -> Node.NONE));
        }
        return found.filter(act -> isSeen(view, act))
                .map(act -> one(view, act))
                .orElseGet(() -> Content.problem(view, "error.notFound", 404));
    }

    private static boolean isSeen(View view, BulkAct act) {
        if (!view.access().isScoped()) {
            return true;
        }
        JobQuery query = act.readQuery();
        return query != null && query.equals(view.scoped(query));
    }

    private static Content list(View view) {
        UUID before = JobFilter.uuid(view.param(BEFORE));
        Answer<List<BulkAct>> answer = view.await(view.source().acts(before, PAGE));
        Node body = Parts.card(view, "acts", view.say("nav.acts"), answer, acts -> {
            List<BulkAct> seen = acts.stream().filter(act -> isSeen(view, act)).toList();
            carryOn(view, seen);
            return all(
                    seen.isEmpty() ? Parts.empty(view.say("acts.none")) : table(view, seen),
                    acts.size() < PAGE
                            ? null
                            : el(
                                    "p",
                                    css("pages"),
                                    Parts.link(
                                            view.link(
                                                    ActNames.ALL,
                                                    BEFORE,
                                                    acts.get(acts.size() - 1).id()),
                                            view.say("acts.older"))));
        });
        return new Content(view.say("nav.acts"), body);
    }

    /** Whoever looks at an act that is open gives it another carrier. */
    private static void carryOn(View view, List<BulkAct> acts) {
        if (acts.stream().anyMatch(act -> act.state() == BulkAct.State.OPEN)) {
            view.source().carryOn();
        }
    }

    private static Node table(View view, List<BulkAct> acts) {
        return new Table<BulkAct>()
                .text(
                        view.say("acts.what"),
                        act -> Parts.link(link(view, act.id()), foreign(AuditText.what(view, act.what()))))
                .text(view.say("acts.state"), act -> state(view, act))
                .number(view.say("acts.done"), act -> done(view, act))
                .number(
                        view.say("acts.left"),
                        act -> view.words().number(act.progress().allSkipped()))
                .onlyIf(act -> act.progress().allSkipped() > 0)
                .text(view.say("acts.who"), act -> Parts.name(act.author().who()))
                .number(view.say("acts.begun"), act -> view.words().ago(act.createdAt(), view.now()))
                .line(act -> all(
                        el("div", filter(view, act)),
                        act.author().reason() == null
                                ? null
                                : el("div", el("span", css("muted"), view.say("acts.reason"), " "), reason(view, act))))
                .of(acts);
    }

    private static String link(View view, UUID id) {
        return view.link(ActNames.ALL, JobFilter.ID, id);
    }

    private static Node filter(View view, BulkAct act) {
        return all(RedactedValues.of(view, act.query()).values().stream()
                .map(each -> all(el("code", foreign(PageTexts.cut(each, LONGEST_REASON))), " "))
                .toList());
    }

    private static Node reason(View view, BulkAct act) {
        String reason = act.author().reason();
        return reason == null ? el("span", css("muted"), "–") : foreign(view.redacted(reason, LONGEST_REASON));
    }

    private static Node state(View view, BulkAct act) {
        return switch (act.state()) {
            case OPEN -> Marks.mark("processing", "◐", view.say("acts.open"));
            case STOPPED -> Marks.mark("cancelled", "⊘", view.say("acts.stopped"));
            case DONE -> Marks.mark("completed", "●", view.say("acts.over"));
        };
    }

    /** How many were done, of how many the person was told. */
    private static String done(View view, BulkAct act) {
        String done = view.words().number(act.progress().done());
        BoundedCount total = act.total();
        return total == null ? done : view.say("acts.of", done, view.words().number(total));
    }

    private static Content one(View view, BulkAct act) {
        carryOn(view, List.of(act));
        boolean isOpen = act.state() == BulkAct.State.OPEN;
        Node facts = Parts.card(
                "act",
                foreign(AuditText.what(view, act.what())),
                el("p", state(view, act), " ", done(view, act)),
                isOpen ? bar(view, act) : null,
                el(
                        "dl",
                        Marks.pair(view.say("acts.filter"), filter(view, act)),
                        Marks.pair(view.say("acts.until"), view.words().time(act.until())),
                        Marks.pair(view.say("acts.who"), Parts.name(act.author().who())),
                        Marks.pair(view.say("acts.reason"), reason(view, act)),
                        Marks.pair(view.say("acts.begun"), view.words().time(act.createdAt())),
                        act.endedAt() == null
                                ? null
                                : Marks.pair(
                                        view.say("acts.ended"), view.words().time(act.endedAt())),
                        act.stoppedBy() == null
                                ? null
                                : Marks.pair(view.say("acts.stoppedBy"), Parts.name(act.stoppedBy()))),
                leftOut(view, act),
                isOpen ? el("p", css("muted"), view.say("acts.goesOn")) : null,
                isOpen && view.access().actsOnJobs() ? stop(view, act) : null);
        return new Content(
                view.say("acts.one"),
                all(
                        facts,
                        el("p", Parts.link(link(view, act.id()), view.say("acts.again"))),
                        jobs(view, act),
                        el("p", Parts.link(view.link(ActNames.ALL), view.say("acts.back")))));
    }

    /** Nothing is said of how much is left where nobody has counted all. */
    private static @Nullable Node bar(View view, BulkAct act) {
        BoundedCount total = act.total();
        if (total == null || !total.isExact() || total.jobs() == 0) {
            return null;
        }
        long reached = act.progress().done() + act.progress().allSkipped();
        return Charts.progress((int) Math.min(100, reached * 100 / total.jobs()), view.say("job.progress"));
    }

    private static Node leftOut(View view, BulkAct act) {
        return el(
                "ul",
                Arrays.stream(ActResult.Outcome.values())
                        .filter(reason -> act.progress().skipped(reason) > 0)
                        .map(reason -> el(
                                "li",
                                view.say(
                                        AuditText.outcome(reason.name()),
                                        act.progress().skipped(reason))))
                        .toList());
    }

    private static Node stop(View view, BulkAct act) {
        return el(
                "form",
                css("confirm"),
                attr("method", "post"),
                attr("action", link(view, act.id())),
                el("p", view.say("acts.stop.detail")),
                el("button", css("danger"), view.say("acts.stop")));
    }

    /** A link to the jobs that the filter selects now; none if the jobs page has no such filter, or the redactor changes it, because the link would hold it. */
    private static Node jobs(View view, BulkAct act) {
        JobQuery query = act.readQuery();
        JobFilter filter = query == null ? null : JobFilter.of(query);
        return filter == null || !RedactedValues.of(view, act.query()).isOpen()
                ? Node.NONE
                : el("p", Parts.link(filter.link(view, "jobs"), view.say("act.back.jobs")));
    }

    @Override
    public Content act(View view, Form form) {
        UUID id = JobFilter.uuid(view.param(JobFilter.ID));
        if (id == null || !view.source().hasActs()) {
            return Content.problem(view, "error.notFound", 404);
        }
        if (!view.access().actsOnJobs()) {
            AuditWriter.refused(view, "stop act " + id);
            return Content.problem(view, "act.forbidden", 403);
        }
        Answer<Boolean> stopped = view.source()
                .ask(client -> {
                    ActStore acts = view.source().acts().orElseThrow();
                    if (acts.find(id).filter(act -> isSeen(view, act)).isEmpty()) {
                        return false;
                    }
                    AuditWriter.did(view, "stop act " + id, acts.stop(id, AuditWriter.author(view, null)));
                    return true;
                })
                .await(System.nanoTime() + PATIENCE.toNanos());
        Boolean isThere = stopped.value();
        if (isThere == null) {
            return new Content(
                    view.say("act.unknown"), el("p", css("problem"), view.say("problem." + stopped.problem())), 503);
        }
        return isThere ? Content.redirect(link(view, id)) : Content.problem(view, "error.notFound", 404);
    }
}
