package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.Concerns.Concern;
import io.forthwith.dashboard.internal.view.LongRuns;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Span;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Is something wrong? */
public final class OverviewPage implements Page {
    private static final int MOST_ROWS = 8;
    private static final Duration HOUR = Duration.ofHours(1);

    @Override
    public String path() {
        return "";
    }

    @Override
    public Content content(View view) {
        Source source = view.source();
        Span span = Span.of(view.param("span"));
        List<Asked<List<JobOutcomes>>> outcomes = source.outcomes(span.length(), view.now());
        Asked<LastHourOutcomes> lately = source.lastHour(view.now());
        Asked<BoundedCount> waiting = source.countOfWaiting(view.now());
        Asked<FailureCauseCounts> failed = source.failedAttempts(HOUR, view.now());
        Asked<BoundedCount> failedJobs = failedJobs(view, Span.H1);
        Asked<BoundedCount> failedOfDay = failedJobs(view, Span.H24);
        Asked<List<QueueState>> askedQueues = source.queues();
        Asked<List<RegisteredWorker>> askedWorkers = source.workers();
        Concerns.Reading reading = Concerns.Reading.begin(source, view.now());
        Concerns concerns = Concerns.of(view, reading);
        LongRuns longRuns = LongRuns.of(view, reading.runs());
        Answer<List<QueueState>> queues = view.await(askedQueues);
        Answer<List<RegisteredWorker>> workers = view.await(askedWorkers);
        return new Content(
                        view.say("overview.title"),
                        all(
                                state(view, concerns),
                                figures(view, queues, view.await(waiting)),
                                Throughput.card(view, span, view.awaitAll(outcomes)),
                                BusyTypes.card(view, view.await(lately)),
                                el(
                                        "div",
                                        css("pair"),
                                        Parts.card(
                                                view,
                                                "failures",
                                                view.say("overview.failures"),
                                                view.await(failed),
                                                value -> failures(
                                                        view,
                                                        span,
                                                        value,
                                                        view.await(failedJobs),
                                                        view.await(failedOfDay))),
                                        Parts.card(
                                                view,
                                                "workers",
                                                view.say("nav.workers"),
                                                workers,
                                                value -> workers(view, value, longRuns)))))
                .health(concerns);
    }

    private static Asked<BoundedCount> failedJobs(View view, Span span) {
        Instant since = view.now().truncatedTo(ChronoUnit.MINUTES).minus(span.length());
        return view.source().countOf(JobQuery.all().status(JobStatus.FAILED).since(since));
    }

    private static Node state(View view, Concerns concerns) {
        return el(
                "section",
                attr("id", "state"),
                attr("data-live", ""),
                css("state h-" + concerns.tone()),
                el("h2", concerns.sentence(view)),
                concerns.list().isEmpty() ? el("p", concerns.detail(view)) : list(view, "needs", concerns.list()),
                concerns.list().isEmpty() || concerns.isKnown()
                        ? null
                        : el("p", css("problem"), view.say("health.more")),
                concerns.notes().isEmpty() ? null : list(view, "notes", concerns.notes()));
    }

    private static Node list(View view, String kind, List<Concern> concerns) {
        return el(
                "ul",
                css(kind),
                concerns.stream()
                        .map(each -> el("li", Parts.link(each.link(), each.sentence(view))))
                        .toList());
    }

    private static Node figures(View view, Answer<List<QueueState>> queues, Answer<BoundedCount> waiting) {
        return el(
                "section",
                attr("id", "figures"),
                attr("data-live", ""),
                css("figures"),
                sum(view, queues, QueueState::due, QueuesPage.link(view, QueuesPage.DUE), "overview.due"),
                sum(view, queues, QueueState::running, view.link("jobs", "status", "processing"), "overview.running"),
                sum(
                        view,
                        queues,
                        QueueState::scheduled,
                        QueuesPage.link(view, QueuesPage.SCHEDULED),
                        "overview.scheduled"),
                queues.value() != null && view.source().hasLimits()
                        ? Parts.figure(
                                view.link("limits"),
                                sum(view, queues, QueueState::limited),
                                view.say("overview.limited"))
                        : null,
                Parts.figure(
                        view.link("jobs", "status", "waiting"),
                        Objects.requireNonNullElse(Parts.count(view, waiting.value()), "?"),
                        view.say("overview.waiting")));
    }

    private static Node sum(
            View view,
            Answer<List<QueueState>> queues,
            Function<QueueState, BoundedCount> part,
            String link,
            String key) {
        return Parts.figure(link, sum(view, queues, part), view.say(key));
    }

    private static String sum(View view, Answer<List<QueueState>> queues, Function<QueueState, BoundedCount> part) {
        List<QueueState> all = queues.value();
        return all == null ? "?" : view.words().number(Concerns.sum(all, part));
    }

    private static Node failures(
            View view, Span span, FailureCauseCounts failed, Answer<BoundedCount> jobs, Answer<BoundedCount> ofDay) {
        return all(
                failed.attempts() == 0
                        ? Parts.empty(view.say("overview.noFailures"))
                        : FailedAttemptsTable.brief(view, failed, MOST_ROWS),
                el("p", failedJobs(view, Span.H1, jobs.value())),
                el("p", failedJobs(view, Span.H24, ofDay.value())),
                el("p", Parts.link(view.link("failures", "span", span.word()), view.say("overview.allFailures"))));
    }

    /** The whole sentence is the link: a number alone would not stand out from the text around it. */
    private static Node failedJobs(View view, Span span, @Nullable BoundedCount jobs) {
        return Parts.link(
                view.link("jobs", "status", "failed", "since", span.word()),
                view.say("overview.failedJobs." + span.word()),
                " ",
                Objects.requireNonNullElse(Parts.count(view, jobs), "?"));
    }

    private static Node workers(View view, List<RegisteredWorker> workers, LongRuns longRuns) {
        if (workers.isEmpty()) {
            return Parts.empty(view.say("workers.none"));
        }
        return all(
                Parts.table(
                        List.of(
                                Parts.th(view.say("column.worker")),
                                Parts.thNumber(view.say("column.slots")),
                                Parts.th(view.say("column.beat"))),
                        workers.stream()
                                .sorted(WorkersPage.ORDER)
                                .limit(MOST_ROWS)
                                .map(worker -> worker(view, worker, longRuns))
                                .toList()),
                workers.size() > MOST_ROWS
                        ? el("p", Parts.link(view.link("workers"), view.say("overview.allWorkers", workers.size())))
                        : null);
    }

    private static Node worker(View view, RegisteredWorker worker, LongRuns longRuns) {
        return el(
                "tr",
                Parts.td(
                        Parts.link(
                                view.link("workers"), Parts.name(worker.info().name())),
                        " ",
                        WorkerRows.state(view, worker, longRuns)),
                Parts.number(WorkerRows.busy(worker)),
                Parts.td(view.words().ago(worker.lastBeatAt(), view.now())));
    }
}
