package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A standby that has not received the last commits may take over within a moment, in which no call of the store fails. The test writes what it would know. */
@DisplayName("When another server may answer")
@Timeout(Patience.SECONDS_OF_A_TEST)
class ServerChangeTest {
    private static final JobType<String> QUICK = JobType.of("quick", String.class);
    private static final JobType<String> LONG = JobType.of("long", String.class);

    @Test
    @DisplayName(
            "since the session that listens was lost, jobs whose end is forgotten run again, and runs of jobs that others have are told")
    void compares() throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        CountDownLatch hasBegun = new CountDownLatch(1);
        AtomicBoolean isTold = new AtomicBoolean();
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(QUICK, job -> "done")
                .with(LONG, job -> {
                    hasBegun.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException told) {
                        isTold.set(job.isLeaseLost());
                    }
                    return "late";
                });
        try (Worker worker = Worker.of(store, processors).start()) {
            await().until(store::hearsOthers);
            UUID forgotten = jobs.enqueue(NewJob.of(QUICK, "")).id();
            UUID taken = jobs.enqueue(NewJob.of(LONG, "")).id();
            await().until(() -> jobs.find(forgotten).orElseThrow().status() == JobStatus.COMPLETED);
            assertThat(hasBegun.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            UUID other = Jobs.worker(store);
            Sql.run(
                    database,
                    "UPDATE job SET status = 'processing', completed_at = NULL, result_data = NULL WHERE id = '"
                            + forgotten + "'");
            Sql.run(
                    database,
                    "UPDATE job SET worker_id = '" + other + "', claim = claim + 1 WHERE id = '" + taken + "'");

            Sql.query(
                    database,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE query LIKE 'LISTEN%' AND datname = current_database()");

            await().until(() -> jobs.find(forgotten).orElseThrow().status() == JobStatus.COMPLETED);
            await().untilTrue(isTold);
            assertThat(jobs.find(taken).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
            assertThat(jobs.countByScan(JobQuery.all().status(JobStatus.FAILED)))
                    .isZero();
        }
    }

    @Test
    @DisplayName("since a heartbeat finds another start of the server, the store says so")
    void heartbeat() {
        DataSource database = TestPostgres.empty();
        // In place of a server that was started at another time.
        AtomicBoolean isOther = new AtomicBoolean();
        DataSource other = Lending.rewriting(
                database, sql -> isOther.get() ? sql.replace("pg_postmaster_start_time()", "now()") : sql);
        JdbcJobStore store = JdbcJobStore.of(other);
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "localhost", 1), Duration.ofMinutes(1));
        AtomicInteger changes = new AtomicInteger();
        try (StoreHints.Subscription ignored = store.onServerChange(changes::incrementAndGet)) {
            store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE);
            store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE);
            assertThat(changes).hasValue(0);

            isOther.set(true);
            store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE);

            assertThat(changes).hasValue(1);
        }
    }
}
