package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.html.Charts;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.LongRuns;
import io.forthwith.dashboard.internal.view.Marks;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Draws workers and what they run. */
final class WorkerRows {
    private static final int MOST_RUNNING = 10;
    /** Workers and jobs are read one after the other: a job that was claimed meanwhile may have a new worker. */
    private static final Duration JUST_NOW = Duration.ofSeconds(10);

    private final View view;
    private final @Nullable List<Job> running;
    private final boolean areAll;
    private final LongRuns longRuns;
    private final Map<UUID, List<Job>> byWorker;
    /** Which worker has shown these names first. */
    private final Map<List<String>, WorkerInfo> shown = new HashMap<>();

    /**
     * Rows for one viewer.
     *
     * @param read the jobs that run, as far as they were read; null if it is not known
     * @param longRuns those that seem to hang
     */
    WorkerRows(View view, @Nullable JobPage read, LongRuns longRuns) {
        this.view = view;
        this.running = read == null ? null : read.jobs();
        this.areAll = read != null && read.next() == null;
        this.longRuns = longRuns;
        byWorker = running == null
                ? Map.of()
                : running.stream().filter(job -> job.workerId() != null).collect(Collectors.groupingBy(Job::workerId));
    }

    Node worker(RegisteredWorker worker, boolean areVersionsMixed) {
        WorkerInfo info = worker.info();
        return el(
                "section",
                css("worker"),
                attr("id", "w-" + info.id()),
                el("h3", Parts.name(info.name()), " ", state(view, worker, longRuns), " ", slots(worker)),
                el(
                        "dl",
                        css("facts"),
                        Marks.pair(
                                view.say("workers.host"),
                                Parts.name(info.host()),
                                " · ",
                                view.say("workers.pid"),
                                " ",
                                Long.toString(info.pid())),
                        Marks.pair(
                                view.say("workers.version"),
                                areVersionsMixed && worker.isAlive()
                                        ? el("b", css("k-parked"), "⚠ ", Parts.name(version(info)))
                                        : Parts.name(version(info))),
                        Marks.pair(view.say("workers.started"), view.words().ago(worker.startedAt(), view.now())),
                        Marks.pair(view.say("column.beat"), view.words().ago(worker.lastBeatAt(), view.now())),
                        Marks.pair(view.say("workers.lease"), lease(worker)),
                        serves(info)),
                el("p", Parts.link(view.link("jobs", JobFilter.WORKER, info.id()), view.say("workers.jobs"))),
                runs(worker, jobsOf(info.id())));
    }

    /** Of very many jobs that run, the newest were read, and those that have run longest. */
    private List<Job> jobsOf(UUID worker) {
        Map<UUID, Job> jobs = new LinkedHashMap<>();
        longRuns.on(worker).forEach(run -> jobs.put(run.job().id(), run.job()));
        byWorker.getOrDefault(worker, List.of()).forEach(job -> jobs.putIfAbsent(job.id(), job));
        return List.copyOf(jobs.values());
    }

    /** The version of the library that it has. */
    static String version(WorkerInfo info) {
        return info.libraryVersion() == null ? "?" : info.libraryVersion();
    }

    /** How many of its slots are busy. */
    static String busy(RegisteredWorker worker) {
        WorkerLoad load = worker.load();
        WorkerInfo.Serves serves = worker.info().serves();
        return (load == null ? "?" : load.running()) + " / " + (serves == null ? "?" : serves.concurrency());
    }

    static Node state(View view, RegisteredWorker worker, LongRuns longRuns) {
        WorkerLoad load = worker.load();
        if (!worker.isAlive()) {
            return Marks.mark("failed", "✕", view.say("workers.silent"));
        }
        List<Object> marks = new ArrayList<>();
        if (!longRuns.on(worker.info().id()).isEmpty()) {
            marks.addAll(List.of(Marks.mark("failed", "⚠", view.say("workers.hangs")), " "));
        }
        Instant beat = worker.lastBeatAt();
        if (beat != null && Marks.isLate(worker, view.now())) {
            String silence = view.words().duration(Duration.between(beat, view.now()));
            marks.addAll(List.of(Marks.mark("parked", "⚠", view.say("workers.late", silence)), " "));
        }
        if (load != null && load.isDegraded()) {
            marks.addAll(List.of(Marks.mark("parked", "⚠", view.say("workers.degraded")), " "));
        }
        if (load != null && load.isStopping()) {
            marks.add(Marks.mark("waiting", "◇", view.say("workers.stopping")));
        }
        return marks.isEmpty() ? Marks.mark("completed", "●", view.say("workers.alive")) : all(marks);
    }

    private Node slots(RegisteredWorker worker) {
        WorkerLoad load = worker.load();
        WorkerInfo.Serves serves = worker.info().serves();
        String text = busy(worker);
        return el(
                "span",
                css("slots"),
                load != null && serves != null && serves.concurrency() > 0
                        ? Charts.progress(
                                Math.min(100, 100 * load.running() / serves.concurrency()), view.say("column.slots"))
                        : null,
                " ",
                text,
                " ",
                el("span", css("muted"), view.say("workers.slots")));
    }

    private Object lease(RegisteredWorker worker) {
        Instant end = worker.leaseEndsAt();
        Duration left = Duration.between(view.now(), end);
        return worker.isAlive() && !left.isNegative()
                ? el(
                        "time",
                        attr("datetime", end),
                        attr("title", view.words().exact(end)),
                        view.words().duration(Duration.ofSeconds(left.toSeconds())))
                : all(view.say("workers.leaseOver"), " ", view.words().ago(end, view.now()));
    }

    private Node serves(WorkerInfo info) {
        WorkerInfo.Serves serves = info.serves();
        if (serves == null) {
            return Marks.pair(view.say("nav.queues"), view.say("workers.notSaid"));
        }
        return all(
                Marks.pair(view.say("nav.queues"), names("queue", "workers.queues", serves.queues(), info)),
                Marks.pair(
                        view.say("workers.types"),
                        names("type", "workers.manyTypes", serves.types(), info),
                        serves.onlyTypes() ? el("div", css("note"), view.say("workers.onlyTypes")) : null));
    }

    /** Many names are shown once: a hundred workers of one application serve the same. */
    private Node names(String what, String many, List<String> names, WorkerInfo info) {
        WorkerInfo first = names.size() <= Marks.FEW ? info : shown.computeIfAbsent(named(what, names), any -> info);
        return first.id().equals(info.id())
                ? Marks.names(view, what + "s-" + info.id(), many, names, name -> linked(what, name))
                : all(
                        view.say(many, names.size()),
                        ", ",
                        Sentence.of(view, "workers.same", Parts.link("#w-" + first.id(), Parts.name(first.name()))));
    }

    private static List<String> named(String what, List<String> names) {
        List<String> key = new ArrayList<>(names);
        key.add(what);
        return key;
    }

    private Node linked(String what, String name) {
        return name.equals(WorkerInfo.Serves.CUT)
                ? all(name)
                : Parts.link(view.link("jobs", what, name), Parts.name(name));
    }

    private Node runs(RegisteredWorker worker, List<Job> jobs) {
        WorkerLoad load = worker.load();
        if (jobs.isEmpty()) {
            boolean isIdle = running != null && load != null && load.running() == 0;
            return isIdle ? el("p", css("muted"), view.say("workers.idle")) : Node.NONE;
        }
        return runs(jobs);
    }

    private Node runs(List<Job> jobs) {
        return all(
                new Table<Job>()
                        .text(view.say("workers.job"), job -> Parts.jobLink(view, job.id()))
                        .text(
                                view.say("column.type"),
                                job -> Parts.link(view.link("jobs", "type", job.type()), Parts.name(job.type())))
                        .text(
                                view.say("workers.since"),
                                job -> all(view.words().ago(job.startedAt(), view.now()), hangs(longRuns.of(job))))
                        .text(view.say("job.progress"), this::progress)
                        .of(jobs.stream()
                                .sorted(Comparator.comparing(
                                        Job::startedAt, Comparator.nullsLast(Comparator.naturalOrder())))
                                .limit(MOST_RUNNING)
                                .toList()),
                jobs.size() > MOST_RUNNING && areAll
                        ? el("p", css("muted"), view.say("workers.moreJobs", jobs.size() - MOST_RUNNING))
                        : null);
    }

    private Node progress(Job job) {
        String message = job.progress().message();
        return all(Parts.progress(view, job), message == null ? null : all(" ", Parts.line(view, message)));
    }

    private Node hangs(LongRuns.@Nullable LongRun run) {
        return run == null
                ? Node.NONE
                : Marks.note(
                        Marks.mark("failed", "⚠", view.say("workers.hangs")),
                        " ",
                        view.say(
                                run.isLimit() ? "workers.hangs.limit" : "workers.hangs.most",
                                view.words().duration(run.bound())));
    }

    /** Jobs that run on workers that are not registered; nothing if there are none. */
    Node strangers(List<RegisteredWorker> workers) {
        if (running == null) {
            return Marks.place("strangers", null);
        }
        Set<UUID> known = workers.stream().map(worker -> worker.info().id()).collect(Collectors.toSet());
        List<Job> lost = running.stream()
                .filter(job -> job.workerId() == null || !known.contains(job.workerId()))
                .filter(job -> job.startedAt() == null
                        || Duration.between(job.startedAt(), view.now()).compareTo(JUST_NOW) > 0)
                .toList();
        return Marks.place(
                "strangers",
                lost.isEmpty()
                        ? null
                        : all(
                                el("h2", view.say("workers.strangers")),
                                el("p", css("muted"), view.say("workers.strangers.detail")),
                                runs(lost)));
    }
}
