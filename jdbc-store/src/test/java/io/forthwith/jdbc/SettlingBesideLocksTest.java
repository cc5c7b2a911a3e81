package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One worker, ten of whose jobs need what a transaction of the host keeps locked. */
@DisplayName("Ten jobs that other transactions hold up")
@Timeout(180)
@Tag("slow")
class SettlingBesideLocksTest {
    private static final JobType<Integer> FREE = JobType.of("free", Integer.class);
    private static final int BUSY = 10;
    private static final int UNRELATED = 400;
    private static final Duration BAR = Duration.ofMillis(100);

    static Stream<Arguments> locks() {
        return Stream.of(TestDatabase.POSTGRESQL, TestDatabase.MARIADB)
                .flatMap(kind ->
                        Arrays.stream(LocksHeldByOthersTest.Lock.values()).map(lock -> Arguments.of(kind, lock)));
    }

    @ParameterizedTest
    @MethodSource("locks")
    @DisplayName("do not hold up unrelated jobs of the same worker: p99 of their settlements is 100 ms at most")
    void unrelated(TestDatabase kind, LocksHeldByOthersTest.Lock lock) throws Exception {
        List<Duration> tries = new ArrayList<>();
        // A machine that does other things as well has bad moments.
        while (tries.size() < 5 && tries.stream().noneMatch(p99 -> p99.compareTo(BAR) <= 0)) {
            tries.add(p99(kind, lock));
        }
        assertThat(tries)
                .last()
                .satisfies(p99 -> assertThat(p99)
                        .as("the last p99 of %s, %s", tries, BestOfThree.load())
                        .isLessThanOrEqualTo(BAR));
    }

    /** The time from the end of an unrelated job to the event that follows its settlement. */
    private static Duration p99(TestDatabase kind, LocksHeldByOthersTest.Lock lock) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Semaphore running = new Semaphore(0);
        Semaphore mayEnd = new Semaphore(0);
        Semaphore next = new Semaphore(0);
        Map<UUID, Long> ended = new ConcurrentHashMap<>();
        Map<UUID, Long> settled = new ConcurrentHashMap<>();
        Semaphore done = new Semaphore(0);
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(FREE, job -> {
                    next.acquire();
                    ended.put(job.job().id(), System.nanoTime());
                    return null;
                })
                .with(Jobs.TYPE, job -> {
                    running.release();
                    mayEnd.acquire();
                    return null;
                });
        List<NewJob[]> families = new ArrayList<>();
        for (int i = 0; i < BUSY; i++) {
            families.add(lock.family());
            store.add(Jobs.encoded(families.get(i)));
        }
        try (Connection host = database.getConnection();
                Worker worker = Worker.of(store, processors)
                        .concurrency(BUSY + 4)
                        .listener(event -> {
                            if (event instanceof JobEvent.Completed
                                    && ended.containsKey(event.job().id())) {
                                settled.put(event.job().id(), System.nanoTime());
                                done.release();
                            }
                        })
                        .start()) {
            running.acquire(BUSY);
            jobs.enqueueAll(IntStream.range(0, UNRELATED)
                    .mapToObj(i -> NewJob.of(FREE, i))
                    .toList());
            host.setAutoCommit(false);
            for (NewJob[] family : families) {
                lock.take(store, host, family);
            }
            for (int i = 0; i < UNRELATED; i++) {
                if (i % 20 == 0) {
                    // One more of them ends, in the batch of the next unrelated job.
                    mayEnd.release();
                }
                next.release();
                if (i >= 2) {
                    assertThat(done.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
                }
            }
            assertThat(done.tryAcquire(2, 60, TimeUnit.SECONDS)).isTrue();
            List<Duration> latencies = ended.entrySet().stream()
                    .map(each -> Duration.ofNanos(settled.get(each.getKey()) - each.getValue()))
                    .sorted()
                    .toList();
            Duration p99 = latencies.get(UNRELATED * 99 / 100 - 1);
            System.out.printf(
                    "%s, %s: p50 %d us, p99 %d us, longest %d us%n",
                    kind,
                    lock,
                    latencies.get(UNRELATED / 2).toNanos() / 1_000,
                    p99.toNanos() / 1_000,
                    latencies.get(UNRELATED - 1).toNanos() / 1_000);
            if (lock.isSure()) {
                assertThat(jobs.countByScan(
                                JobQuery.all().type(Jobs.TYPE.name()).status(JobStatus.PROCESSING)))
                        .isEqualTo(BUSY);
            }

            host.commit();

            Awaitility.await()
                    .atMost(Patience.LONG)
                    .until(() -> families.stream()
                            .map(family ->
                                    store.find(family[family.length - 1].id()).orElseThrow())
                            .allMatch(job -> job.status() == JobStatus.COMPLETED));
            mayEnd.release(2 * BUSY);
            return p99;
        }
    }
}
