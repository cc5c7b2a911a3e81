package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Processors that never return and ignore interrupts")
class TimeLimitsTest {
    private static final Duration SOON = Patience.LONG;
    private static final Duration LIMIT = Duration.ofMillis(100);
    private static final JobType<String> LIMITED = JobType.of("limited", String.class);
    private static final JobType<String> PATIENT = JobType.of("patient", String.class);
    private static final JobType<String> PAIR = JobType.of("pair", String.class);

    private final CountDownLatch release = new CountDownLatch(1);
    private final CyclicBarrier bothSlots = new CyclicBarrier(2);
    private final ProcessorRegistry processors = ProcessorRegistry.of()
            .with(LIMITED, new Processor() {
                @Override
                public Object process(JobContext job) {
                    return ignoreInterrupts();
                }

                @Override
                public Duration timeLimit() {
                    return LIMIT;
                }
            })
            .with(PATIENT, job -> ignoreInterrupts())
            .with(PAIR, job -> bothSlots.await(Patience.SECONDS, TimeUnit.SECONDS));

    private String ignoreInterrupts() {
        while (true) {
            try {
                release.await();
                return "too late";
            } catch (InterruptedException ignored) {
                // What this test is about.
            }
        }
    }

    @AfterEach
    void letGo() {
        release.countDown();
    }

    @ParameterizedTest
    @MethodSource("io.forthwith.jdbc.TestDatabase#oneOrAll")
    @DisplayName("fail at the limit of their type or job, are counted, and cost the others nothing")
    void stuck(TestDatabase kind) throws InterruptedException {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        JobClient jobs = JobClient.of(store);
        // Neither a poll nor a heartbeat comes before the test is over: what ends the jobs is the limit.
        try (Worker worker = Worker.of(store, processors)
                .concurrency(2)
                .pollInterval(Patience.FOREVER)
                .lease(Patience.FOREVER)
                .start()) {
            List<UUID> stuck = List.of(
                    jobs.enqueue(NewJob.of(LIMITED, "")).id(),
                    jobs.enqueue(NewJob.of(PATIENT, "").timeLimit(LIMIT)).id());
            for (UUID id : stuck) {
                Job failed = jobs.await(id, SOON).orElseThrow();
                assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
                assertThat(failed.errorCode()).isEqualTo("time_limit");
                assertThat(failed.errorMessage()).isEqualTo("The job ran longer than its time limit of 0.100 s");
                assertThat(Duration.between(failed.startedAt(), failed.completedAt()))
                        .isGreaterThanOrEqualTo(LIMIT);
            }
            Awaitility.await().until(() -> worker.health().reasons().toString().contains("2 threads are stuck"));
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DEGRADED);

            List<UUID> others = Stream.generate(
                            () -> jobs.enqueue(NewJob.of(PAIR, "")).id())
                    .limit(6)
                    .toList();
            for (UUID id : others) {
                assertThat(jobs.await(id, SOON).orElseThrow().status())
                        .as("two run at a time, or they would not meet")
                        .isEqualTo(JobStatus.COMPLETED);
            }

            List<Job> before =
                    stuck.stream().map(id -> jobs.find(id).orElseThrow()).toList();
            release.countDown();
            Awaitility.await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
            assertThat(stuck.stream().map(id -> jobs.find(id).orElseThrow())).isEqualTo(before);
        }
    }
}
