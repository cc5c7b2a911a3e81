package io.forthwith.dashboard;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.ParallelReads;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A store whose clock stands still, a dashboard on the same clock, and ways to put things into the store. */
final class Stand {
    static final Instant BEGIN = Instant.parse("2026-03-04T10:30:00Z");
    static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final Duration LONG = Duration.ofDays(1);

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    final HandClock clock = new HandClock(BEGIN);
    final InMemoryJobStore store = new InMemoryJobStore(clock, new Random(1));
    final JobClient jobs = JobClient.of(store);
    final StoreFixture rows = new StoreFixture(store, clock::advance);
    private Source source = new Source(store, reads(clock));

    /** However busy the machine is, a page waits for a store that answers. */
    private static ParallelReads reads(Clock clock) {
        return new ParallelReads(clock, UnaryOperator.identity(), PATIENCE);
    }

    /** A dashboard that waits for a store that answers, however busy the machine is. */
    static Dashboard dashboard(JobStore store) {
        return dashboard(store, Clock.systemUTC());
    }

    static Dashboard dashboard(JobStore store, Clock clock) {
        return Dashboard.of(store, clock, PATIENCE);
    }

    /** Lets time go by; what was read before is not fresh then. */
    Stand later(Duration by) {
        clock.advance(by);
        return this;
    }

    /** Reads another store from now on. */
    Stand reading(JobStore other) {
        source = new Source(other, reads(clock));
        return this;
    }

    UUID enqueue(String type, String queue) {
        return jobs.enqueue(NewJob.of(JobType.of(type, String.class), "x").queue(queue))
                .id();
    }

    /** A job that runs. */
    UUID running() {
        NewJob job = rows.job();
        rows.add(job);
        return rows.running(job).id();
    }

    /** Registers a worker that lives for a day. */
    WorkerInfo worker(String name, List<String> queues, List<String> types) {
        return worker(name, ReadModelFactory.workerServes(queues, types, false, 4), "1.0", LONG);
    }

    WorkerInfo worker(String name, WorkerInfo.@Nullable Serves serves, @Nullable String version, Duration lease) {
        WorkerInfo info = ReadModelFactory.workerInfo(UUID.randomUUID(), name, "host", 7, serves, version, null);
        store.register(info, lease);
        return info;
    }

    void load(WorkerInfo worker, WorkerLoad load) {
        store.beat(worker.id(), LONG, load);
    }

    /** Counts attempts that ended some minutes ago, each of which took up to 8 ms. */
    void ended(String queue, String type, JobOutcomes.Outcome outcome, long jobs, int minutesAgo) {
        ended(queue, type, outcome, jobs, minutesAgo, Duration.ofMillis(8));
    }

    /** Counts attempts that ended some minutes ago. */
    void ended(String queue, String type, JobOutcomes.Outcome outcome, long jobs, int minutesAgo, Duration took) {
        long[] runs = new long[DurationBuckets.SIZE];
        runs[DurationBuckets.indexOf(took)] = jobs;
        store.outcomes()
                .orElseThrow()
                .record(
                        UUID.randomUUID(),
                        List.of(ReadModelFactory.jobOutcomes(
                                clock.instant().truncatedTo(ChronoUnit.MINUTES).minus(minutesAgo, ChronoUnit.MINUTES),
                                JobOutcomes.MINUTE,
                                queue,
                                type,
                                outcome,
                                jobs,
                                DurationBuckets.of(jobs),
                                DurationBuckets.of(runs))),
                        List.of());
    }

    /** Counts why attempts failed some minutes ago. */
    void failed(String type, String code, long attempts, int minutesAgo) {
        Instant at = clock.instant().minus(minutesAgo, ChronoUnit.MINUTES);
        store.outcomes()
                .orElseThrow()
                .record(
                        UUID.randomUUID(),
                        List.of(),
                        List.of(new JobFailures(
                                type + code, type, code, null, "It broke", attempts, 0, new UUID(1, 1), at, at)));
    }

    ScheduleStore schedules() {
        return store.schedules().orElseThrow();
    }

    StoredSchedule schedule(String name) {
        return schedules().find(name).orElseThrow();
    }

    /** Writes a schedule as somebody would by SQL. */
    void write(StoredSchedule schedule) {
        schedules().change(schedule.name(), (row, facts) -> ScheduleStore.Decision.of(true, schedule));
    }

    /** A schedule by SQL. */
    static StoredSchedule row(String name, String cron, String zone, String catchUp, String ifRunning) {
        return ReadModelFactory.storedSchedule(
                name,
                UUID.randomUUID(),
                BEGIN,
                ReadModelFactory.scheduleDefinition(
                        "mail", "\"x\"", cron, null, zone, null, null, catchUp, ifRunning, null, "default", 5, null,
                        null, null, null, null, null, null, null),
                null,
                null,
                StoredSchedule.Progress.NONE);
    }

    View view() {
        return view(Locale.ENGLISH, PATIENCE, UnaryOperator.identity());
    }

    View view(Locale locale, Duration patience, UnaryOperator<String> redactor) {
        return new View(
                Requests.get("/"),
                Access.view("me").rights(),
                PageTexts.in(locale),
                source,
                redactor,
                clock.instant(),
                System.nanoTime() + patience.toNanos());
    }

    /** A look at nothing in particular. */
    static View view(JobStore store, Access access, UnaryOperator<String> redactor, Instant now) {
        return new View(
                Requests.get("/"),
                access.rights(),
                PageTexts.in(Locale.ENGLISH),
                new Source(store, reads(Clock.systemUTC())),
                redactor,
                now,
                System.nanoTime() + PATIENCE.toNanos());
    }

    Concerns concerns() {
        View view = view();
        return Concerns.of(view, Concerns.Reading.begin(source, view.now()));
    }

    /** Asks a new dashboard for a page, as somebody who sees all. */
    String page(String address) {
        return get(address, Access.view("me")).text();
    }

    DashboardResponse get(String address, Access access) {
        return dashboard(store, clock).access(request -> access).handle(Requests.get("/" + address));
    }

    /** The page as text: without elements, every run of space as one. */
    String text(String address) {
        return words(page(address));
    }

    static String words(String html) {
        return html.replaceAll("(?s)<title>.*?</title>|<[^>]*>", " ").replaceAll("\\s+", " ");
    }

    /** The row of a table whose first cell has this name, as text. */
    static String rowOf(String html, String name) {
        for (String row : html.split("<tr", -1)) {
            if (row.contains("<bdi>" + name + "</bdi></a>")) {
                return words("<tr" + row.substring(0, Math.max(0, row.indexOf("</tr>"))));
            }
        }
        throw new AssertionError("No row of " + name + " in " + words(html));
    }

    /** The same store, but calls with these names wait until the latch opens; without names, all calls. */
    static JobStore waiting(JobStore store, CountDownLatch latch, String... calls) {
        return answering(store, (name, arguments) -> {
            if (calls.length == 0 || List.of(calls).contains(name)) {
                latch.await();
            }
            return null;
        });
    }

    /** The same store, which keeps neither acts nor an audit. */
    static JobStore withoutActs(JobStore store) {
        return answering(
                store, (name, arguments) -> name.equals("acts") || name.equals("audit") ? Optional.empty() : null);
    }

    /** What a call gives instead of the answer of the store; null for that. */
    interface Instead {
        @Nullable
        Object answer(String call, Object @Nullable [] arguments) throws InterruptedException;
    }

    /** The same store with other answers to some calls. */
    static JobStore answering(JobStore store, Instead instead) {
        return (JobStore) Proxy.newProxyInstance(
                Stand.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    Object other = instead.answer(method.getName(), arguments);
                    if (other != null) {
                        return other;
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
