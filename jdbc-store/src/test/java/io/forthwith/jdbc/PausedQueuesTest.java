package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.PausedQueue;
import io.forthwith.limit.Pause;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker looks for jobs once an hour: what it does sooner it was told of. */
@DisplayName("While a queue is paused,")
@Timeout(Patience.SECONDS_OF_A_TEST)
class PausedQueuesTest {
    private static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final String QUEUE = "mails";
    private static final Duration SOON = Patience.LONG;
    private static final Duration RARELY = Duration.ofHours(1);

    private final Queue<String> sent = new ConcurrentLinkedQueue<>();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    private Worker start(JobStore store) {
        return Worker.of(store, ProcessorRegistry.of().with(MAIL, job -> {
                    String mail = job.input(String.class);
                    sent.add(mail);
                    if (mail.equals("long")) {
                        running.countDown();
                        goesOn.await();
                    }
                    return mail;
                }))
                .queues(NewJob.DEFAULT_QUEUE, QUEUE)
                .pollInterval(RARELY)
                .start();
    }

    private static NewJob mail(String text) {
        return NewJob.of(MAIL, text).queue(QUEUE).priority(9);
    }

    private static void completes(JobClient jobs, UUID id) throws InterruptedException {
        assertThat(jobs.await(id, SOON).map(Job::status)).contains(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "a worker starts none of its jobs, but ends the one that runs; after the end of the pause it starts them at once")
    void worker(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        try (Worker worker = start(store)) {
            UUID before = jobs.enqueue(mail("long")).id();
            assertThat(running.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

            jobs.pauseQueue(QUEUE, Pause.by("ada").because("the mail server is down"));
            UUID held = jobs.enqueue(mail("held")).id();
            // If both are given out, the one with the higher priority runs first.
            completes(jobs, jobs.enqueue(NewJob.of(MAIL, "elsewhere")).id());
            goesOn.countDown();
            completes(jobs, before);
            completes(jobs, jobs.enqueue(NewJob.of(MAIL, "elsewhere again")).id());

            assertThat(sent).containsExactly("long", "elsewhere", "elsewhere again");
            assertThat(jobs.find(held).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
            assertThat(jobs.resumeQueue(QUEUE)).isTrue();
            completes(jobs, held);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
    }

    @Test
    @DisplayName("workers of other processes wait, and PostgreSQL tells them of its end")
    void other_processes() throws InterruptedException {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        JobStore store = JdbcJobStore.of(database);
        JobClient elsewhere = JobClient.of(JdbcJobStore.of(database));
        elsewhere.pauseQueue(QUEUE, Pause.of());
        try (Worker worker = start(store)) {
            await().atMost(SOON).until(store::hearsOthers);
            UUID held = elsewhere.enqueue(mail("held")).id();
            completes(elsewhere, elsewhere.enqueue(NewJob.of(MAIL, "elsewhere")).id());
            assertThat(sent).containsExactly("elsewhere");

            elsewhere.resumeQueue(QUEUE);

            completes(elsewhere, held);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("there is a row for it, which plain SQL inserts and deletes as well")
    void by_sql(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));

        Sql.run(database, "INSERT INTO job_queue (name) VALUES ('default')");

        assertThat(Jobs.claimAll(store)).isEmpty();
        Pause paused = store.pauseQueue(NewJob.DEFAULT_QUEUE, Pause.by("ada").because("too late"));
        assertThat(paused.by()).isNull();
        assertThat(paused.reason()).isNull();
        assertThat(paused.since()).isCloseTo(Instant.now(), within(10, ChronoUnit.MINUTES));
        assertThat(store.pausedQueues()).extracting(PausedQueue::pause).containsExactly(paused);

        Sql.run(database, "DELETE FROM job_queue WHERE name = 'default'");

        assertThat(store.pausedQueues()).isEmpty();
        assertThat(Jobs.claimAll(store)).hasSize(1);
        store.pauseQueue("other", Pause.by("ada").because("why"));
        assertThat(Sql.query(database, "SELECT name, paused_by, paused_reason FROM job_queue")
                        .get(0))
                .containsExactly("other", "ada", "why");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("rows that make no sense harm neither claims nor the list")
    void strange_rows(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        String insert = "INSERT INTO job_queue (name, paused_at, paused_by, paused_reason) VALUES (";
        String time = switch (kind) {
            case POSTGRESQL -> "'infinity'";
            case MARIADB -> "'9999-12-31 23:59:59.999999'";
            case H2 -> "TIMESTAMP WITH TIME ZONE '-100000-01-01 00:00:00+00'";
            case SQLITE -> "'yesterday'";
        };
        Sql.run(
                database,
                insert + "' no name! ', " + time + ", '" + "x".repeat(999) + "', '" + "y".repeat(3_999) + "')");
        Sql.run(database, insert + "'undo:shot_video_generation', " + time + ", '', '')");
        Sql.run(database, insert + "'default ', " + time + ", NULL, NULL)");

        assertThat(store.pausedQueues())
                .extracting(PausedQueue::queue)
                .containsExactly(" no name! ", "default ", "undo:shot_video_generation");
        assertThat(store.pausedQueues().get(0).pause().by()).hasSize(201);
        assertThat(store.pausedQueues().get(0).pause().reason()).hasSize(1_001);
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }
}
