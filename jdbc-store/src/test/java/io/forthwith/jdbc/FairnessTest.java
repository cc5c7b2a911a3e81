package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What claiming ahead must not cost: jobs that one worker has claimed and cannot run while another one could. */
@DisplayName("Workers that claim ahead")
@Timeout(60)
@Tag("slow")
class FairnessTest {
    private static final JobType<Integer> SLOW = JobType.of("slow", Integer.class);
    private static final JobType<Integer> FAST = JobType.of("fast", Integer.class);
    private static final JobType<Integer> FIRST = JobType.of("first", Integer.class);
    private static final int SLOTS = 5;
    private static final Duration SLOW_JOB = Duration.ofMillis(100);

    private static List<NewJob> jobs(JobType<Integer> type, int count) {
        return IntStream.range(0, count).mapToObj(i -> NewJob.of(type, i)).toList();
    }

    /** Processors: of first jobs, which wait, and of slow ones, which count and then take their time. */
    private static ProcessorRegistry takingItsTime(
            CountDownLatch firstJobs, CountDownLatch go, AtomicInteger count, CountDownLatch left) {
        ProcessorRegistry waiting = ProcessorRegistry.of().with(FIRST, job -> {
            firstJobs.countDown();
            go.await();
            return null;
        });
        return waiting.with(SLOW, job -> {
            count.incrementAndGet();
            new CountDownLatch(1).await(SLOW_JOB.toMillis(), TimeUnit.MILLISECONDS);
            left.countDown();
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are equally busy with slow jobs: neither hoards what the other could run")
    void slow_jobs(AnyStore kind) throws Exception {
        BestOfThree.of(() -> areShared(kind));
    }

    private static void areShared(AnyStore kind) throws Exception {
        JobStore store = kind.empty();
        JobClient client = JobClient.of(store);
        int jobs = 12 * SLOTS;
        CountDownLatch firstJobs = new CountDownLatch(2 * SLOTS);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(jobs);
        AtomicInteger mine = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        try (Worker first = Worker.of(store, takingItsTime(firstJobs, go, mine, left))
                        .concurrency(SLOTS)
                        .start();
                Worker second = Worker.of(store, takingItsTime(firstJobs, go, others, left))
                        .concurrency(SLOTS)
                        .start()) {
            // All slots of both are taken, so that neither is ahead because the other one took longer to start.
            client.enqueueAll(jobs(FIRST, 2 * SLOTS));
            firstJobs.await();
            client.enqueueAll(jobs(SLOW, jobs));
            go.countDown();
            left.await();
        }
        assertThat(mine.get() + others.get()).isEqualTo(jobs);
        BestOfThree.inTime(() -> assertThat(Math.abs(mine.get() - others.get()))
                .as("%s by one and %s by the other", mine, others)
                .isLessThanOrEqualTo(2 * SLOTS));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("give fast jobs back that wait behind slow ones, and another worker runs them")
    void fast_behind_slow(AnyStore kind) throws Exception {
        BestOfThree.of(() -> areGivenBack(kind));
    }

    private static void areGivenBack(AnyStore kind) throws Exception {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        CountDownLatch allSlotsTaken = new CountDownLatch(SLOTS);
        CountDownLatch end = new CountDownLatch(1);
        ProcessorRegistry both = ProcessorRegistry.of().with(FAST, job -> null).with(SLOW, job -> {
            allSlotsTaken.countDown();
            end.await();
            return null;
        });
        // While it works through fast jobs the worker claims many ahead; then slow ones come up and take every slot.
        jobs.enqueueAll(jobs(FAST, 3_000));
        jobs.enqueueAll(jobs(SLOW, SLOTS));
        jobs.enqueueAll(jobs(FAST, 500));
        try (Worker busy = Worker.of(store, both).concurrency(SLOTS).start()) {
            allSlotsTaken.await();
            long before = jobs.countByScan(JobQuery.all().type("fast").status(JobStatus.COMPLETED));
            try (Worker idle = Worker.of(store, ProcessorRegistry.of().with(FAST, job -> null))
                    .concurrency(SLOTS)
                    .pollInterval(Duration.ofMillis(100))
                    .start()) {
                BestOfThree.within(
                        Duration.ofSeconds(5),
                        () -> Awaitility.await()
                                .until(() -> jobs.countByScan(
                                                JobQuery.all().type("fast").status(JobStatus.COMPLETED))
                                        == 3_500));
            }
            BestOfThree.inTime(() -> assertThat(before)
                    .as("what was done before every slot was taken")
                    .isLessThan(3_500));
            assertThat(jobs.scan(JobQuery.all().type("fast").atMost(500)))
                    .allSatisfy(job -> assertThat(job.attempt()).isEqualTo(1));
            end.countDown();
        } finally {
            end.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "and stop hand back what they have not begun, and another worker runs it at once, however seldom it polls")
    void handed_over(AnyStore kind) throws Exception {
        JobStore store = kind.empty();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch elsewhere = new CountDownLatch(1);
        ProcessorRegistry blocking = ProcessorRegistry.of().with(SLOW, job -> {
            running.countDown();
            end.await();
            return null;
        });
        JobClient.of(store).enqueueAll(jobs(SLOW, 1));
        Worker stopping = Worker.of(store, blocking)
                .concurrency(1)
                .gracePeriod(Duration.ZERO)
                .pollInterval(Duration.ofHours(1))
                .start();
        running.await();
        try (Worker other = Worker.of(store, ProcessorRegistry.of().with(SLOW, job -> {
                    elsewhere.countDown();
                    return null;
                }))
                .pollInterval(Duration.ofHours(1))
                .start()) {
            // Interrupted, the job is handed back.
            stopping.close();
            assertThat(elsewhere.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            end.countDown();
        }
    }
}
