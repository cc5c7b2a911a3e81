package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A family as a table, each job below its parent. */
final class FamilyTable {
    private static final String INDENT = "\u00a0\u00a0\u00a0\u00a0";
    private static final int MOST_NAMED = 5;

    private final View view;
    private final Family family;
    private final List<Node> rows = new ArrayList<>();

    private FamilyTable(View view, Family family) {
        this.view = view;
        this.family = family;
    }

    static Node of(View view, Family family) {
        FamilyTable table = new FamilyTable(view, family);
        for (int i = 0; i < family.members().size(); i++) {
            if (family.members().get(i).parent() < 0) {
                table.add(i);
            }
        }
        return Parts.table(
                List.of(
                        Parts.th(view.say("column.type")),
                        Parts.th(view.say("job.id")),
                        Parts.th(view.say("job.state")),
                        Parts.th(view.say("family.after")),
                        Parts.th(view.say("attempts.message"))),
                table.rows);
    }

    /** The jobs that come before and after the family without being members; nothing if there are none. */
    static Node beside(View view, Family family) {
        List<Node> before = family.after().stream()
                .filter(edge -> family.members().get(edge.from()).before() > 0)
                .map(edge -> beside(
                        view,
                        family.members().get(edge.from()).job(),
                        family.members().get(edge.to()).job()))
                .toList();
        List<Node> after = family.successors().stream()
                .map(each ->
                        beside(view, each.job(), family.members().get(each.of()).job()))
                .toList();
        return before.isEmpty() && after.isEmpty()
                ? Node.NONE
                : el(
                        "div",
                        css("pair"),
                        before.isEmpty() ? null : beside(view, "before", before, null),
                        after.isEmpty()
                                ? null
                                : beside(
                                        view,
                                        "after",
                                        after,
                                        family.hasMoreSuccessors()
                                                ? view.say("family.beside.moreAfter", Family.MOST_SUCCESSORS)
                                                : null));
    }

    private static Node beside(View view, String place, List<Node> rows, @Nullable String more) {
        return Parts.card(
                place,
                view.say("family.beside." + place),
                Parts.table(
                        List.of(
                                Parts.th(view.say("job.state")),
                                Parts.th(view.say("job.id")),
                                Parts.th(view.say("column.type")),
                                Parts.th(view.say("family.beside." + place + ".member"))),
                        rows),
                more == null ? null : el("p", css("muted"), more));
    }

    private static Node beside(View view, Job job, Job member) {
        return el(
                "tr",
                Parts.td(Parts.pill(view, job.status())),
                Parts.td(Parts.jobLink(view, job.id())),
                Parts.td(Parts.name(job.type())),
                Parts.td(Parts.jobLink(view, member.id()), " ", Parts.name(member.type())));
    }

    private void add(int number) {
        rows.add(row(number));
        for (int i = number + 1; i < family.members().size(); i++) {
            if (family.members().get(i).parent() == number) {
                add(i);
            }
        }
        Family.More more = family.more().get(number);
        if (more != null) {
            int depth = family.members().get(number).depth() + 1;
            rows.add(el(
                    "tr",
                    Parts.td(INDENT.repeat(depth), el("span", css("muted"), "… ", FamilyPage.more(view, more))),
                    Parts.td(),
                    Parts.td(),
                    Parts.td(),
                    Parts.td()));
        }
    }

    private Node row(int number) {
        Family.Member member = family.members().get(number);
        Job job = member.job();
        return el(
                "tr",
                job.id().equals(family.asked()) ? css("at") : null,
                Parts.td(
                        INDENT.repeat(member.depth()),
                        Parts.name(job.type()),
                        el("span", css("muted"), FamilyPage.role(view, member))),
                Parts.td(Parts.jobLink(view, job.id())),
                Parts.td(Parts.pill(view, job.status()), " ", Parts.progress(view, job)),
                Parts.td(before(number)),
                el("td", css("message"), Parts.line(view, job.errorMessage())));
    }

    private List<Node> before(int number) {
        List<Node> links = new ArrayList<>();
        family.after().stream()
                .filter(edge -> edge.to() == number)
                .limit(MOST_NAMED)
                .map(Edge::from)
                .map(from -> family.members().get(from).job().id())
                .forEach(id -> links.add(el("span", Parts.jobLink(view, id), " ")));
        return links;
    }
}
