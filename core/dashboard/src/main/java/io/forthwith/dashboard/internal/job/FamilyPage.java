package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.FamilyGraph;
import io.forthwith.dashboard.internal.html.FamilyGraph.Box;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import java.util.ArrayList;
import java.util.List;

/** How far is the whole? */
public final class FamilyPage implements Page {
    private static final int LONGEST_NAME = 60;

    @Override
    public String path() {
        return "family";
    }

    @Override
    public boolean isScoped() {
        return true;
    }

    @Override
    public boolean isInNavigation() {
        return false;
    }

    @Override
    public Content content(View view) {
        return JobPageBasics.of(view, (client, id) -> Family.read(client, view, id), family -> content(view, family));
    }

    private static Content content(View view, Family family) {
        Job job = family.members().get(0).job();
        return new Content(view.say("family.title", JobPageBasics.title(job)), body(view, family))
                .headed(Sentence.of(view, "family.title", JobPageBasics.heading(job)));
    }

    private static Node body(View view, Family family) {
        if (family.members().size() == 1 && family.successors().isEmpty() && family.isWhole()) {
            Job job = family.members().get(0).job();
            return Parts.card(
                    "family",
                    view.say("nav.jobs"),
                    el(
                            "p",
                            Parts.pill(view, job.status()),
                            " ",
                            Parts.jobLink(view, job.id()),
                            " ",
                            Parts.name(job.type())),
                    Parts.empty(view.say("family.single")));
        }
        return all(
                progress(view, family),
                Parts.card(
                        "graph",
                        view.say("family.graph"),
                        el("div", css("scroll"), attr("tabindex", 0), graph(view, family)),
                        el("p", css("legend"), view.say("family.legend"))),
                FamilyTable.beside(view, family),
                Parts.card("members", view.say("family.table"), FamilyTable.of(view, family)));
    }

    private static Node progress(View view, Family family) {
        long all = family.members().size();
        long open =
                family.count(JobStatus.PENDING) + family.count(JobStatus.PROCESSING) + family.count(JobStatus.WAITING);
        long failed = family.count(JobStatus.FAILED);
        long cancelled = family.count(JobStatus.CANCELLED);
        String sentence = view.say(
                        family.isWhole() ? "family.progress" : "family.progress.part",
                        view.words().number(all - open),
                        view.words().number(all))
                + (failed == 0 ? "" : view.say("family.failed", view.words().number(failed)))
                + (cancelled == 0
                        ? ""
                        : view.say("family.cancelled", view.words().number(cancelled)));
        return Parts.card(
                "progress",
                sentence,
                Charts.shares(shares(view, family), view.say("family.bar")),
                el(
                        "p",
                        css("row legend"),
                        family.statuses()
                                .map(status -> el(
                                        "span",
                                        Parts.pill(view, status),
                                        " ",
                                        view.words().number(family.count(status))))
                                .toList()),
                family.more().isEmpty() ? null : el("p", css("muted"), view.say("family.ofShown")),
                family.isSlow() ? el("p", css("problem"), view.say("family.slow")) : null);
    }

    private static List<Charts.Share> shares(View view, Family family) {
        return family.statuses()
                .map(status -> new Charts.Share(
                        family.count(status),
                        status.text(),
                        view.say("status." + status.text()) + ": "
                                + view.words().number(family.count(status))))
                .toList();
    }

    private static Node graph(View view, Family family) {
        List<Box> boxes = new ArrayList<>();
        for (Family.Member member : family.members()) {
            boxes.add(box(view, family, member));
        }
        family.more()
                .forEach((parent, more) -> boxes.add(new Box(
                        more(view, more), "", "cancelled", "…", "", more(view, more), parent, 0, false, false)));
        return FamilyGraph.of(boxes, family.after(), view.say("family.graph"));
    }

    private static Box box(View view, Family family, Family.Member member) {
        Job job = member.job();
        String status = view.say("status." + job.status().text());
        String title = PageTexts.cut(job.type(), LONGEST_NAME) + " · " + job.id() + " · " + status + role(view, member);
        return new Box(
                job.type(),
                PageTexts.shortId(job.id()),
                job.status().text(),
                Parts.sign(job.status()),
                view.link("job", "id", job.id(), "tab", "family"),
                title,
                member.parent(),
                member.before(),
                job.relations().isFinisher() && member.parent() >= 0,
                job.id().equals(family.asked()));
    }

    /** What a member is, besides a child. */
    static String role(View view, Family.Member member) {
        if (member.before() > 0) {
            return " · " + view.say("family.before");
        }
        return member.job().relations().isFinisher() ? " · " + view.say("family.finisher") : "";
    }

    /** How many children are not shown. */
    static String more(View view, Family.More more) {
        BoundedCount count = more.count();
        return count == null
                ? view.say("family.moreUnknown")
                : view.say("family.more", view.words().number(count.jobs(), count.isExact()));
    }
}
