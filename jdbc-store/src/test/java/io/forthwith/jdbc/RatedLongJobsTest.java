package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Long jobs under a rate")
class RatedLongJobsTest {
    private static final JobType<Integer> LONG = JobType.of("long", Integer.class);
    private static final int JOBS = 150;

    /** No job ends and no other worker comes, so nothing but the time tells the worker to claim again. */
    @ParameterizedTest
    @EnumSource
    @DisplayName("start at the rate, also if the time of the next one comes while a claim is under way, on")
    void startAtTheRate(AnyStore kind) throws Exception {
        JobStore store = kind.empty();
        JobClient client = JobClient.of(store);
        client.limits().put(Limit.of("api").rate(1_000, Duration.ofSeconds(1)));
        CountDownLatch started = new CountDownLatch(JOBS);
        CountDownLatch end = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of().with(LONG, job -> {
            started.countDown();
            end.await();
            return null;
        });
        client.enqueueAll(IntStream.range(0, JOBS)
                .mapToObj(i -> NewJob.of(LONG, i).limit("api", "key"))
                .toList());
        try (Worker worker = Worker.of(store, processors)
                .concurrency(JOBS)
                .pollInterval(Patience.FOREVER)
                .start()) {
            started.await(Patience.SECONDS, TimeUnit.SECONDS);
            long left = started.getCount();
            end.countDown();
            assertThat(left).as("jobs that %s has not started", worker).isZero();
        }
    }
}
