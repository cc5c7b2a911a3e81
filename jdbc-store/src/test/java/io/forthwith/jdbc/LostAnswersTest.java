package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The database did what it was asked, and the answer was lost on the way back. */
@DisplayName("Lost answers")
class LostAnswersTest {
    private static final String CLAIM = "SET status = 'processing'";
    private static final String SETTLE = "THEN 'completed' ELSE";
    private static final String DELETE = "WITH gone AS";
    private static final String ENQUEUE = "INSERT INTO";
    private static final Duration SOON = Patience.LONG;

    private AnswerSwallowingProxy proxy;
    private HikariDataSource pool;
    private JdbcJobStore store;
    private JdbcJobStore direct;

    @BeforeEach
    void open() throws IOException {
        direct = JdbcJobStore.of(TestPostgres.empty());
        proxy = AnswerSwallowingProxy.to(TestPostgres.port());
        PGSimpleDataSource through = new PGSimpleDataSource();
        through.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        // Statements go with their text every time, so that the proxy knows them.
        through.setPrepareThreshold(0);
        pool = TestPostgres.pool(through);
        store = JdbcJobStore.of(pool);
    }

    @AfterEach
    void close() throws IOException {
        pool.close();
        proxy.close();
    }

    @Test
    @DisplayName("of an enqueue: outcome unknown, and the repeated call returns the first job")
    void enqueue() {
        NewJob job = Jobs.job();
        proxy.swallowAnswerTo(ENQUEUE);

        JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.add(Jobs.encoded(job)));

        assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(direct.find(job.id())).isPresent();
        assertThat(store.add(Jobs.encoded(job))).containsExactly(new Added(job.id(), Added.Outcome.ID_EXISTS));
        assertThat(direct.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    @DisplayName("of an enqueue of many without keys, one statement that commits by itself: the same")
    void enqueue_many_at_once() {
        NewJob one = Jobs.job();
        NewJob two = Jobs.job();
        proxy.swallowAnswerTo(ENQUEUE);

        JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.add(Jobs.encoded(one, two)));

        assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(store.add(Jobs.encoded(one, two))).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(direct.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("of an enqueue of many with keys, at its COMMIT: the same")
    void enqueue_many() {
        NewJob one = Jobs.job().uniqueKey("one");
        NewJob two = Jobs.job().uniqueKey("two");
        // With its end: READ COMMITTED would be found first.
        proxy.swallowAnswerTo("COMMIT\0");

        JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.add(Jobs.encoded(one, two)));

        assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(store.add(Jobs.encoded(one, two))).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(direct.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("of a settlement: outcome unknown, and the repeated one is ALREADY_APPLIED")
    void settle() {
        store.add(Jobs.encoded(Jobs.job()));
        Job job = Jobs.claimAll(store).get(0);
        List<Settlement> settlement = List.of(Settlement.complete(Claim.of(job), "{}"));
        proxy.swallowAnswerTo(SETTLE);

        JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.settle(settlement));

        assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(store.settle(settlement)).containsExactly(Settled.ALREADY_APPLIED);
        assertThat(direct.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "of a settlement that deletes: outcome unknown, and the repeated one finds the claim LOST and the job gone")
    void delete() {
        store.add(Jobs.encoded(Jobs.job()));
        Job job = Jobs.claimAll(store).get(0);
        List<Settlement> settlement = List.of(Settlement.completeAndDelete(Claim.of(job), "{}"));
        proxy.swallowAnswerTo(DELETE);

        JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.settle(settlement));

        assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(store.settle(settlement)).containsExactly(Settled.LOST);
        assertThat(direct.find(job.id())).isEmpty();
    }

    @Test
    @DisplayName(
            "of a worker that does not keep what completes: the job runs once, is told to have completed, and nothing is undone")
    void deleting_worker() throws InterruptedException {
        JobType<Integer> type = JobType.of("count", Integer.class);
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> {
            seen.add("runs");
            job.onFailure(() -> seen.add("undone"));
            return 1;
        });
        CountDownLatch ended = new CountDownLatch(1);
        try (Worker worker = Worker.of(store, processors)
                .retention(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(30)))
                .listener(event -> {
                    if (event instanceof JobEvent.Completed || event instanceof JobEvent.Refused) {
                        seen.add(event.getClass().getSimpleName());
                        ended.countDown();
                    }
                })
                .start()) {
            AnswerSwallowingProxy.Trap settling = proxy.swallowAnswerTo(DELETE);
            UUID id = JobClient.of(direct).enqueue(NewJob.of(type, 1)).id();
            settling.awaitSprung();

            assertThat(ended.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(direct.find(id)).isEmpty();
        }
        assertThat(seen).containsExactly("runs", "Completed");
    }

    @Test
    @DisplayName("of a worker's settlement and of its claim: every job runs to its end, and each result stands once")
    void worker() throws InterruptedException {
        JobType<Integer> type = JobType.of("count", Integer.class);
        AtomicInteger runs = new AtomicInteger();
        JobClient jobs = JobClient.of(direct);
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> runs.incrementAndGet());
        try (Worker worker =
                Worker.of(store, processors).pollInterval(Duration.ofMillis(50)).start()) {
            AnswerSwallowingProxy.Trap settling = proxy.swallowAnswerTo(SETTLE);
            UUID first = jobs.enqueue(NewJob.of(type, 1)).id();
            settling.awaitSprung();
            assertThat(jobs.await(first, SOON).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);

            AnswerSwallowingProxy.Trap claiming = proxy.swallowAnswerTo(CLAIM);
            claiming.awaitSprung();
            AnswerSwallowingProxy.Trap again = proxy.swallowAnswerTo(CLAIM);
            UUID second = jobs.enqueue(NewJob.of(type, 2)).id();
            again.awaitSprung();
            // The claim was made, nobody here knows of it, and the lease goes on: without asking it would stay so for
            // ever.
            Job done = jobs.await(second, SOON).orElseThrow();
            assertThat(done.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(done.attempt()).isEqualTo(1);
            assertThat(done.claim()).isBetween(1L, 2L);
            assertThat(done.lostWorkers()).isZero();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(worker.health().reasons()).isEmpty());
        }
        assertThat(runs).hasValue(2);
    }
}
