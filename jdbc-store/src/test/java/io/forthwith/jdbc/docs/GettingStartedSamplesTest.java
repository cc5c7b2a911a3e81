package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.BaseProcessor;
import io.forthwith.BulkResult;
import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.ReturningJobType;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

/**
 * The samples of the README, of docs/getting-started.md and docs/processors.md, which {@link DocsTest}
 * finds here word for word.
 */
class GettingStartedSamplesTest {
    record ShotVideo(int shot, int seconds) {
        int frames() {
            return seconds * 2;
        }
    }

    record Video(String file) {}

    record Receipt(String key) {}

    /** Remembers who was charged and what was given back. */
    static final class Credits {
        private final List<String> entries = new ArrayList<>();

        boolean mayRender(String user) {
            return !user.equals("blocked");
        }

        Receipt charge(String user, int amount, String key) {
            entries.add("charge " + user + " " + amount + " " + key);
            return new Receipt(key);
        }

        void refund(String key) {
            entries.add("refund " + key);
        }
    }

    static final class ShotVideoProcessor extends BaseProcessor<ShotVideo, Video> {
        static final JobType<ShotVideo> TYPE = JobType.of("shot_video_generation", ShotVideo.class);

        private final Credits credits;
        private final Step<Receipt> charge;

        ShotVideoProcessor(Credits credits) {
            super(TYPE);
            this.credits = credits;
            this.charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key));
        }

        @Override
        protected void validate(ShotVideo shot) {
            if (shot.seconds() > 60) {
                throw JobException.user("too_long", "A shot is 60 seconds at the most");
            }
        }

        @Override
        protected void verifyAccess(ShotVideo shot, JobContext job) {
            if (!credits.mayRender(job.userId().orElseThrow())) {
                throw JobException.user("not_allowed", "You may not render videos");
            }
        }

        @Override
        protected Video process(ShotVideo shot, JobContext job) throws Exception {
            job.run(charge, key -> credits.charge(job.userId().orElseThrow(), 10, key));
            for (int frame = 1; frame <= shot.frames(); frame++) {
                job.atStep(frame, shot.frames(), "rendering");
                render(shot, frame);
            }
            return new Video(store(shot));
        }
    }

    private static void render(ShotVideo shot, int frame) {
        if (shot.shot() < 0) {
            throw new IllegalStateException("Cannot render frame " + frame);
        }
    }

    private static String store(ShotVideo shot) {
        return "shot-" + shot.shot() + ".gif";
    }

    private final Credits credits = new Credits();
    private final List<String> logged = new ArrayList<>();

    @Test
    void readme() throws Exception {
        DataSource dataSource = database();
        record Greeting(String name) {}
        ReturningJobType<Greeting, String> greet =
                JobType.of("greet", Greeting.class).returning(String.class);

        JdbcSchema.migrate(dataSource);
        JobStore store = JdbcJobStore.of(dataSource);
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(greet, (greeting, job) -> "Hello, " + greeting.name());

        try (Worker worker = Worker.of(store, processors).concurrency(10).start()) {
            jobs.enqueue(NewJob.of(greet, new Greeting("Grace")).user("user-1"));
            System.out.println(
                    jobs.run(greet, new Greeting("Ada"), Duration.ofMinutes(1)).orElseThrow());
        }
        assertThat(jobs.scan(JobQuery.all()))
                .extracting(job -> job.result())
                .containsExactly("\"Hello, Ada\"", "\"Hello, Grace\"");
    }

    static final ReturningJobType<ShotVideo, Video> SHOT =
            JobType.of("shot_video_generation", ShotVideo.class).returning(Video.class);

    @Test
    void type_of_a_result() throws Exception {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors = ProcessorRegistry.of().with(SHOT, (shot, job) -> new Video(store(shot)));
        try (Worker worker = Worker.of(store, processors).start()) {
            assertThat(worker).isNotNull();
            Optional<Video> video = jobs.run(SHOT, new ShotVideo(3, 5), Duration.ofMinutes(10));
            assertThat(video).contains(new Video("shot-3.gif"));
        }
    }

    @Test
    void processor_without_a_store() throws Exception {
        FakeJobContext job = FakeJobContext.of(new ShotVideo(3, 61)).user("user-1");
        assertThatThrownBy(() -> job.run(new ShotVideoProcessor(credits)))
                .hasMessage("A shot is 60 seconds at the most");

        FakeJobContext blocked = FakeJobContext.of(new ShotVideo(3, 1)).user("blocked");
        assertThatThrownBy(() -> blocked.run(new ShotVideoProcessor(credits))).hasMessage("You may not render videos");

        FakeJobContext broken = FakeJobContext.of(new ShotVideo(-1, 1)).user("user-1");
        assertThatThrownBy(() -> broken.run(new ShotVideoProcessor(credits))).hasMessage("Cannot render frame 1");
        broken.undoSteps();
        assertThat(credits.entries).hasSize(2).last().asString().startsWith("refund ");

        FakeJobContext good = FakeJobContext.of(new ShotVideo(3, 2)).user("user-1");
        assertThat(good.run(new ShotVideoProcessor(credits))).isEqualTo(new Video("shot-3.gif"));
        assertThat(good.reported()).hasSize(4);
    }

    @Test
    void worker() {
        JobStore store = migrated(database());
        Worker worker = Worker.of(store, ProcessorRegistry.of(new ShotVideoProcessor(credits)))
                .queues("default", "slow")
                .concurrency(10)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(worker::close));

        worker.close();
        assertThat(worker).hasToString(worker.toString()).asString().contains("stopped");
    }

    @Test
    void enqueue() throws Exception {
        DataSource dataSource = database();
        JdbcJobStore jdbcStore = migrated(dataSource);
        String userId = "user-1";
        String projectId = "project-1";
        JobStore store = jdbcStore;
        JobClient jobs = JobClient.of(store);
        NewJob job = NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(3, 5))
                .user(userId)
                .project(projectId)
                .queue("slow")
                .priority(8)
                .delay(Duration.ofMinutes(5))
                .uniqueKey("shot:3")
                .maxAttempts(3);
        jobs.enqueue(job);
        jobs.enqueue(job);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);

        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            NewJob other = NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(4, 5));
            enqueueJoining(jdbcStore, connection, other);
            connection.rollback();
        }
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    void enqueue_in_a_transaction_and_wake() throws Exception {
        DataSource dataSource = database();
        JdbcJobStore jdbcStore = migrated(dataSource);
        JobClient jobs = JobClient.of(jdbcStore);
        NewJob job = NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(4, 5));
        AtomicInteger told = new AtomicInteger();
        try (Connection connection = dataSource.getConnection();
                StoreHints.Subscription subscription = jdbcStore.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            connection.setAutoCommit(false);
            TransactionJobs.of(jdbcStore.joining(connection)).enqueue(job);
            connection.commit();
            jobs.wake();
        }
        assertThat(jobs.find(job.id())).isPresent();
        assertThat(told).hasValue(1);
    }

    private static void enqueueJoining(JdbcJobStore jdbcStore, Connection connection, NewJob job) {
        TransactionJobs.of(jdbcStore.joining(connection)).enqueue(job);
    }

    @Test
    void family() {
        JobClient jobs = JobClient.of(migrated(database()));
        JobType<String> FILM = JobType.of("film", String.class);
        JobType<ShotVideo> SHOT = ShotVideoProcessor.TYPE;
        String title = "At the sea";
        ShotVideo one = new ShotVideo(1, 5);
        ShotVideo two = new ShotVideo(2, 5);
        NewJob film = NewJob.of(FILM, title);
        jobs.enqueueAll(List.of(
                film, NewJob.of(SHOT, one).parent(film), NewJob.of(SHOT, two).parent(film)));
        assertThat(jobs.find(film.id()).orElseThrow().status()).isEqualTo(JobStatus.WAITING);
    }

    @Test
    void own_time_limit() {
        JobClient jobs = JobClient.of(migrated(database()));
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(3, 55)).timeLimit(Duration.ofMinutes(30)));
        assertThat(jobs.scan(JobQuery.all())).extracting(Job::timeLimit).containsExactly(Duration.ofMinutes(30));
    }

    record Film(String title) {}

    record Shots(boolean rendered) {
        boolean areRendered(Film film) {
            return rendered && !film.title().isEmpty();
        }
    }

    @Test
    void not_ready() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        JobType<Film> FILM = JobType.of("film", Film.class);
        Shots shots = new Shots(false);
        UUID id = jobs.enqueue(NewJob.of(FILM, new Film("At the sea"))).id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(FILM, job -> {
            Film film = job.input(Film.class);
            if (!shots.areRendered(film)) {
                throw new NotReadyException(Duration.ofMinutes(2), "The shots are not rendered yet");
            }
            return film.title();
        });

        Worker.of(store, processors).build().drain();

        Job waiting = jobs.find(id).orElseThrow();
        assertThat(waiting.status()).isEqualTo(JobStatus.PENDING);
        assertThat(waiting.attempt()).isZero();
        assertThat(waiting.progress().message()).isEqualTo("The shots are not rendered yet");
    }

    @Test
    void enqueue_async() throws Exception {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        NewJob job = NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(6, 5));
        CompletableFuture<Enqueued> enqueued = jobs.enqueueAsync(job);
        UUID id = enqueued.get().id();
        assertThat(jobs.find(id)).isPresent();
    }

    @Test
    void cancel_and_retry() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)))
                .id();
        switch (jobs.cancel(id).outcome()) {
            case DONE -> log("it had not started: it is cancelled now, and so are its open children");
            case REQUESTED -> log("it is running: its thread is interrupted, and it will end as cancelled");
            case ENDED -> log("too late: it stays as it is");
            case UNDO_JOB -> log("it undoes steps of another job and must not be stopped");
            case LOCKED -> log("another transaction keeps it, or a relative, locked: ask again");
            default -> log("there is no such job");
        }
        assertThat(logged).hasSize(1).first().asString().contains("had not started");

        for (int i = 0; i < 3; i++) {
            jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).maxAttempts(1));
        }
        ProcessorRegistry busy = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> {
            throw JobException.http(503, "The service is busy");
        });
        Worker.of(store, busy).build().drain();
        BulkResult answer = jobs.retryAll(
                JobQuery.all().status(JobStatus.FAILED).errorCode("http_503").type("shot_video_generation"));
        log(answer.done() + " retried, " + answer.allSkipped() + " left as they are");
        assertThat(logged).last().isEqualTo("3 retried, 0 left as they are");
    }

    @Test
    void change() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)))
                .id();
        Instant tonight = Instant.parse("2199-12-24T22:00:00Z");
        NewJob letter = NewJob.of(JobType.of("newsletter", String.class), "x").queue("mail");
        jobs.enqueue(letter);
        jobs.change(id, JobChange.of().delay(Duration.ZERO)); // run it now
        jobs.change(id, JobChange.of().runAt(tonight).priority(2)); // put it off

        BulkResult moved = jobs.changeAll(
                JobQuery.all().queue("mail").type("newsletter"), JobChange.of().queue("bulk"));
        log(moved.done() + " moved, left as they are: " + moved.skipped());
        assertThat(jobs.find(id).orElseThrow().runAt()).isEqualTo(tonight);
        assertThat(logged).containsExactly("1 moved, left as they are: {}");
        assertThat(jobs.find(letter.id()).orElseThrow().queue()).isEqualTo("bulk");
    }

    private void log(String line) {
        logged.add(line);
    }

    static DataSource database() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        return dataSource;
    }

    static JdbcJobStore migrated(DataSource dataSource) {
        JdbcSchema.migrate(dataSource);
        return JdbcJobStore.of(dataSource);
    }
}
