package io.forthwith.dashboard;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Stores in states that pages have to show. */
final class SampleStores {
    private static final JobType<String> VIDEO = JobType.of("video_render", String.class);
    private static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final JobType<String> ORDER = JobType.of("order", String.class);
    private static final JobType<String> HOLD = JobType.of("long_export", String.class);
    private static final JobType<String> LATER = JobType.of("sync", String.class);
    private static final JobType<String> ALBUM = JobType.of("album", String.class);
    private static final JobType<String> UNKNOWN = JobType.of("raport", String.class);

    /** Sleeps this long are never over while the tests run. */
    private static final Duration LONG = Duration.ofHours(10);

    private SampleStores() {}

    /** Ten jobs: what a worker did until it was stopped, and one job of another worker, which has died. */
    static JobStore ten() throws InterruptedException {
        JobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        List<UUID> ended = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ended.add(jobs.enqueue(NewJob.of(MAIL, "mail " + i).user("ada").project("letters"))
                    .id());
        }
        ended.add(jobs.enqueue(NewJob.of(VIDEO, "broken").user("ada")).id());
        ended.add(jobs.enqueue(NewJob.of(VIDEO, "refused").user("bob")).id());
        try (Worker worker = worker(store).start()) {
            awaitAll(jobs, ended);
        }
        jobs.cancel(jobs.enqueue(NewJob.of(MAIL, "not this one")).id());
        jobs.enqueue(NewJob.of(MAIL, "tomorrow").delay(Duration.ofDays(1)).uniqueKey("daily-mail"));
        jobs.enqueue(NewJob.of(HOLD, "orphan"));
        WorkerInfo dead = ReadModelFactory.workerInfo(UUID.randomUUID(), "dead-1", "host-1", 1);
        store.register(dead, Duration.ofMillis(1));
        store.claim(new ClaimRequest(dead.id(), List.of("default"), 1, Set.of(HOLD.name()), 3));
        jobs.enqueue(NewJob.of(MAIL, "nobody takes it"));
        return store;
    }

    /** A worker at work: families, schedules, a paused queue, a queue that nobody serves, failures, undo jobs, and jobs that never end. */
    static JobStore busy() throws InterruptedException {
        JobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        worker(store).concurrency(8).start();
        Worker.of(store, ProcessorRegistry.of().with(MAIL, context -> "sent"))
                .name("mail-1")
                .queues("mails")
                .start();
        List<UUID> ended = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ended.add(jobs.enqueue(NewJob.of(MAIL, "mail " + i)
                            .user("user-" + i % 3)
                            .project("project-" + i % 5)
                            .queue(i % 2 == 0 ? "mails" : "default"))
                    .id());
        }
        for (int i = 0; i < 6; i++) {
            ended.add(jobs.enqueue(NewJob.of(VIDEO, i % 2 == 0 ? "broken" : "refused")
                            .user("user-" + i % 3)
                            .metadata("tenant", "north"))
                    .id());
        }
        ended.add(jobs.enqueue(NewJob.of(ORDER, "shoes").user("ada")).id());
        ended.add(family(jobs, 6, true));
        ended.add(family(jobs, 6, false));
        ended.add(family(jobs, 230, true));
        NewJob open = NewJob.of(ALBUM, "never closed").unsealed();
        jobs.enqueueAll(List.of(open, NewJob.of(MAIL, "first").parent(open)));
        awaitAll(jobs, ended);
        for (int i = 0; i < 3; i++) {
            jobs.enqueue(NewJob.of(HOLD, "export " + i).priority(9).user("ada"));
        }
        jobs.enqueue(NewJob.of(LATER, "remote"));
        jobs.enqueue(NewJob.of(VIDEO, "again").maxAttempts(5));
        jobs.enqueue(NewJob.of(MAIL, "tomorrow").delay(Duration.ofDays(1)).uniqueKey("daily-mail"));
        jobs.enqueue(NewJob.of(UNKNOWN, "x").queue("report"));
        jobs.pauseQueue("night", Pause.by("ada").because("The tax office is closed until Monday"));
        for (int i = 0; i < 5; i++) {
            jobs.enqueue(NewJob.of(MAIL, "tax " + i).queue("night"));
        }
        jobs.schedules()
                .put(Schedule.of("nightly-digest", MAIL, "all")
                        .cron("0 3 * * *")
                        .zone(ZoneId.of("Europe/Paris")));
        jobs.schedules()
                .put(Schedule.of("heartbeat", MAIL, "beat")
                        .every(Duration.ofHours(6))
                        .ifRunning(IfRunning.ALLOW));
        jobs.schedules().put(Schedule.of("month-end", MAIL, "books").cron("0 0 1 * *"));
        jobs.schedules().pause("month-end", Pause.by("bob").because("The books are closed by hand"));
        ended.add(jobs.schedules().runNow("nightly-digest").id());
        awaitAll(jobs, ended);
        limits(jobs);
        lastHour(store);
        return store;
    }

    /** Keys that are full, paused, overridden, used up for now, and free; and a job that a limit holds up. Sequences that are blocked, at work and paused. */
    private static void limits(JobClient jobs) throws InterruptedException {
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        jobs.limits().put(Limit.of("image-api").concurrency(3).rate(20, Duration.ofMinutes(1)));
        jobs.limits().put(Limit.of("nobody").concurrency(5));
        jobs.limits().put(Limit.onType(HOLD.name()).concurrency(5));
        jobs.limits()
                .put(Limit.onType("image.render").rate(600, Duration.ofHours(1)).burst(20));
        jobs.limits()
                .override(new LimitKey("tenant", "east"), Limit.of("tenant").concurrency(10));
        jobs.limits().pause(new LimitKey("tenant", "south"), Pause.by("ada").because("Their API is down until Monday"));
        for (int i = 0; i < 5; i++) {
            jobs.enqueue(NewJob.of(HOLD, "map " + i).limit("tenant", "north").user("ada"));
            jobs.enqueue(NewJob.of(MAIL, "map " + i).limit("tenant", "south"));
        }
        awaitAll(
                jobs,
                List.of(
                        jobs.enqueue(NewJob.of(MAIL, "map")
                                        .limit("tenant", "east")
                                        .limit("image-api", "key-1", 20))
                                .id(),
                        jobs.enqueue(NewJob.of(MAIL, "map").limit("tenant", "west"))
                                .id()));
        jobs.enqueue(NewJob.of(MAIL, "map").limit("image-api", "key-1", 5));
        UUID blocks = jobs.enqueue(
                        NewJob.of(VIDEO, "broken").sequence("film:42").user("ada"))
                .id();
        awaitAll(jobs, List.of(blocks));
        jobs.enqueue(NewJob.of(MAIL, "cut").sequence("film:42").user("ada"));
        jobs.enqueue(NewJob.of(HOLD, "mix").sequence("film:43", SequenceFailurePolicy.SKIP));
        jobs.enqueue(NewJob.of(MAIL, "mix").sequence("film:43", SequenceFailurePolicy.CANCEL_REST));
        jobs.limits().pause(SequencePlace.limitKey("film:44"), Pause.by("ada").because("The director is away"));
    }

    /** Counts of attempts of the hour before, so that the charts have something to show. */
    private static void lastHour(JobStore store) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES);
        List<JobOutcomes> all = new ArrayList<>();
        for (int ago = 2; ago < 60; ago++) {
            Instant minute = now.minus(ago, ChronoUnit.MINUTES);
            long wave = Math.round(80 + 45 * Math.sin(ago / 7.0) + 20 * Math.cos(ago / 2.3));
            all.add(ended(minute, "mails", "mail", Outcome.COMPLETED, 2 * wave, 1 + wave / 12, 2 + ago % 5));
            all.add(ended(
                    minute, "default", "video_render", Outcome.COMPLETED, wave / 2, 3 + wave / 9, 900 + 40 * ago));
            all.add(ended(minute, "default", "order", Outcome.COMPLETED, wave / 5, 2 + wave / 20, 30 + ago % 7));
            if (ago % 9 < 3) {
                all.add(ended(minute, "default", "video_render", Outcome.FAILED, 3 + ago % 9 * 4, 4 + ago % 9, 1_500));
            }
        }
        store.outcomes().orElseThrow().record(UUID.randomUUID(), all, List.of());
    }

    private static JobOutcomes ended(
            Instant minute, String queue, String type, Outcome outcome, long jobs, long waited, long ran) {
        return ReadModelFactory.jobOutcomes(
                minute, JobOutcomes.MINUTE, queue, type, outcome, jobs, buckets(jobs, waited), buckets(jobs, ran));
    }

    /** Nine of ten took so many milliseconds, the others four times as long. */
    private static DurationBuckets buckets(long jobs, long millis) {
        long[] counts = new long[DurationBuckets.SIZE];
        counts[DurationBuckets.indexOf(Duration.ofMillis(4 * millis))] = jobs / 10;
        counts[DurationBuckets.indexOf(Duration.ofMillis(millis))] += jobs - jobs / 10;
        return DurationBuckets.of(counts);
    }

    /** For each of these users a failed job and twelve that are due. Nobody works at them. */
    static JobStore toActOn(String... users) throws InterruptedException {
        JobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        List<UUID> failed = new ArrayList<>();
        for (String user : users) {
            failed.add(jobs.enqueue(NewJob.of(VIDEO, "broken").user(user)).id());
        }
        try (Worker worker = worker(store).start()) {
            awaitAll(jobs, failed);
        }
        for (String user : users) {
            for (int i = 0; i < 12; i++) {
                jobs.enqueue(NewJob.of(MAIL, "mail " + i).user(user));
            }
        }
        return store;
    }

    /** Jobs whose texts hold {@link HostileStore#MARK}. Nobody works at them any more. */
    static JobStore hostile() throws InterruptedException {
        JobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        String mark = HostileStore.MARK;
        JobType<String> type = JobType.of(mark + "_type", String.class);
        JobType<String> loud = JobType.of(mark + "_" + "W".repeat(100), String.class);
        List<UUID> ended = new ArrayList<>();
        NewJob album = NewJob.of(ALBUM, mark);
        ended.addAll(
                jobs
                        .enqueueAll(List.of(
                                album,
                                NewJob.of(type, mark).parent(album),
                                NewJob.of(loud, mark).parent(album)))
                        .stream()
                        .map(added -> added.id())
                        .toList());
        ended.add(jobs.enqueue(NewJob.of(type, mark)
                        .user(mark + "_user")
                        .project(mark + "_project")
                        .queue(mark + "_queue")
                        .uniqueKey(mark + "_key")
                        .metadata(mark, mark))
                .id());
        // Keys of sequences have a few characters only, so they can be long at most.
        ended.add(jobs.enqueue(NewJob.of(type, mark)
                        .queue(mark + "_queue")
                        .user(mark + "_user")
                        .sequence("W".repeat(128)))
                .id());
        ended.add(jobs.enqueue(NewJob.of(loud, mark + mark)
                        .user(mark + "W".repeat(200))
                        .queue(mark + "_queue"))
                .id());
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(type, context -> {
                    context.progress(50, mark);
                    throw JobException.permanent(mark + "_code", mark + mark).causedBy(new IllegalStateException(mark));
                })
                .with(loud, context -> mark + mark);
        try (Worker worker = Worker.of(store, processors)
                .name(mark)
                .queues("default", mark + "_queue")
                .start()) {
            awaitAll(jobs, ended);
        }
        store.register(
                ReadModelFactory.workerInfo(UUID.randomUUID(), mark, mark, 1, null, mark, null), Duration.ofMillis(1));
        jobs.enqueue(NewJob.of(type, mark).queue(mark + "_queue").user(mark));
        jobs.pauseQueue(mark + "_queue", Pause.by(mark).because(mark + mark));
        jobs.schedules()
                .put(Schedule.of(mark + "_schedule", type, mark)
                        .cron("0 3 * * *")
                        .ifRunning(IfRunning.ALLOW));
        jobs.schedules().pause(mark + "_schedule", Pause.by(mark).because(mark + mark));
        // Names and keys of limits have a few characters only, so they can be long at most.
        LimitKey wide = new LimitKey("W".repeat(64), "W".repeat(128));
        jobs.limits().put(Limit.of(wide.name()).concurrency(1_000_000).rate(1_000_000, Duration.ofDays(366)));
        jobs.limits().put(Limit.onType("W".repeat(128)).concurrency(1));
        jobs.limits().override(wide, Limit.of(wide.name()).concurrency(1));
        jobs.limits().pause(wide, Pause.by(mark).because(mark + mark));
        jobs.enqueue(NewJob.of(type, mark).queue(mark + "_queue").limit(wide.name(), wide.key()));
        jobs.enqueue(NewJob.of(type, mark).queue(mark + "_queue").sequence("W".repeat(128)));
        jobs.limits()
                .pause(SequencePlace.limitKey("W".repeat(128)), Pause.by(mark).because(mark + mark));
        return store;
    }

    private static UUID family(JobClient jobs, int children, boolean isWhole) {
        NewJob album = NewJob.of(ALBUM, "holidays").user("ada");
        List<NewJob> all = new ArrayList<>();
        all.add(album);
        NewJob first = NewJob.of(VIDEO, isWhole ? "fine" : "broken").parent(album);
        all.add(first);
        IntStream.range(1, children)
                .mapToObj(i -> NewJob.of(MAIL, "picture " + i).parent(album))
                .map(child -> children < 10 ? child.after(first) : child)
                .forEach(all::add);
        all.add(NewJob.of(MAIL, "it is ready").finisherOf(album));
        jobs.enqueueAll(all);
        return album.id();
    }

    private static WorkerBuilder worker(JobStore store) {
        ProcessorRegistry processors = ProcessorRegistry.of(new Order())
                .with(MAIL, context -> "sent")
                .with(VIDEO, SampleStores::render)
                .with(HOLD, context -> {
                    context.progress(40, "sheet 4 of 10");
                    new CountDownLatch(1).await();
                    return null;
                })
                .with(LATER, context -> {
                    throw new NotReadyException(LONG, "The other side answers tomorrow");
                });
        return Worker.of(store, processors).name("studio-1").gracePeriod(Duration.ofMillis(1));
    }

    private static String render(JobContext context) {
        return switch (context.input(String.class)) {
            case "broken" ->
                throw JobException.permanent("render_failed", "The image service refused the API key")
                        .causedBy(new IllegalStateException("401"));
            case "refused" -> throw JobException.user("too_few_credits", "Insufficient credits");
            case "again" ->
                throw JobException.retryable("The image service is not available")
                        .after(LONG);
            default -> "done";
        };
    }

    private static void awaitAll(JobClient jobs, List<UUID> ids) throws InterruptedException {
        for (UUID id : ids) {
            if (jobs.await(id, Duration.ofMinutes(1))
                    .filter(job -> job.completedAt() != null)
                    .isEmpty()) {
                throw new IllegalStateException("Job " + id + " has not ended");
            }
        }
    }

    /** Charges, then fails, so that the charge is undone. */
    private static final class Order extends BaseProcessor<String, String> {
        private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> {});
        private final Step<String> pack = step("pack", String.class);

        Order() {
            super(ORDER);
        }

        @Override
        protected String process(String what, JobContext job) throws Exception {
            job.run(charge, key -> "receipt " + what);
            return job.run(pack, key -> {
                throw JobException.user("sold_out", "There are no more " + what);
            });
        }
    }
}
