package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Cancelling a running job")
@Tag("section")
@Tag("slow")
class CancellationTest {
    private static final Duration SOON = Patience.LONG;

    private CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicBoolean toldOfIt = new AtomicBoolean();
    private final AtomicInteger undone = new AtomicInteger();

    @ParameterizedTest
    @EnumSource
    @DisplayName("from the worker's process ends it at once, long before the next heartbeat")
    void same_process(TestDatabase kind) throws InterruptedException {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());

        endsWhenCancelledBy(store, store, Duration.ofHours(1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("from another process ends it with the next heartbeat")
    void other_process(TestDatabase kind) throws Exception {
        BestOfThree.of(() -> withTheNextHeartbeat(kind));
    }

    private void withTheNextHeartbeat(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        Duration lease = Duration.ofSeconds(8);

        Duration took = endsWhenCancelledBy(JdbcJobStore.of(database), JdbcJobStore.of(database), lease);

        BestOfThree.inTime(() -> assertThat(took)
                .as("a heartbeat comes each quarter of the lease; the second would be too late")
                .isLessThan(lease.dividedBy(2)));
    }

    private Duration endsWhenCancelledBy(JobStore workers, JobStore others, Duration lease)
            throws InterruptedException {
        started = new CountDownLatch(1);
        toldOfIt.set(false);
        undone.set(0);
        JobClient jobs = JobClient.of(others);
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, job -> {
            job.onFailure(undone::incrementAndGet);
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException interrupt) {
                toldOfIt.set(job.isCancelled());
                throw interrupt;
            }
            return null;
        });
        try (Worker worker = Worker.of(workers, processors).lease(lease).start()) {
            assertThat(worker.health().reasons()).isEmpty();
            UUID id = jobs.enqueue(Jobs.job()).id();
            assertThat(started.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            long start = System.nanoTime();

            assertThat(jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(toldOfIt).isTrue();
            assertThat(undone).hasValue(1);
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }

    @ParameterizedTest
    @MethodSource("io.forthwith.jdbc.TestDatabase#oneOrAll")
    @DisplayName("ends it after 5 seconds although its thread ignores the interrupt, and the thread is replaced")
    void stubborn(TestDatabase kind) throws InterruptedException {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, job -> {
            started.countDown();
            while (true) {
                try {
                    release.await();
                    return "too late";
                } catch (InterruptedException stubborn) {
                    // What this test is about.
                }
            }
        });
        try (Worker worker = Worker.of(store, processors)
                .concurrency(1)
                .lease(Duration.ofHours(1))
                .start()) {
            UUID id = jobs.enqueue(Jobs.job()).id();
            assertThat(started.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            NewJob next = Jobs.job();
            jobs.enqueue(next);
            jobs.cancel(id);

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            Awaitility.await()
                    .until(() -> worker.health().reasons().stream().anyMatch(reason -> reason.contains("1 threads")));
            Awaitility.await().until(() -> jobs.find(next.id()).orElseThrow().status() == JobStatus.PROCESSING);
            release.countDown();
            assertThat(jobs.await(next.id(), SOON).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("tells subscribers which claim it was")
    void hint(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.many(2));
        List<Claim> claims = Jobs.claimAll(store).stream().map(Claim::of).toList();
        List<Claim> heard = new ArrayList<>();
        store.onCancelRequested(heard::add);

        assertThat(store.cancel(claims.get(0).jobId(), Locale.ENGLISH)).isEqualTo(ActResult.REQUESTED);
        assertThat(heard).containsExactly(claims.get(0));

        Sql.run(
                database,
                "UPDATE job SET worker_id = NULL WHERE id = '" + claims.get(1).jobId() + "'");
        assertThat(store.cancel(claims.get(1).jobId(), Locale.ENGLISH))
                .as("by a stranger's doing nobody runs it, and nobody can be told")
                .isEqualTo(ActResult.REQUESTED);
        assertThat(heard).hasSize(1);
    }
}
