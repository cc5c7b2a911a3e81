package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;

import ch.qos.logback.classic.Level;
import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.store.rows.InMemoryJobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** Every case of the error contract, for each of its layers. */
class ErrorContractTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final JobType<String> KNOWN = JobType.of("known", String.class);
    private static final JobType<String> OTHER = JobType.of("other", String.class);
    private static final JobType<String> UNKNOWN = JobType.of("unknown_task_type", String.class);

    private final JobStore store = mock(JobStore.class, delegatesTo(new InMemoryJobStore()));
    private final JobClient jobs = JobClient.of(store);

    @Nested
    class TheProcessor {
        @Test
        void runs_its_undo_actions_and_then_throws_the_same_exception() {
            List<String> events = new ArrayList<>();
            JobException thrown = JobException.permanent("API down", null);
            var processor = new BaseProcessor<String, String>(KNOWN) {
                @Override
                protected String process(String input, JobContext job) {
                    events.add("charged");
                    job.onFailure(() -> events.add("refunded"));
                    throw thrown;
                }
            };

            assertThatThrownBy(() -> processor.process(FakeJobContext.of("x"))).isSameAs(thrown);
            assertThat(events).containsExactly("charged", "refunded");
        }
    }

    @Nested
    class TheRegistry {
        @Test
        void catches_nothing_and_throws_the_same_object() {
            for (Throwable thrown : List.of(
                    new IllegalStateException("a"),
                    new Exception("checked"),
                    new StackOverflowError("b"),
                    new InterruptedException("c"))) {
                ProcessorRegistry registry = ProcessorRegistry.of().with(KNOWN, job -> {
                    throw sneaky(thrown);
                });

                assertThat(catchThrowable(() -> registry.process(context(KNOWN))))
                        .isSameAs(thrown);
            }
        }

        @Test
        void throws_for_a_type_without_a_processor() {
            ProcessorRegistry registry = ProcessorRegistry.of().with(KNOWN, job -> null);

            assertThatThrownBy(() -> registry.process(context(UNKNOWN)))
                    .isInstanceOf(UnknownJobTypeException.class)
                    .hasMessage("Unknown job type: unknown_task_type");
        }

        @Test
        void runs_the_undo_actions_of_a_lambda_before_it_throws() {
            List<String> undone = new ArrayList<>();
            ProcessorRegistry registry = ProcessorRegistry.of().with(KNOWN, job -> {
                job.onFailure(() -> undone.add("first taken"));
                job.onFailure(() -> undone.add("last taken"));
                throw new IllegalStateException();
            });

            assertThatThrownBy(() -> registry.process(context(KNOWN))).isInstanceOf(IllegalStateException.class);
            assertThat(undone).containsExactly("last taken", "first taken");
        }
    }

    @Nested
    class TheJobProcessor {
        private final ProcessorCall.FailureRecorder recorder = mock(ProcessorCall.FailureRecorder.class);

        @Test
        void records_an_unknown_type_once_and_returns_normally() throws Exception {
            JobProcessor processor =
                    new JobProcessor(ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.ENGLISH);
            JobContext job = context(UNKNOWN);

            try (LogCapture log = new LogCapture()) {
                assertThat(processor.process(job)).isEqualTo(ProcessorCall.FailureRecorded.INSTANCE);
                assertThat(log.lines())
                        .containsExactly("Job " + job.id() + " failed: Unknown job type: unknown_task_type");
            }
            ArgumentCaptor<JobError> error = ArgumentCaptor.forClass(JobError.class);
            verify(recorder, times(1)).recordFailure(any(), error.capture());
            assertThat(error.getValue().message()).isEqualTo("Unknown job type: unknown_task_type");
            assertThat(error.getValue().code()).isEqualTo("unknown_job_type");
        }

        @Test
        void stores_the_message_in_the_users_language_and_logs_in_english() throws Exception {
            JobProcessor processor =
                    new JobProcessor(ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.CHINESE);

            try (LogCapture log = new LogCapture()) {
                processor.process(context(UNKNOWN));
                assertThat(log.lines()).allMatch(line -> line.endsWith("Unknown job type: unknown_task_type"));
            }
            ArgumentCaptor<JobError> error = ArgumentCaptor.forClass(JobError.class);
            verify(recorder).recordFailure(any(), error.capture());
            assertThat(error.getValue().message()).isEqualTo("未知的任务类型: unknown_task_type");
        }

        @Test
        void uses_the_language_of_the_job_rather_than_that_of_the_worker() throws Exception {
            JobProcessor processor =
                    new JobProcessor(ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.ENGLISH);
            Job chinese =
                    context(UNKNOWN).job().toBuilder().locale(Locale.TAIWAN).build();

            processor.process(FakeJobContext.of("x").withJob(chinese));

            ArgumentCaptor<JobError> error = ArgumentCaptor.forClass(JobError.class);
            verify(recorder).recordFailure(any(), error.capture());
            assertThat(error.getValue().message()).isEqualTo("未知的任务类型: unknown_task_type");
        }

        @Test
        void logs_nothing_and_rethrows_the_same_exception_for_everything_else() {
            IllegalStateException thrown = new IllegalStateException("boom");
            JobProcessor processor = new JobProcessor(
                    ProcessorRegistry.of().with(KNOWN, job -> {
                        throw thrown;
                    }),
                    recorder,
                    Locale.ENGLISH);

            try (LogCapture log = new LogCapture()) {
                assertThatThrownBy(() -> processor.process(context(KNOWN))).isSameAs(thrown);
                assertThat(log.lines()).isEmpty();
            }
            verifyNoInteractions(recorder);
        }

        @Test
        void rethrows_an_unknown_type_exception_that_a_processor_throws() {
            UnknownJobTypeException thrown = new UnknownJobTypeException("something else");
            JobProcessor processor = new JobProcessor(
                    ProcessorRegistry.of().with(KNOWN, job -> {
                        throw thrown;
                    }),
                    recorder,
                    Locale.ENGLISH);

            assertThatThrownBy(() -> processor.process(context(KNOWN))).isSameAs(thrown);
            verifyNoInteractions(recorder);
        }
    }

    @Nested
    class TheWorker {
        @Test
        void records_a_failure_once_and_logs_it_when_it_is_confirmed() {
            UUID id = jobs.enqueue(NewJob.of(KNOWN, "x"));

            try (LogCapture log = new LogCapture()) {
                drain(ProcessorRegistry.of().with(KNOWN, job -> {
                    throw JobException.user("insufficient_credits", "积分不足");
                }));

                assertThat(log.jobLines()).hasSize(3);
                assertThat(log.jobLines().get(0)).isEqualTo("[Worker] ▶️  Job " + id + " (known) started");
                assertThat(log.jobLines().get(1))
                        .matches("\\[Worker] ❌ Job " + id + " failed after \\d+\\.\\d\\d s: 积分不足");
                assertThat(log.jobLines().get(2)).isEqualTo("[Worker] 📝 Job " + id + " marked as failed");
                assertThat(log.events().stream().filter(e -> e.getLevel() == Level.WARN))
                        .hasSize(1);
            }
            assertThat(failureWrites()).hasSize(1);
            assertThat(jobs.failures(id)).hasSize(1);
            assertThat(job(id).errorMessage()).isEqualTo("积分不足");
        }

        @Test
        @DisplayName("a user's error is never retried and leaves no trace in the log, at whatever level")
        void usersErrors() {
            JobException no = JobException.user("no_credits", "No credits");
            List<Throwable> ways = List.of(no, new IllegalStateException(no), new CompletionException(no));
            for (Throwable way : ways) {
                UUID id = jobs.enqueue(NewJob.of(KNOWN, "x"));
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
        void logs_the_trace_of_a_system_error_at_debug_level_only() {
            for (Level level : List.of(Level.INFO, Level.DEBUG)) {
                jobs.enqueue(NewJob.of(KNOWN, "x"));
                try (LogCapture log = new LogCapture(level)) {
                    drain(ProcessorRegistry.of().with(KNOWN, job -> {
                        throw new IllegalStateException("boom");
                    }));

                    assertThat(log.lines().stream()
                                    .filter(line -> line.contains("java.lang.IllegalStateException: boom")))
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
            UUID known = jobs.enqueue(NewJob.of(KNOWN, "x"));
            UUID other = jobs.enqueue(NewJob.of(OTHER, "x"));

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
        void settles_a_job_of_unknown_type_once_and_logs_one_line() {
            UUID id = jobs.enqueue(NewJob.of(UNKNOWN, "x"));

            try (LogCapture log = new LogCapture()) {
                drain(ProcessorRegistry.of().with(KNOWN, job -> null));

                assertThat(log.jobLines()).hasSize(3);
                assertThat(log.jobLines().get(0)).isEqualTo("[Worker] ▶️  Job " + id + " (unknown_task_type) started");
                assertThat(log.jobLines().get(1))
                        .isEqualTo("Job " + id + " failed: Unknown job type: unknown_task_type");
                assertThat(log.jobLines().get(2)).matches("\\[Worker] ✅ Job " + id + " done in \\d+\\.\\d\\d s");
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
                UUID id = jobs.enqueue(NewJob.of(KNOWN, "x"));

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
                UUID failed = client.enqueue(NewJob.of(KNOWN, "x"));
                for (int i = 0; i < 20; i++) {
                    UUID other = client.enqueue(NewJob.of(OTHER, "x"));
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
            UUID id = JobClient.of(failing).enqueue(NewJob.of(KNOWN, "x"));
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
                good.add(jobs.enqueue(NewJob.of(OTHER, "x")));
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
                        assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
                        return real.settle(call.getArgument(0));
                    })
                    .when(slow)
                    .settle(any());
            List<String> heard = new ArrayList<>();
            try (LogCapture log = new LogCapture();
                    Worker worker = Worker.of(slow, ProcessorRegistry.of().with(KNOWN, job -> null))
                            .listener(event -> heard.add(event.getClass().getSimpleName()))
                            .start()) {
                UUID id = JobClient.of(slow).enqueue(NewJob.of(KNOWN, "x"));
                assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();

                assertThat(log.lines()).noneMatch(line -> line.contains("✅"));
                assertThat(heard).containsExactly("Started");

                release.countDown();
                JobClient.of(slow).await(id, SOON);
            }
            assertThat(heard).containsExactly("Started", "Completed");
            verify(slow, never()).takeOver(any());
        }
    }

    private void drain(ProcessorRegistry processors) {
        Worker.of(store, processors).build().drain();
    }

    private Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    private List<Settlement> failureWrites() {
        ArgumentCaptor<List<Settlement>> written = ArgumentCaptor.captor();
        verify(store, atLeastOnce()).settle(written.capture());
        return written.getAllValues().stream()
                .flatMap(List::stream)
                .filter(Settlement.Fail.class::isInstance)
                .toList();
    }

    private static JobContext context(JobType<String> type) {
        return FakeJobContext.of("x")
                .withJob(Job.builder(UUID.randomUUID(), type.name(), Instant.EPOCH)
                        .build());
    }

    @SuppressWarnings("unchecked") // the cast is erased, so it can throw any throwable
    private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
