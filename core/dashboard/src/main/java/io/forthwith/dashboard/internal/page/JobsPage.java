package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where is it? */
public final class JobsPage implements Page {
    private static final int ROWS = 50;
    private static final String FIRST_JOB = """
            record Greeting(String name) {}
            JobType<Greeting> greet = JobType.of("greet", Greeting.class);
            JobStore store = JdbcJobStore.of(dataSource);
            JobClient jobs = JobClient.of(store);
            UUID id = jobs.enqueue(NewJob.of(greet, new Greeting("Ada")).user("user-1")).id();
            """;

    @Override
    public String path() {
        return "jobs";
    }

    @Override
    public boolean isScoped() {
        return true;
    }

    @Override
    public Content content(View view) {
        String jump = view.param("jump");
        return jump == null ? list(view) : JobJump.content(view, jump);
    }

    private static Content list(View view) {
        JobFilter filter = JobFilter.of(view);
        JobQuery query = filter.query(view);
        UUID before = JobFilter.uuid(view.param("before"));
        JobQuery first = query.atMost(ROWS);
        Asked<JobPage> page =
                view.source().ask(client -> filter.look(client, before == null ? first : first.before(before)));
        Map<JobStatus, Asked<BoundedCount>> counts = JobFilterForm.count(view, filter);
        Answer<JobPage> found = view.await(page);
        BoundedCount total =
                filter.values().containsKey(JobFilter.ID) ? null : total(view, query, before, found.value());
        return new Content(
                view.say("nav.jobs"),
                all(
                        JobFilterForm.chips(view, filter, counts),
                        JobFilterForm.form(view, filter),
                        Parts.card(
                                view, "jobs", heading(view, total), found, value -> rows(view, filter, value, before)),
                        LabelsSearched.sentence(view, filter.values().get(JobFilter.LABEL)),
                        exports(view, filter)));
    }

    /** How many jobs a query selects. A first page after which nothing comes holds them all; a search that ended early does not: a count by an index may go on. */
    private static @Nullable BoundedCount total(
            View view, JobQuery query, @Nullable UUID before, @Nullable JobPage page) {
        return page != null && before == null && page.next() == null
                ? new BoundedCount(page.jobs().size(), true)
                : view.await(view.source().countOf(query)).value();
    }

    private static String heading(View view, @Nullable BoundedCount total) {
        String number = Parts.count(view, total);
        return total == null || number == null ? view.say("nav.jobs") : view.say("jobs.count", total.jobs(), number);
    }

    private static Node rows(View view, JobFilter filter, JobPage page, @Nullable UUID before) {
        return all(
                page.jobs().isEmpty() ? none(view, filter, page, before) : table(view, filter, page),
                pages(view, filter, page, before));
    }

    /** The rows; with boxes and buttons in a form, for viewers who may act. */
    private static Node table(View view, JobFilter filter, JobPage page) {
        Node table = JobTable.of(view, filter, page.jobs());
        return JobTable.hasBoxes(view, filter)
                ? all(
                        Buttons.of(view, filter),
                        el(
                                "form",
                                attr("method", "get"),
                                attr("action", ActNames.PATH),
                                Layout.language(view),
                                Layout.wayBack(view, ActNames.PATH),
                                // Without a box that is ticked, the form says that no job is chosen, and not that all
                                // are.
                                Parts.hidden(JobFilter.ID, ""),
                                tools(view, filter, page),
                                table,
                                tools(view, filter, page)),
                        Buttons.of(view, filter))
                : table;
    }

    /** What can be done to rows that are ticked, above them and below them; without the script a link ticks all. */
    private static Node tools(View view, JobFilter filter, JobPage page) {
        boolean areTicked = JobTable.areTicked(view);
        return el(
                "div",
                css("tools"),
                el(
                        "a",
                        css("button"),
                        attr("data-tick", areTicked ? "none" : "all"),
                        attr(
                                "href",
                                filter.link(
                                        view,
                                        "jobs",
                                        "before",
                                        view.param("before"),
                                        JobTable.TICK,
                                        areTicked ? null : JobTable.ALL)),
                        areTicked
                                ? view.say("act.tick.none")
                                : view.say("act.tick.all", page.jobs().size())),
                Buttons.ofTicked(view, filter));
    }

    private static Node none(View view, JobFilter filter, JobPage page, @Nullable UUID before) {
        if (page.next() != null) {
            return Parts.empty(view.say("jobs.none.yet"));
        }
        if (before != null) {
            return Parts.empty(view.say("jobs.none.older"));
        }
        if (!filter.isEmpty()) {
            return Parts.empty(el("p", view.say("jobs.none.fits")), JobFilterForm.drops(view, filter));
        }
        return view.access().isScoped()
                ? Parts.empty(view.say("jobs.none.scoped"))
                : Parts.empty(el("p", view.say("jobs.none")), el("pre", el("code", FIRST_JOB)));
    }

    private static Node pages(View view, JobFilter filter, JobPage page, @Nullable UUID before) {
        JobQuery next = page.next();
        if (next == null && before == null) {
            return Node.NONE;
        }
        boolean isFull = page.jobs().size() == ROWS;
        return el(
                "p",
                css("pages"),
                before == null ? null : Parts.link(filter.link(view, "jobs"), "« ", view.say("jobs.newest")),
                next == null || isFull ? null : el("span", searched(view, page)),
                next == null
                        ? null
                        : Parts.link(
                                filter.link(view, "jobs", "before", next.before()),
                                view.say(isFull ? "jobs.older" : "jobs.goOn"),
                                " »"));
    }

    private static Node searched(View view, JobPage page) {
        return page.searchedBackTo() == null
                ? all(view.say("jobs.searched.part"))
                : all(view.say("jobs.searched.until"), " ", view.words().ago(page.searchedBackTo(), view.now()));
    }

    private static Node exports(View view, JobFilter filter) {
        return el(
                "p",
                css("pages"),
                view.say("jobs.export", view.words().number(Export.MOST_ROWS)),
                Parts.link(filter.link(view, "export.csv"), "CSV"),
                Parts.link(filter.link(view, "export.ndjson"), "NDJSON"));
    }
}
