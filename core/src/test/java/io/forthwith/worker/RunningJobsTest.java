package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.atMost;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Jobs in a running worker: retries, postponements, time limits, cancellation, stopping. */
class RunningJobsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void retries_a_retryable_failure_and_logs_the_delay() throws InterruptedException {
        Processor flaky =
                with(RetryPolicy.fixed(Duration.ofMillis(20)).jitter(0).maxAttempts(3), job -> {
                    if (job.attempt() < 3) {
                        throw JobException.http(503, "The image service is busy");
                    }
                    return "done at attempt " + job.attempt();
                });
        try (LogCapture log = new LogCapture();
                Worker worker = start(flaky)) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            assertThat(jobs.awaitResult(id, String.class, SOON)).contains("done at attempt 3");
            assertThat(jobs.failures(id))
                    .extracting(failure -> failure.attempt() + " " + failure.code())
                    .containsExactly("1 http_503", "2 http_503");
            assertThat(log.jobLines())
                    .contains("[Worker] 🔄 Job " + id + " will be retried in 0.0 s (attempt 2 of 3)")
                    .contains("[Worker] 🔄 Job " + id + " will be retried in 0.0 s (attempt 3 of 3)")
                    .noneMatch(line -> line.contains("📝"));
            assertThat(job(id).errorMessage()).isNull();
        }
    }

    @Test
    void fails_after_the_last_attempt() throws InterruptedException {
        try (Worker worker = start(with(RetryPolicy.fixed(Duration.ZERO).maxAttempts(2), job -> {
            throw JobException.retryable("still down");
        }))) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            assertThat(jobs.failures(id)).hasSize(2);
        }
    }

    @Test
    void a_back_off_that_throws_fails_the_job_and_the_slot_is_kept() throws InterruptedException {
        Processor careless =
                with(RetryPolicy.custom(attempt -> List.<Duration>of().get(attempt)), job -> {
                    throw JobException.retryable("down");
                });
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, careless))
                .concurrency(1)
                .start()) {
            for (int i = 0; i < 3; i++) {
                UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
                assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            }
        }
    }

    @Test
    void undo_actions_run_even_if_the_thread_was_interrupted() throws InterruptedException {
        CountDownLatch undone = new CountDownLatch(3);
        try (Worker worker = start(job -> {
            for (int i = 0; i < 3; i++) {
                job.onFailure(() -> {
                    // Like a blocking call of a driver or an HTTP client.
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    undone.countDown();
                });
            }
            Thread.currentThread().interrupt();
            throw new IllegalStateException("noticed the interrupt");
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            assertThat(jobs.await(id, SOON)).isPresent();
            assertThat(undone.getCount()).isZero();
        }
    }

    @Test
    void a_job_fails_with_its_time_limit_whatever_it_does_after_the_interrupt() throws InterruptedException {
        Processor sleeper = new Processor() {
            @Override
            public Object process(JobContext job) throws InterruptedException {
                new CountDownLatch(1).await();
                return null;
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(2);
            }
        };
        try (Worker worker = start(sleeper)) {
            for (int i = 0; i < 100; i++) {
                jobs.enqueue(NewJob.of(TYPE, "x"));
            }
            Patiently.await().until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.FAILED)) == 100);
            assertThat(jobs.scan(JobQuery.all())).allMatch(job -> "time_limit".equals(job.errorCode()));
        }
    }

    @Test
    void endless_progress_reports_wake_only_the_progress_loop() throws InterruptedException {
        JobStore counting = mock(JobStore.class, delegatesTo(store));
        long begin = System.nanoTime();
        try (Worker worker = Worker.of(counting, ProcessorRegistry.of().with(TYPE, job -> {
                    for (int i = 0; i < 200_000; i++) {
                        job.progress(i % 100);
                    }
                    return null;
                }))
                .start()) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
            worker.health();
            assertThat(jobs.await(id, SOON)).isPresent();
        }
        // As often as in a worker whose jobs report nothing, however long the job took.
        int halfSeconds = (int) (Duration.ofNanos(System.nanoTime() - begin).toMillis() / 500);
        verify(counting, atMost(3 + halfSeconds)).report(any());
        verify(counting, atMost(20 + halfSeconds)).takeOverEnded(any());
        verify(counting, atMost(halfSeconds)).takeOver(any());
        verify(counting, atMost(halfSeconds / 60)).purge(any(), anyInt());
    }

    @Test
    void a_job_that_is_not_ready_is_postponed_and_the_attempt_does_not_count() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        try (Worker worker = start(job -> {
            if (asked.incrementAndGet() < 4) {
                throw new NotReadyException(Duration.ofMillis(5), "the shots are not rendered yet");
            }
            return job.attempt();
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();

            assertThat(jobs.awaitResult(id, Integer.class, SOON)).contains(1);
            assertThat(job(id).postponements()).isEqualTo(3);
            assertThat(jobs.failures(id)).isEmpty();
        }
    }

    @Test
    void a_job_fails_at_its_time_limit_even_if_its_thread_does_not_return() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean undone = new AtomicBoolean();
        Processor stuck = new Processor() {
            @Override
            public Object process(JobContext job) {
                job.onFailure(() -> undone.set(true));
                awaitUninterruptibly(release);
                return "too late";
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(50);
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, stuck))
                .concurrency(1)
                .start()) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            Job failed = jobs.await(id, SOON).orElseThrow();
            assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
            assertThat(failed.errorCode()).isEqualTo("time_limit");
            assertThat(failed.errorMessage()).isEqualTo("The job ran longer than its time limit of 0.050 s");
            // Its slot went to another thread: another job runs although the first thread is stuck.
            UUID next = jobs.enqueue(NewJob.of(TYPE, "y")).id();
            assertThat(jobs.await(next, SOON)).isPresent();

            release.countDown();
            Patiently.await().untilTrue(undone);
            assertThat(job(id).result()).isNull();
        }
    }

    @Test
    void cancelling_interrupts_a_running_job_which_ends_cancelled_whatever_it_returns() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<Boolean> sawIt = new AtomicReference<>();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        sawIt.set(job.isCancelled());
                    }
                    return "finished all the same";
                }))
                .start()) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
            assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();

            assertThat(jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(sawIt.get()).isTrue();
            assertThat(job(id).result()).isNull();
        }
    }

    @Test
    void stopping_gives_back_interrupted_jobs_and_the_attempt_does_not_count() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        UUID id;
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return null;
                }))
                .gracePeriod(Duration.ofMillis(10))
                .start()) {
            id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
            assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        }

        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(id).attempt()).isZero();
        assertThat(jobs.failures(id)).isEmpty();
    }

    @Test
    void stopping_lets_running_jobs_finish_within_the_grace_period() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Worker worker = start(job -> {
            started.countDown();
            release.await();
            return "finished";
        });
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        Thread closing = new Thread(worker::close);
        closing.start();
        release.countDown();
        closing.join();

        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_job_can_stop_its_own_worker() throws Exception {
        AtomicReference<Worker> self = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        Worker worker = start(job -> {
            known.await();
            self.get().close();
            return "stopped it";
        });
        self.set(worker);
        known.countDown();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

        assertThat(jobs.awaitResult(id, String.class, SOON)).contains("stopped it");
        worker.close();
    }

    @Test
    void a_listener_that_throws_affects_neither_jobs_nor_listeners() throws InterruptedException {
        AtomicInteger heard = new AtomicInteger();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null))
                .listener(event -> {
                    throw new IllegalStateException("broken listener");
                })
                .listener(event -> heard.incrementAndGet())
                .start()) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
        assertThat(heard.get()).isEqualTo(2);
    }

    @Test
    void progress_reaches_the_store_while_the_job_runs() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Worker worker = start(job -> {
            job.atStep(3, 4, "rendering");
            release.await();
            return null;
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            Patiently.await().until(() -> job(id).progress().percent() == 50);
            assertThat(job(id).progress().currentStep()).isEqualTo(3);
            assertThat(job(id).progress().totalSteps()).isEqualTo(4);
            assertThat(job(id).progress().message()).isEqualTo("rendering");
            release.countDown();
            assertThat(jobs.await(id, SOON).orElseThrow().progress().percent()).isEqualTo(100);
        }
    }

    @Test
    void a_result_that_cannot_be_stored_fails_the_job_and_undo_actions_run() throws InterruptedException {
        AtomicBoolean undone = new AtomicBoolean();
        try (Worker worker = start(job -> {
            job.onFailure(() -> undone.set(true));
            return "a NUL: \0";
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            Job failed = jobs.await(id, SOON).orElseThrow();
            assertThat(failed.errorCode()).isEqualTo("result_unstorable");
            assertThat(undone).isTrue();
        }
    }

    @Test
    void an_input_that_does_not_fit_fails_that_job_only() throws InterruptedException {
        JobType<Integer> number = JobType.of("number", Integer.class);
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(number, job -> job.input(Integer.class)))
                .start()) {
            UUID bad = jobs.enqueue(NewJob.of(JobType.of("number", String.class), "not a number"))
                    .id();
            UUID good = jobs.enqueue(NewJob.of(number, 7)).id();

            assertThat(jobs.awaitResult(good, Integer.class, SOON)).contains(7);
            Job failed = jobs.await(bad, SOON).orElseThrow();
            assertThat(failed.errorCode()).isEqualTo("undecodable_input");
            assertThat(failed.errorMessage()).doesNotContain("not a number");
        }
    }

    private Worker start(Processor processor) {
        return Worker.of(store, ProcessorRegistry.of().with(TYPE, processor)).start();
    }

    private Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    private static Processor with(RetryPolicy policy, Processor processor) {
        return new Processor() {
            @Override
            public Object process(JobContext job) throws Exception {
                return processor.process(job);
            }

            @Override
            public RetryPolicy retryPolicy() {
                return policy;
            }
        };
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean done = false;
        while (!done) {
            try {
                latch.await();
                done = true;
            } catch (InterruptedException stubborn) {
                // The test needs a thread that ignores interrupts.
            }
        }
    }
}
