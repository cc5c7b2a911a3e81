package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.limit.Limit;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("While a new release is rolled out, a worker of the old one")
class RollOutTest {
    private static final JobType<String> OLD = JobType.of("old", String.class);
    private static final JobType<String> NEW = JobType.of("new", String.class);
    private static final String UNKNOWN = "Unknown job type: new";

    private final Map<UUID, String> runs = new ConcurrentHashMap<>();
    private final ProcessorRegistry oldRelease = ProcessorRegistry.of().with(OLD, job -> "by the old release");
    private final ProcessorRegistry newRelease = ProcessorRegistry.of()
            .with(OLD, job -> "by the new release")
            .with(NEW, job -> runs.merge(job.id(), "once", (once, again) -> "twice"));

    /** As in a process of its own. */
    private static WorkerBuilder worker(DataSource database, ProcessorRegistry processors) {
        return Worker.of(JdbcJobStore.of(database), processors).pollInterval(Duration.ofMillis(50));
    }

    /** A process that serves the new type in one queue and does nothing more, as one that is busy. */
    private static UUID busy(JdbcJobStore store, String queue) {
        UUID id = UUID.randomUUID();
        WorkerInfo.Serves serves = ReadModelFactory.workerServes(List.of(queue), List.of(NEW.name()), false, 1);
        store.register(ReadModelFactory.workerInfo(id, "busy", "host", 1, serves, "2", null), Duration.ofHours(1));
        return id;
    }

    /** Jobs of the new type of all kinds, and parents of the old type. */
    private static List<NewJob> jobs() {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            NewJob job = NewJob.of(NEW, "x").priority(i % 10);
            switch (i % 6) {
                case 1 -> job = job.limit("tenant", "acme");
                case 2 -> job = job.fairBy("key-" + i % 4);
                case 3 -> job = job.sequence("film");
                case 4 -> job = job.delay(Duration.ofMillis(10L * i));
                case 5 -> {
                    NewJob parent = NewJob.of(OLD, "x");
                    jobs.add(parent);
                    job = job.parent(parent);
                }
                default -> {}
            }
            jobs.add(job);
        }
        return jobs;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "fails no job of a type that the new one serves; once no worker of the new one is left, it fails them at once")
    void two_releases(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient client = JobClient.of(store);
        store.limits().orElseThrow().put(Limit.of("tenant").concurrency(2));
        try (Worker old = worker(database, oldRelease).concurrency(20).start()) {
            List<NewJob> jobs = jobs();
            try (Worker newer = worker(database, newRelease).concurrency(2).start()) {
                client.enqueueAll(jobs);
                for (NewJob each : jobs) {
                    Job job = client.await(each.id(), Patience.LONG).orElseThrow();
                    assertThat(job.status()).as("%s", job).isEqualTo(JobStatus.COMPLETED);
                    // A parent has no part of its own here: it waits for its child.
                    assertThat(job.attempt())
                            .as("%s", job)
                            .isEqualTo(each.type().equals(NEW) ? 1 : 0);
                    assertThat(client.failures(job.id())).isEmpty();
                }
                assertThat(runs).hasSize(100);
                assertThat(runs.values()).containsOnly("once");
            }

            Job failed = client.await(client.enqueue(NewJob.of(NEW, "x")).id(), Patience.LONG)
                    .orElseThrow();

            assertFailedOnce(client, failed);
            assertThat(old.health().reasons()).isEmpty();
        }
    }

    private static void assertFailedOnce(JobClient client, Job job) {
        assertThat(job.status()).isEqualTo(JobStatus.FAILED);
        assertThat(job.errorMessage()).isEqualTo(UNKNOWN);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(client.failures(job.id())).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "hands back the first such job, leaves them alone until the worker that serves them is dead, and fails those of queues that nobody serves")
    void dead(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient client = JobClient.of(store);
        UUID busy = busy(store, "default");
        try (Worker old = worker(database, oldRelease)
                .queues("default", "other")
                .concurrency(1)
                .start()) {
            UUID first = client.enqueue(NewJob.of(NEW, "x")).id();
            Awaitility.await().atMost(Patience.LONG).until(() -> {
                Job job = client.find(first).orElseThrow();
                return job.claim() == 1 && job.status() == JobStatus.PENDING;
            });
            List<UUID> left = new ArrayList<>(Stream.generate(() ->
                            client.enqueue(NewJob.of(NEW, "x").priority(9)).id())
                    .limit(20)
                    .toList());
            left.add(first);
            UUID elsewhere = client.enqueue(NewJob.of(NEW, "x").queue("other")).id();
            UUID own = client.enqueue(NewJob.of(OLD, "x")).id();

            assertFailedOnce(client, client.await(elsewhere, Patience.LONG).orElseThrow());
            assertThat(client.await(own, Patience.LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            // Another one of the old release meets them for the first time.
            assertThat(worker(database, oldRelease).build().drain()).isZero();
            assertThat(left).allSatisfy(id -> {
                Job job = client.find(id).orElseThrow();
                assertThat(job.status()).isEqualTo(JobStatus.PENDING);
                assertThat(job.attempt()).isZero();
                assertThat(job.claim()).isLessThanOrEqualTo(2);
            });

            Sql.run(
                    database,
                    "UPDATE job_worker SET lease_until = " + kind.utc("2020-01-01 00:00:00") + " WHERE id = '" + busy
                            + "'");

            for (UUID id : left) {
                assertFailedOnce(client, client.await(id, Patience.LONG).orElseThrow());
            }
            assertThat(old.health().reasons()).isEmpty();
        }
    }
}
