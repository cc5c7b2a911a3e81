package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.Serving;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.LongRuns;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerLoad;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Who is alive? */
public final class WorkersPage implements Page {
    private static final int MOST_WORKERS = 100;
    private static final String EXAMPLE = """
            ProcessorRegistry processors = ProcessorRegistry.of()
                    .with(greet, job -> "Hello, " + job.input(Greeting.class).name());
            Worker worker = Worker.of(store, processors).concurrency(10).start();""";

    /** The dead at the front, then those that say that something is wrong or that they stop, then by name. */
    static final Comparator<RegisteredWorker> ORDER = Comparator.comparingInt(WorkersPage::rank)
            .thenComparing(worker -> worker.info().name())
            .thenComparing(RegisteredWorker::startedAt)
            .thenComparing(worker -> worker.info().id());

    @Override
    public String path() {
        return "workers";
    }

    @Override
    public Content content(View view) {
        Asked<List<RegisteredWorker>> asked = view.source().workers();
        Asked<JobPage> askedRunning = view.source().running();
        LongRuns.Reading longRuns = LongRuns.Reading.begin(view.source(), view.now());
        Answer<List<RegisteredWorker>> workers = view.await(asked);
        Answer<JobPage> running = view.await(askedRunning);
        WorkerRows rows = new WorkerRows(view, running.value(), LongRuns.of(view, longRuns));
        return new Content(
                view.say("nav.workers"),
                all(
                        Parts.card(
                                view,
                                "workers",
                                view.say("workers.registered"),
                                workers,
                                value -> all(
                                        Marks.missing(view, view.say("workers.runs"), running),
                                        part(view, running),
                                        registered(view, value, rows))),
                        workers.value() == null ? null : rows.strangers(workers.value())));
    }

    /** That not all jobs that run were read. */
    private static Node part(View view, Answer<JobPage> running) {
        return running.value() == null || running.value().next() == null
                ? Node.NONE
                : el("p", Html.css("problem"), view.say("workers.newest", Source.MOST_JOBS));
    }

    private static Node registered(View view, List<RegisteredWorker> all, WorkerRows rows) {
        if (all.isEmpty()) {
            return Parts.empty(el("p", view.say("workers.none.detail")), el("pre", EXAMPLE));
        }
        String queue = view.param("queue");
        List<RegisteredWorker> shown = all.stream()
                .filter(worker -> queue == null || mayServe(worker, queue))
                .sorted(ORDER)
                .toList();
        Set<String> versions = versions(all);
        return Html.all(
                el("p", sum(view, all)),
                versions.size() > 1
                        ? el(
                                "p",
                                Marks.mark("parked", "⚠", view.say("workers.versions", versions.size())),
                                " ",
                                Html.foreign(String.join(", ", versions)))
                        : null,
                queue == null ? null : chosen(view, queue, shown.size()),
                shown.stream()
                        .limit(MOST_WORKERS)
                        .map(worker -> rows.worker(worker, versions.size() > 1))
                        .toList(),
                shown.size() > MOST_WORKERS
                        ? el("p", Html.css("muted"), view.say("workers.more", shown.size() - MOST_WORKERS))
                        : null);
    }

    private static Node chosen(View view, String queue, int shown) {
        return el(
                "p",
                view.say("workers.ofQueue", shown),
                " ",
                Parts.name(queue),
                " · ",
                Parts.link(view.link("workers"), view.say("workers.all")));
    }

    private static boolean mayServe(RegisteredWorker worker, String queue) {
        return worker.info().serves() == null || Serving.takes(worker, queue);
    }

    private static int rank(RegisteredWorker worker) {
        WorkerLoad load = worker.load();
        if (!worker.isAlive()) {
            return 0;
        }
        return load != null && load.isDegraded() ? 1 : load != null && load.isStopping() ? 2 : 3;
    }

    private static Set<String> versions(List<RegisteredWorker> workers) {
        return workers.stream()
                .filter(RegisteredWorker::isAlive)
                .map(worker -> WorkerRows.version(worker.info()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** How many workers, and how many of their slots are busy; of workers that do not say it, nothing is known. */
    private static String sum(View view, List<RegisteredWorker> workers) {
        List<RegisteredWorker> alive =
                workers.stream().filter(RegisteredWorker::isAlive).toList();
        long busy = 0;
        long slots = 0;
        boolean isKnown = true;
        for (RegisteredWorker worker : alive) {
            if (worker.load() == null || worker.info().serves() == null) {
                isKnown = false;
            } else {
                busy += worker.load().running();
                slots += worker.info().serves().concurrency();
            }
        }
        String sum = view.say(
                "workers.sum",
                alive.size(),
                view.words().number(busy, isKnown),
                view.words().number(slots, isKnown));
        int dead = workers.size() - alive.size();
        return dead == 0 ? sum : sum + " · " + view.say("workers.sum.silent", dead);
    }
}
