package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import ch.qos.logback.classic.Level;
import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WorkerErrorContractTest extends ErrorContractFixture {
    @Test
    void records_a_failure_once_and_logs_it_when_it_is_confirmed() {
        UUID id = jobs.enqueue(NewJob.of(KNOWN, "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of().with(KNOWN, job -> {
                throw JobException.user("insufficient_credits", "积分不足");
            }));

            assertThat(log.jobLines()).hasSize(3);
            assertThat(log.jobLines().get(0)).isEqualTo("[Worker] ▶️  Job " + id + " (known) started");
            assertThat(log.jobLines().get(1)).matches("\\[Worker] ❌ Job " + id + " failed after \\d+\\.\\d\\d s: 积分不足");
            assertThat(log.jobLines().get(2)).isEqualTo("[Worker] 📝 Job " + id + " marked as failed");
            assertThat(log.events().stream().filter(e -> e.getLevel() == Level.WARN))
                    .hasSize(1);
        }
        assertThat(failureWrites()).hasSize(1);
        assertThat(jobs.failures(id)).hasSize(1);
        assertThat(job(id).errorMessage()).isEqualTo("积分不足");
    }

    @Test
    @DisplayName("a user's error is never retried and leaves no trace in the log at any level")
    void users_errors() {
        JobException no = JobException.user("no_credits", "No credits");
        List<Throwable> ways = List.of(no, new IllegalStateException(no), new CompletionException(no));
        for (Throwable way : ways) {
            UUID id = jobs.enqueue(NewJob.of(KNOWN, "x")).id();
            try (LogCapture log = new LogCapture(Level.TRACE)) {
                drain(ProcessorRegistry.of().with(KNOWN, job -> {
                    job.onFailure(() -> {
                        throw new IllegalStateException("nor is a failing undo a reason to");
                    });
                    throw sneaky(way);
                }));

                assertThat(log.lines()).noneMatch(line -> line.contains("Exception"));
                assertThat(log.events()).allMatch(event -> event.getThrowableProxy() == null);
            }
            assertThat(job(id))
                    .returns(JobStatus.FAILED, Job::status)
                    .returns(1, Job::attempt)
                    .returns("No credits", Job::errorMessage)
                    .returns("no_credits", Job::errorCode);
            assertThat(jobs.failures(id).get(0).trace()).contains("No credits");
        }
    }

    @Test
    void logs_the_trace_of_a_known_system_error_at_debug_level_only() {
        for (Level level : List.of(Level.INFO, Level.DEBUG)) {
            jobs.enqueue(NewJob.of(KNOWN, "x"));
            try (LogCapture log = new LogCapture(level)) {
                drain(ProcessorRegistry.of().with(KNOWN, job -> {
                    throw JobException.permanent("It is down").causedBy(new IllegalStateException("boom"));
                }));

                assertThat(log.lines().stream().filter(line -> line.contains("java.lang.IllegalStateException: boom")))
                        .hasSize(level == Level.DEBUG ? 1 : 0);
            }
        }
    }

    @Test
    void asks_the_classifier_of_the_processor_first_also_of_a_lambda() {
        Processor own = new Processor() {
            @Override
            public Object process(JobContext job) {
                throw new IllegalStateException();
            }

            @Override
            public ErrorClassifier errorClassifier() {
                return ErrorClassifier.on(IllegalStateException.class, e -> JobError.user("own", "Own"));
            }
        };
        UUID known = jobs.enqueue(NewJob.of(KNOWN, "x")).id();
        UUID other = jobs.enqueue(NewJob.of(OTHER, "x")).id();

        Worker.of(store, ProcessorRegistry.of().with(KNOWN, own).with(OTHER, job -> {
                    throw new IllegalStateException();
                }))
                .errorClassifier(thrown -> JobError.permanent("workers", "Workers"))
                .build()
                .drain();

        assertThat(job(known).errorCode()).isEqualTo("own");
        assertThat(job(other).errorCode()).isEqualTo("workers");
    }

    @Test
    void settles_a_job_of_unknown_type_once_and_logs_it_once() {
        UUID id = jobs.enqueue(NewJob.of(UNKNOWN, "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of().with(KNOWN, job -> null));

            assertThat(log.jobLines()).hasSize(4);
            assertThat(log.jobLines().get(0)).isEqualTo("[Worker] ▶️  Job " + id + " (unknown_task_type) started");
            assertThat(log.jobLines().get(1)).isEqualTo("Job " + id + " failed: Unknown job type: unknown_task_type");
            assertThat(log.jobLines().get(2)).startsWith("Job " + id + ": the types that this worker knows are known;");
            assertThat(log.jobLines().get(3)).matches("\\[Worker] ✅ Job " + id + " done in \\d+\\.\\d\\d s");
        }
        assertThat(failureWrites()).hasSize(1);
        assertThat(jobs.failures(id)).hasSize(1);
        assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(job(id).errorMessage()).isEqualTo("Unknown job type: unknown_task_type");
    }

    @Test
    void records_every_kind_of_throwable() {
        List<Throwable> thrown = List.of(
                new OutOfMemoryError("heap"),
                new StackOverflowError(),
                new NoClassDefFoundError("x"),
                new AssertionError("no"),
                new Exception("checked"),
                new InterruptedException());
        for (Throwable each : thrown) {
            UUID id = jobs.enqueue(NewJob.of(KNOWN, "x")).id();

            drain(ProcessorRegistry.of().with(KNOWN, job -> {
                throw sneaky(each);
            }));

            assertThat(job(id).status()).as(each.toString()).isEqualTo(JobStatus.FAILED);
            assertThat(jobs.failures(id).get(0).exceptionClass())
                    .isEqualTo(each.getClass().getName());
        }
    }

    @Test
    @DisplayName("a failing failure-write is logged and tried again, and other jobs go on")
    void keeps_trying_to_record_a_failure() throws InterruptedException {
        AtomicInteger refusals = new AtomicInteger();
        CountDownLatch othersDone = new CountDownLatch(1);
        JobStore real = new InMemoryJobStore();
        JobStore failing = mock(JobStore.class, delegatesTo(real));
        doAnswer(call -> {
                    List<Settlement> settlements = call.getArgument(0);
                    boolean holdsFailure = settlements.stream().anyMatch(Settlement.Fail.class::isInstance);
                    if (holdsFailure && othersDone.getCount() > 0) {
                        refusals.incrementAndGet();
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "disk full", null);
                    }
                    return real.settle(settlements);
                })
                .when(failing)
                .settle(any());
        JobClient client = JobClient.of(failing);
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(KNOWN, job -> {
                    throw JobException.user("no", "No");
                })
                .with(OTHER, job -> "fine");
        try (LogCapture log = new LogCapture();
                Worker worker = Worker.of(failing, processors).start()) {
            UUID failed = client.enqueue(NewJob.of(KNOWN, "x")).id();
            for (int i = 0; i < 20; i++) {
                UUID other = client.enqueue(NewJob.of(OTHER, "x")).id();
                assertThat(client.await(other, SOON).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            }
            assertThat(real.find(failed).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
            othersDone.countDown();

            assertThat(client.await(failed, SOON).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            assertThat(refusals.get()).isPositive();
            assertThat(log.lines()).anyMatch(line -> line.contains("disk full"));
            assertThat(real.failures(failed)).hasSize(1);
        }
    }

    @Test
    void keeps_trying_whatever_a_store_throws() {
        JobStore real = new InMemoryJobStore();
        JobStore failing = mock(JobStore.class, delegatesTo(real));
        doAnswer(call -> {
                    throw new Spiteful();
                })
                .doThrow(new OutOfMemoryError())
                .doAnswer(call -> real.settle(call.getArgument(0)))
                .when(failing)
                .settle(any());
        UUID id = JobClient.of(failing).enqueue(NewJob.of(KNOWN, "x")).id();
        try (LogCapture log = new LogCapture()) {
            Worker.of(failing, ProcessorRegistry.of().with(KNOWN, job -> null))
                    .build()
                    .drain();
        }
        assertThat(real.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void never_lets_a_failing_job_stop_the_others() {
        List<UUID> good = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            jobs.enqueue(NewJob.of(KNOWN, "x"));
            good.add(jobs.enqueue(NewJob.of(OTHER, "x")).id());
        }

        drain(ProcessorRegistry.of()
                .with(KNOWN, job -> {
                    throw new IllegalStateException("boom");
                })
                .with(OTHER, job -> null));

        assertThat(good).allSatisfy(id -> assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED));
    }

    @Test
    void does_not_claim_success_before_the_store_has_confirmed_it() throws InterruptedException {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        JobStore real = new InMemoryJobStore();
        JobStore slow = mock(JobStore.class, delegatesTo(real));
        doAnswer(call -> {
                    written.countDown();
                    assertThat(release.await(1, TimeUnit.MINUTES)).isTrue();
                    return real.settle(call.getArgument(0));
                })
                .when(slow)
                .settle(any());
        List<String> heard = new CopyOnWriteArrayList<>();
        try (LogCapture log = new LogCapture();
                Worker worker = Worker.of(slow, ProcessorRegistry.of().with(KNOWN, job -> null))
                        .lease(Duration.ofHours(1))
                        .listener(event -> heard.add(event.getClass().getSimpleName()))
                        .start()) {
            UUID id = JobClient.of(slow).enqueue(NewJob.of(KNOWN, "x")).id();
            assertThat(written.await(1, TimeUnit.MINUTES)).isTrue();

            assertThat(log.lines()).noneMatch(line -> line.contains("✅"));
            Patiently.await().until(() -> heard.equals(List.of("Started")));

            release.countDown();
            JobClient.of(slow).await(id, SOON);
        }
        assertThat(heard).containsExactly("Started", "Completed");
        verify(slow, never()).takeOver(any());
    }
}
