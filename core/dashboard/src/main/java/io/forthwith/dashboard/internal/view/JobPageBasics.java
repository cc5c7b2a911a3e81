package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.insight.Reason;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.internal.LibraryOnly;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the pages about one job and about a family have in common: the id in the address, and who may see a job. */
public final class JobPageBasics {
    private static final int LONGEST_TITLE = 60;

    private JobPageBasics() {}

    /**
     * The page about what is read by the id in the address.
     *
     * @param read empty if there is no such job, or the viewer may not know of it
     */
    public static <T> Page.Content of(
            View view, BiFunction<JobClient, UUID, Optional<T>> read, Function<T, Page.Content> page) {
        UUID id = JobFilter.uuid(view.param(JobFilter.ID));
        if (id == null) {
            return malformed(view);
        }
        Answer<Optional<T>> answer = view.await(view.source().ask(client -> read.apply(client, id)));
        Optional<T> found = answer.value();
        return found == null ? unread(view, answer) : found.map(page).orElseGet(() -> notFound(view));
    }

    /** Whether the viewer may know of a job. */
    public static boolean sees(View view, Job job) {
        return view.scoped(JobQuery.all()).selects(job);
    }

    /** The job, if the viewer may know of it. */
    public static Optional<Job> seen(View view, Optional<Job> job) {
        return job.filter(found -> sees(view, found));
    }

    /** The page of an address that has no id. */
    private static Page.Content malformed(View view) {
        return new Page.Content(
                view.say("job.malformed"), all(el("p", view.say("job.malformed.detail")), el("p", toJobs(view))), 400);
    }

    /** The page of a job that is not there, or that the viewer may not know of. */
    private static Page.Content notFound(View view) {
        Reason reason = new Reason.NotFound(LibraryOnly.KEY);
        return new Page.Content(
                view.say("job.notFound"),
                all(
                        el("p", reason.text(view.words().locale())),
                        el("p", reason.remedy(view.words().locale())),
                        el("p", toJobs(view))),
                404);
    }

    /** The page if the job could not be read. */
    private static Page.Content unread(View view, Answer<?> answer) {
        return new Page.Content(
                view.say("job.unread"), Parts.card(view, "job", view.say("job.state"), answer, any -> Node.NONE));
    }

    private static Node toJobs(View view) {
        return Parts.link(view.link("jobs"), view.say("job.toJobs"));
    }

    /** A type with the id, for titles. */
    public static String title(Job job) {
        return PageTexts.cut(job.type(), LONGEST_TITLE) + " · " + PageTexts.shortId(job.id());
    }

    /** A type with the id, for headings. */
    public static Node heading(Job job) {
        return all(
                foreign(PageTexts.cut(job.type(), LONGEST_TITLE)),
                " · ",
                el("span", css("id"), PageTexts.shortId(job.id())));
    }

    /** The name of a worker; its id, cut, if it is not registered any more. */
    public static Node worker(View view, @Nullable UUID id, Answer<List<RegisteredWorker>> workers) {
        if (id == null) {
            return el("span", view.say("job.worker.unknown"));
        }
        return workers.or(List.of()).stream()
                .filter(each -> each.info().id().equals(id))
                .findFirst()
                .map(each -> Parts.name(each.info().name()))
                .orElse(el("code", PageTexts.shortId(id)));
    }
}
