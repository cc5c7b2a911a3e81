package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.data.Failures;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.RetryAdvice;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Buttons;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Span;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What fails most, and can it be tried again? */
public final class FailuresPage implements Page {
    private static final int MOST_GROUPS = 100;
    private static final int SAMPLES = 20;
    private static final int WHOLE = 100;

    /**
     * What went wrong in a group of jobs.
     *
     * @param code of the error; empty for jobs without one; null for every code
     */
    private record Chosen(String type, @Nullable String code) {
        static @Nullable Chosen of(View view) {
            String type = view.param(JobFilter.TYPE);
            if (type == null || JobFilter.problem(view, JobFilter.TYPE, type) != null) {
                return null;
            }
            List<String> codes = view.request().query().getOrDefault(JobFilter.CODE, List.of());
            String code = codes.isEmpty() ? null : codes.get(0).strip();
            return code != null && JobFilter.problem(view, JobFilter.CODE, code) != null
                    ? null
                    : new Chosen(type, code);
        }

        boolean is(Failures.Group group) {
            return type.equals(group.type()) && (code == null || code.equals(group.code()));
        }

        Newest newest(JobClient client, JobQuery failed) {
            List<Job> jobs = jobs(client, failed);
            return new Newest(
                    jobs, jobs.isEmpty() ? List.of() : client.steps(jobs.get(0).id()));
        }

        private List<Job> jobs(JobClient client, JobQuery failed) {
            JobQuery ofType = failed.type(type).atMost(Source.MOST_JOBS);
            JobQuery query = code == null || code.isEmpty() ? ofType : ofType.errorCode(code);
            return client.search(query).jobs().stream()
                    .filter(job -> !"".equals(code) || job.errorCode() == null)
                    .sorted(Failures.LAST_FIRST)
                    .limit(SAMPLES)
                    .toList();
        }
    }

    /**
     * The newest jobs of a group.
     *
     * @param steps those that the newest one has begun
     */
    private record Newest(List<Job> jobs, List<JobStep> steps) {}

    @Override
    public String path() {
        return "failures";
    }

    @Override
    public boolean isScoped() {
        return true;
    }

    @Override
    public Content content(View view) {
        Span span = Span.of(view.param("span"));
        Chosen chosen = Chosen.of(view);
        Instant since = view.now().truncatedTo(ChronoUnit.MINUTES).minus(span.length());
        JobQuery failed = view.scoped(JobQuery.all().status(JobStatus.FAILED).since(since));
        Asked<Failures> failures = view.source().failures(failed);
        Asked<BoundedCount> jobs = view.source().countOf(failed);
        Asked<FailureCauseCounts> attempts = view.access().isScoped() ? null : attempts(view, span);
        Asked<Newest> newest = chosen == null ? null : view.source().ask(client -> chosen.newest(client, failed));
        return new Content(
                view.say("nav.failures"),
                all(
                        Throughput.spans(view, span),
                        attempts == null ? null : counted(view, span, view.await(attempts)),
                        Parts.card(
                                view,
                                "groups",
                                view.say("failures.groups"),
                                view.await(failures),
                                value -> all(count(view, view.await(jobs)), groups(view, span, since, value, chosen))),
                        chosen == null || newest == null
                                ? null
                                : Parts.card(
                                        view,
                                        "group",
                                        view.say("failures.newest", SAMPLES),
                                        view.await(newest),
                                        found -> group(view, span, chosen, found))));
    }

    /** What is counted of the days is remembered, and read by both connections. */
    private static Asked<FailureCauseCounts> attempts(View view, Span span) {
        if (span.length().compareTo(Duration.ofDays(1)) > 0) {
            List<Asked<List<JobOutcomes>>> days = view.source().outcomes(span.length(), view.now());
            days.forEach(view::await);
        }
        return view.source().failedAttempts(span.length(), view.now());
    }

    private static Node counted(View view, Span span, Answer<FailureCauseCounts> attempts) {
        return all(
                Parts.card(
                        view, "attempts", view.say("failures.title"), attempts, value -> attempts(view, span, value)),
                attempts.value() == null ? null : CausePart.card(view, span, attempts.value()));
    }

    private static Node attempts(View view, Span span, FailureCauseCounts failed) {
        Node since = all(view.say("failures.since"), " ", view.words().time(failed.since()));
        return all(
                failed.attempts() == 0
                        ? Parts.empty(view.say("failures.noAttempts"), " ", since)
                        : all(
                                el("p", view.say("failures.count", failed.attempts()), " ", since),
                                FailedAttemptsTable.whole(view, failed, span.word())),
                el("p", css("muted"), view.say("failures.notCounted")));
    }

    /** Also where not all of them are in the groups. */
    private static @Nullable Node count(View view, Answer<BoundedCount> jobs) {
        BoundedCount count = jobs.value();
        return count == null || count.jobs() == 0
                ? null
                : el("p", view.say("failures.jobs"), " ", view.words().number(count));
    }

    private static Node groups(View view, Span span, Instant since, Failures failures, @Nullable Chosen chosen) {
        if (failures.jobs() == 0) {
            return all(
                    Parts.empty(
                            view.say(failures.isComplete() ? "failures.none" : "failures.noneYet"),
                            " ",
                            view.words().time(since)),
                    searched(view, failures));
        }
        return all(
                el(
                        "div",
                        css("jobs"),
                        new Table<Failures.Group>()
                                .text(
                                        view.say("column.code"),
                                        group -> link(view, span, group, chosen != null && chosen.is(group)))
                                .text(view.say("column.type"), group -> Parts.name(group.type()))
                                .text(
                                        view.say("failures.kind"),
                                        group -> kind(view, group.sample().errorKind()))
                                .number(
                                        view.say("column.jobs"),
                                        group -> failures.isComplete()
                                                ? view.words().number(group.jobs())
                                                : view.say("failures.atLeast", group.jobs()))
                                .number(
                                        view.say("failures.share"),
                                        group -> failures.isComplete() ? share(group.jobs(), failures.jobs()) : null)
                                .text(
                                        view.say("failures.sample"),
                                        group -> Parts.jobLink(
                                                view, group.sample().id()))
                                .number(
                                        view.say("failures.when"),
                                        group -> view.words().ago(group.sample().completedAt(), view.now()))
                                .text(view.say("queues.actions"), group -> retry(view, span, group))
                                .mark(group -> attrIf(chosen != null && chosen.is(group), "class", "at"))
                                .line(group -> all(
                                        Parts.message(view, group.sample().errorMessage()),
                                        Marks.note(group.advice().sentence(view.words()))))
                                .of(failures.groups().stream()
                                        .limit(MOST_GROUPS)
                                        .toList())),
                failures.groups().size() > MOST_GROUPS
                        ? el("p", css("muted"), view.say("failures.moreGroups", MOST_GROUPS))
                        : null,
                searched(view, failures));
    }

    /** Jobs without a code cannot be asked for; and a code that the redactor changes is in no link. */
    private static @Nullable Node retry(View view, Span span, Failures.Group group) {
        return group.code().isEmpty() || !view.isOpen(group.code())
                ? null
                : Buttons.retrying(view, filter(span, group.type(), group.code()));
    }

    private static JobFilter filter(Span span, String type, @Nullable String code) {
        JobFilter ofType = new JobFilter(Set.of(JobStatus.FAILED), Map.of(), Map.of()).with(JobFilter.TYPE, type);
        return (code == null ? ofType : ofType.with(JobFilter.CODE, code)).with(JobFilter.SINCE, span.word());
    }

    private static Node link(View view, Span span, Failures.Group group, boolean isChosen) {
        String link =
                view.link("failures", "span", span.word(), JobFilter.TYPE, group.type(), JobFilter.CODE, group.code())
                        + "#group";
        Node shown = code(view, group.code());
        return view.isOpen(group.code())
                ? el("a", attr("href", link), attrIf(isChosen, "aria-current", "true"), shown)
                : shown;
    }

    static Node code(View view, @Nullable String code) {
        return code == null || code.isEmpty() ? Html.text(view.say("failures.noCode")) : Parts.secret(view, code);
    }

    private static @Nullable String kind(View view, JobError.@Nullable Kind kind) {
        return kind == null ? null : view.say("failures.kind." + kind);
    }

    private static Node share(int jobs, int all) {
        // Some are never none, and not all are never all.
        long rounded = Math.round(1.0 * WHOLE * jobs / all);
        long percent = jobs == all ? WHOLE : Math.max(1, Math.min(WHOLE - 1, rounded));
        return all(
                el(
                        "svg",
                        css("share"),
                        attr("viewBox", "0 0 " + WHOLE + " 8"),
                        attr("preserveAspectRatio", "none"),
                        attr("aria-hidden", "true"),
                        el("rect", css("all"), attr("width", WHOLE), attr("height", 8)),
                        el("rect", css("part"), attr("width", percent), attr("height", 8))),
                (rounded == 0 ? " < " : rounded == WHOLE && jobs < all ? " > " : " ") + percent + " %");
    }

    private static Node searched(View view, Failures failures) {
        if (failures.isComplete()) {
            return Node.NONE;
        }
        Instant until = failures.searchedBackTo();
        return el(
                "p",
                css("problem"),
                view.say("failures.part", view.words().number(failures.jobs())),
                until == null
                        ? null
                        : all(
                                " ",
                                view.say("jobs.searched.until"),
                                " ",
                                view.words().ago(until, view.now())));
    }

    private static Node group(View view, Span span, Chosen chosen, Newest newest) {
        List<Job> jobs = newest.jobs;
        String code = chosen.code() == null || chosen.code().isEmpty() ? null : chosen.code();
        JobFilter filter = filter(span, chosen.type(), code);
        Node all = all(
                "".equals(chosen.code()) ? null : Buttons.of(view, filter),
                el(
                        "p",
                        css("pages"),
                        Parts.link(
                                filter.link(view, "jobs"),
                                view.say(code == null ? "failures.allOfType" : "failures.all")),
                        Parts.link(view.link("failures", "span", span.word()), view.say("failures.close"))));
        Node name = el(
                "p",
                chosen.code() == null ? null : all(el("b", code(view, chosen.code())), " · "),
                Parts.name(chosen.type()));
        return jobs.isEmpty()
                ? all(name, Parts.empty(view.say("failures.noJobs")), all)
                : all(
                        name,
                        el("div", css("jobs"), table(view, jobs)),
                        el("h3", view.say("failures.safe")),
                        RetryAdvice.of(jobs).list(view.words(), newest.steps, view.redactor()),
                        all);
    }

    private static Node table(View view, List<Job> jobs) {
        return new Table<Job>()
                .text(view.say("jobs.filter.id"), job -> Parts.jobLink(view, job.id()))
                .text(view.say("jobs.filter.user"), job -> Parts.nameIf(job.userId()))
                .text(view.say("jobs.filter.project"), job -> Parts.nameIf(job.projectId()))
                .number(view.say("jobs.column.attempt"), Job::attempt)
                .number(view.say("jobs.column.enqueued"), job -> view.words().ago(job.createdAt(), view.now()))
                .number(view.say("failures.when"), job -> view.words().ago(job.completedAt(), view.now()))
                .line(job -> Parts.message(view, job.errorMessage()))
                .of(jobs);
    }
}
