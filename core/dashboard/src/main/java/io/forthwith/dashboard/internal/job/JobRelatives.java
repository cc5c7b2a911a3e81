package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The relatives of a job that the viewer may know of. Immutable.
 *
 * @param parent what it is a child of
 * @param children its first ones, and its finisher
 * @param hasMore whether it has more children than these
 * @param predecessors what it comes after
 * @param successors the first ones that come after it
 * @param hasMoreSuccessors whether more come after it than these
 */
record JobRelatives(
        Optional<Job> parent,
        List<Job> children,
        boolean hasMore,
        List<Job> predecessors,
        List<Job> successors,
        boolean hasMoreSuccessors) {
    private static final int MOST_CHILDREN = 20;
    private static final int MOST_LOOKED_AT = 500;

    static JobRelatives read(JobClient client, View view, Job job) {
        UUID parentId = job.parentId();
        Optional<Job> parent = parentId == null ? Optional.empty() : JobPageBasics.seen(view, client.find(parentId));
        Children children = job.relations().isParent()
                ? Children.read(client, view, job.id(), MOST_CHILDREN)
                : new Children(List.of(), false);
        List<Job> predecessors = job.relations().hasPredecessors()
                ? client.predecessors(job.id()).stream()
                        .filter(each -> JobPageBasics.sees(view, each))
                        .limit(MOST_CHILDREN)
                        .toList()
                : List.of();
        List<Job> successors = job.relations().hasSuccessors() ? successors(client, view, job) : List.of();
        return new JobRelatives(
                parent,
                children.jobs(),
                children.hasMore(),
                predecessors,
                successors.stream().limit(MOST_CHILDREN).toList(),
                successors.size() > MOST_CHILDREN);
    }

    /** One more than are shown, if there are so many. Those of others, which the viewer may not know of, are passed over. */
    private static List<Job> successors(JobClient client, View view, Job job) {
        int most = view.access().isScoped() ? MOST_LOOKED_AT : MOST_CHILDREN + 1;
        return client.successors(job.id(), most).stream()
                .filter(each -> JobPageBasics.sees(view, each))
                .limit(MOST_CHILDREN + 1L)
                .toList();
    }

    static Node card(View view, Job job, Answer<JobRelatives> answer) {
        return Parts.card(view, "relatives", view.say("job.tab.family"), answer, found -> found.show(view, job));
    }

    private Node show(View view, Job job) {
        if (parent.isEmpty() && children.isEmpty() && predecessors.isEmpty() && successors.isEmpty()) {
            return Parts.empty(view.say(job.relations().isParent() ? "relatives.noChildren" : "relatives.none"));
        }
        return all(
                el("p", Parts.link(view.link("family", "id", job.id()), view.say("job.family.whole"))),
                parent.map(found -> all(
                                el("h3", view.say("relatives.parent")), table(view, List.of(found)), place(view, job)))
                        .orElse(Node.NONE),
                group(view, "relatives.before", predecessors),
                group(view, "relatives.after", successors),
                hasMoreSuccessors ? el("p", css("muted"), view.say("relatives.moreAfter", MOST_CHILDREN)) : null,
                group(view, "relatives.children", worstFirst(view, children)),
                hasMore ? el("p", css("muted"), view.say("relatives.more")) : null);
    }

    private static Node place(View view, Job job) {
        Integer position = job.relations().position();
        if (position == null) {
            return Node.NONE;
        }
        return el(
                "p",
                css("muted"),
                job.relations().isFinisher()
                        ? view.say("relatives.finisher")
                        : view.say("relatives.position", view.words().number(position)));
    }

    private static List<Job> worstFirst(View view, List<Job> jobs) {
        return jobs.stream().sorted(Lengths.worstFirst(view.now())).toList();
    }

    private static Node group(View view, String key, List<Job> jobs) {
        return jobs.isEmpty() ? Node.NONE : all(el("h3", view.say(key)), table(view, jobs));
    }

    private static Node table(View view, List<Job> jobs) {
        Lengths lengths = Lengths.of(jobs.stream().map(job -> Lengths.ofRun(job, view.now())));
        return new Table<Job>()
                .text(view.say("job.state"), job -> all(Parts.pill(view, job.status()), " ", Parts.progress(view, job)))
                .text(view.say("job.id"), job -> Parts.jobLink(view, job.id()))
                .text(view.say("column.type"), job -> type(view, job))
                .text(
                        view.say("story.took"),
                        job -> lengths.bar(
                                view,
                                Lengths.ofRun(job, view.now()),
                                job.status().text()))
                .line(job -> Parts.message(view, job.errorMessage()))
                .of(jobs);
    }

    private static Node type(View view, Job job) {
        return all(
                Parts.name(job.type()),
                job.relations().isFinisher() ? el("span", css("muted"), " ", view.say("family.finisher")) : null);
    }
}
