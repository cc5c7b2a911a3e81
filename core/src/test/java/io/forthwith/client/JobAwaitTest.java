package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.spy;

import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that wait for jobs to end: one of them reads for all. */
class JobAwaitTest {
    private static final JobType<Integer> TYPE = JobType.of("number", Integer.class);
    private static final Duration LONG = Duration.ofMinutes(2);

    private final AtomicInteger reads = new AtomicInteger();
    private final InMemoryJobStore store = spy(new InMemoryJobStore());
    private final JobClient jobs = JobClient.of(store);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void all_threads_hear_of_the_end_of_their_job_and_only_of_their_own() throws Exception {
        List<UUID> ids = new ArrayList<>();
        List<Future<Optional<Job>>> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            UUID id = enqueued(i);
            ids.add(id);
            waiting.add(waiting(id));
            waiting.add(waiting(id));
        }
        UUID late = enqueued(99);
        Future<Optional<Job>> lateOne = waiting(late);
        jobs.change(late, JobChange.of().runAt(Instant.now().plusSeconds(3_600)));

        drain();

        for (int i = 0; i < waiting.size(); i++) {
            Job ended = waiting.get(i).get(1, TimeUnit.MINUTES).orElseThrow();
            assertThat(ended.id()).isEqualTo(ids.get(i / 2));
            assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
        }
        assertThat(lateOne).isNotDone();
        jobs.cancel(late);
        assertThat(lateOne.get(1, TimeUnit.MINUTES).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void many_threads_read_hardly_more_often_than_one() throws Exception {
        int many = 300;
        doAnswer(call -> {
                    reads.incrementAndGet();
                    return call.callRealMethod();
                })
                .when(store)
                .openAmong(any());
        List<Future<Optional<Job>>> waiting = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            waiting.add(waiting(enqueued(i)));
        }
        await().until(() -> reads.get() > 3);

        int before = reads.get();
        long start = System.nanoTime();
        await().until(() -> reads.get() >= before + 20);
        long took = System.nanoTime() - start;

        // A read is 100 ms after the one before, so 20 reads take some 2 s, however many threads wait.
        assertThat(took).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_500));
        drain();
        for (Future<Optional<Job>> each : waiting) {
            assertThat(each.get(1, TimeUnit.MINUTES)).isPresent();
        }
    }

    @Test
    void another_thread_reads_on_when_the_one_that_reads_goes() throws Exception {
        UUID first = enqueued(1);
        UUID second = enqueued(2);
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        doAnswer(call -> {
                    reader.complete(Thread.currentThread());
                    return call.callRealMethod();
                })
                .when(store)
                .openAmong(any());
        Future<Optional<Job>> one = waiting(first);
        Thread interrupted = reader.get(1, TimeUnit.MINUTES);
        Future<Optional<Job>> two = waiting(second);

        interrupted.interrupt();

        assertThatThrownBy(() -> one.get(1, TimeUnit.MINUTES))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        drain();
        assertThat(two.get(1, TimeUnit.MINUTES)).isPresent();
    }

    @Test
    void a_read_that_hangs_holds_up_only_the_thread_that_reads() throws Exception {
        UUID first = enqueued(1);
        UUID second = enqueued(2);
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        doAnswer(call -> {
                    if (calls.getAndIncrement() == 0) {
                        hangs.countDown();
                        released.await();
                    }
                    return call.callRealMethod();
                })
                .when(store)
                .openAmong(any());
        Future<Optional<Job>> one = waiting(first);
        hangs.await();
        Future<Optional<Job>> two = waiting(second);
        drain();

        assertThat(two.get(1, TimeUnit.MINUTES)).isPresent();
        assertThat(one).isNotDone();
        released.countDown();
        assertThat(one.get(1, TimeUnit.MINUTES)).isPresent();
    }

    @Test
    void a_read_that_fails_is_the_failure_of_one_thread_and_the_others_wait_on() throws Exception {
        UUID first = enqueued(1);
        UUID second = enqueued(2);
        CountDownLatch both = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        doAnswer(call -> {
                    if (calls.getAndIncrement() == 0) {
                        both.await();
                        throw new JobStoreException(
                                JobStoreException.Kind.TRANSIENT, "cut", new RuntimeException("cut"));
                    }
                    return call.callRealMethod();
                })
                .when(store)
                .openAmong(any());
        Future<Optional<Job>> one = waiting(first);
        await().until(() -> calls.get() == 1);
        Future<Optional<Job>> two = waiting(second);
        both.countDown();

        assertThatThrownBy(() -> one.get(1, TimeUnit.MINUTES)).hasCauseInstanceOf(JobStoreException.class);
        drain();
        assertThat(two.get(1, TimeUnit.MINUTES)).isPresent();
    }

    @Test
    void a_job_that_is_retried_before_its_thread_has_seen_its_end_is_waited_for_again() throws Exception {
        UUID id = enqueued(1);
        AtomicInteger calls = new AtomicInteger();
        // The read found it ended, and somebody has retried it since.
        doAnswer(call -> calls.getAndIncrement() == 0 ? Set.of() : call.callRealMethod())
                .when(store)
                .openAmong(any());
        Future<Optional<Job>> waiting = waiting(id);
        await().until(() -> calls.get() > 2);

        assertThat(waiting).isNotDone();
        drain();
        assertThat(waiting.get(1, TimeUnit.MINUTES)).isPresent();
    }

    @Test
    void a_thread_in_a_transaction_reads_alone() throws Exception {
        UUID id = enqueued(1);
        doReturn(true).when(store).isInTransaction();
        doAnswer(call -> {
                    reads.incrementAndGet();
                    return call.callRealMethod();
                })
                .when(store)
                .openAmong(any());
        Future<Optional<Job>> waiting = waiting(id);
        drain();

        assertThat(waiting.get(1, TimeUnit.MINUTES)).isPresent();
        assertThat(reads).hasValue(0);
    }

    @Test
    void a_thread_whose_time_is_over_goes_although_others_wait() throws Exception {
        Future<Optional<Job>> long1 = waiting(enqueued(1));
        Future<Optional<Job>> long2 = waiting(enqueued(2));

        assertThat(jobs.await(enqueued(3), Duration.ofMillis(30))).isEmpty();
        assertThat(List.of(long1, long2)).noneMatch(Future::isDone);
    }

    private UUID enqueued(int number) {
        return jobs.enqueue(NewJob.of(TYPE, number)).id();
    }

    private Future<Optional<Job>> waiting(UUID id) {
        return threads.submit(() -> jobs.await(id, LONG));
    }

    private void drain() {
        Worker.of(store, ProcessorRegistry.of().with(TYPE, (number, job) -> number))
                .build()
                .drain();
    }
}
