package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A known fault, with the figure that it has. Who mends it turns this red, and then asserts the opposite. */
@DisplayName("Behind thirty thousand ready jobs of one full key,")
@Tag("slow")
class BehindFullKeyTest {
    private static final JobType<String> LIMITED = JobType.of("limited", String.class);
    private static final JobType<String> FREE = JobType.of("free", String.class);
    private static final Limit API = Limit.of("api").concurrency(1);
    private static final int READY = 30_000;
    private static final int BATCH = 1_000;

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, 2", "MARIADB, 5"})
    @DisplayName("a job without a limit waits for seconds, a fault that is known, on")
    @Timeout(Patience.SECONDS_OF_A_TEST)
    void a_job_without_a_limit(TestDatabase kind, int seconds) throws Exception {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        store.limits().orElseThrow().put(API);
        JobClient jobs = JobClient.of(store);
        CountDownLatch isFull = new CountDownLatch(1);
        CountDownLatch hasStarted = new CountDownLatch(1);
        CountDownLatch isOver = new CountDownLatch(1);
        ProcessorRegistry limited = ProcessorRegistry.of().with(LIMITED, job -> {
            isFull.countDown();
            isOver.await();
            return "done";
        });
        ProcessorRegistry both = limited.with(FREE, job -> {
            hasStarted.countDown();
            return "done";
        });
        try (Worker first = Worker.of(store, limited).concurrency(1).start()) {
            jobs.enqueue(limited());
            assertThat(isFull.await(Patience.LONG.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            addReady(jobs);
            jobs.enqueue(NewJob.of(FREE, ""));

            long begin = System.nanoTime();
            try (Worker second = Worker.of(store, both).concurrency(1).start()) {
                assertThat(hasStarted.await(Patience.LONG.toMillis(), TimeUnit.MILLISECONDS))
                        .isTrue();
                Duration wait = Duration.ofNanos(System.nanoTime() - begin);
                System.out.println("Behind a full key on " + kind + ": " + wait.toMillis() + " ms");
                assertThat(wait).as("turns red when the fault is mended").isGreaterThan(Duration.ofSeconds(seconds));
            } finally {
                isOver.countDown();
            }
        }
    }

    /** A job that is not due when it is added is not parked then. */
    private static void addReady(JobClient jobs) {
        for (int added = 0; added < READY; added += BATCH) {
            jobs.enqueueAll(Stream.generate(() -> limited().delay(Duration.ofMillis(1)))
                    .limit(BATCH)
                    .toList());
        }
    }

    private static NewJob limited() {
        return NewJob.of(LIMITED, "").limit(API.name(), "full");
    }
}
