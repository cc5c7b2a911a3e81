package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A family as a table, each job below its parent. */
final class FamilyTable {
    private static final String INDENT = "\u00a0\u00a0\u00a0\u00a0";
    private static final int MOST_NAMED = 5;

    private final View view;
    private final Family family;
    private final List<Row> rows = new ArrayList<>();
    /** When the first job below each member began, by its number; null if none did, or not all of the family is here. */
    private final @Nullable Instant[] begun;
    /** Whether members took different times: only then one is the slowest. */
    private final boolean hasSeveral;

    /**
     * A member, or what is said of those that are not shown.
     *
     * @param number of the member; -1 for none
     */
    private record Row(int number, int depth, @Nullable String more) {}

    private FamilyTable(View view, Family family) {
        this.view = view;
        this.family = family;
        begun = begun(family);
        hasSeveral = family.members().stream()
                        .map(each -> Lengths.ofRun(each.job(), view.now()))
                        .distinct()
                        .filter(Objects::nonNull)
                        .count()
                > 1;
    }

    private static @Nullable Instant[] begun(Family family) {
        @Nullable Instant[] first = new @Nullable Instant[family.members().size()];
        if (!family.more().isEmpty()) {
            return first;
        }
        for (Family.Member member : family.members()) {
            Instant at =
                    member.job().relations().isParent() ? null : member.job().startedAt();
            int above = member.parent();
            // A ring, which plain SQL can write, has no more steps than members.
            for (int i = 0; at != null && above >= 0 && i < first.length; i++) {
                Instant known = first[above];
                first[above] = known == null || at.isBefore(known) ? at : known;
                above = family.members().get(above).parent();
            }
        }
        return first;
    }

    static Node of(View view, Family family) {
        FamilyTable table = new FamilyTable(view, family);
        // What comes before the family stands above it, the farthest at the top.
        table.below(-1).stream()
                .sorted(Comparator.comparing(
                        (Integer each) -> -family.members().get(each).before()))
                .forEach(table::add);
        Lengths lengths = Lengths.of(family.members().stream().map(each -> Lengths.ofRun(each.job(), view.now())));
        Node members = new Table<Row>()
                .text(view.say("column.type"), table::type)
                .text(
                        view.say("job.id"),
                        row -> row.number < 0
                                ? null
                                : Parts.jobLink(view, table.job(row).id()))
                .text(view.say("job.state"), row -> row.number < 0 ? null : table.state(row))
                .text(view.say("story.took"), row -> row.number < 0 ? null : table.took(lengths, row.number))
                .text(view.say("family.after"), row -> row.number < 0 ? null : Node.of(table.before(row.number)))
                .mark(row -> row.number >= 0 && table.job(row).id().equals(family.asked()) ? css("at") : null)
                .line(row -> row.number < 0
                        ? null
                        : Parts.message(view, table.job(row).errorMessage()))
                .of(table.rows);
        return all(members, el("p", css("legend"), view.say("family.took")));
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
        int depth = family.members().get(number).depth();
        rows.add(new Row(number, depth, null));
        below(number).forEach(this::add);
        Family.More more = family.more().get(number);
        if (more != null) {
            rows.add(new Row(-1, depth + 1, FamilyPage.more(view, more)));
        }
    }

    /** The children of a member, the worst first; without a number those that have no parent here. */
    private List<Integer> below(int number) {
        return IntStream.range(0, family.members().size())
                .filter(i -> family.members().get(i).parent() == number)
                .boxed()
                .sorted(Lengths.worstFirst(
                        (Integer i) -> family.members().get(i).job().status() == JobStatus.FAILED, this::length))
                .toList();
    }

    /** How long a member ran; a parent from the first start below it until its end. */
    private @Nullable Duration length(int number) {
        Job job = family.members().get(number).job();
        Instant end = job.status().isFinal() ? job.completedAt() : view.now();
        return job.relations().isParent() ? Lengths.between(begun[number], end) : Lengths.ofRun(job, view.now());
    }

    /** A bar for what ran; a parent would be the longest bar always, and has its duration in words only. */
    private @Nullable Node took(Lengths lengths, int number) {
        Job job = family.members().get(number).job();
        Duration length = length(number);
        if (job.relations().isParent() && length != null) {
            return el("span", css("muted"), view.words().duration(length));
        }
        Node bar = lengths.bar(view, length, job.status().text());
        boolean isSlowest = length != null && hasSeveral && length.equals(lengths.longest());
        return isSlowest ? all(el("b", view.say("family.slowest")), " ", bar) : bar;
    }

    private Job job(Row row) {
        return family.members().get(row.number).job();
    }

    private Node type(Row row) {
        return all(
                INDENT.repeat(row.depth),
                row.number < 0
                        ? el("span", css("muted"), "… ", row.more)
                        : all(
                                Parts.name(job(row).type()),
                                el(
                                        "span",
                                        css("muted"),
                                        FamilyPage.role(view, family.members().get(row.number)))));
    }

    private Node state(Row row) {
        return all(Parts.pill(view, job(row).status()), " ", Parts.progress(view, job(row)));
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
