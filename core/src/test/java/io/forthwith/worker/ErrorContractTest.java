package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** Every case of the error contract, for each of its layers. */
class ErrorContractTest extends ErrorContractFixture {
    @Nested
    class TheProcessor {
        @Test
        void runs_its_undo_actions_and_then_throws_the_same_exception() {
            List<String> events = new ArrayList<>();
            JobException thrown = JobException.permanent("API down");
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
            JobProcessor processor = new JobProcessor(
                    ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.ENGLISH, List.of());
            JobContext job = context(UNKNOWN);

            try (LogCapture log = new LogCapture()) {
                assertThat(processor.process(job)).isEqualTo(ProcessorCall.FailureRecorded.INSTANCE);
                assertThat(log.lines())
                        .startsWith("Job " + job.id() + " failed: Unknown job type: unknown_task_type")
                        .hasSize(2);
            }
            ArgumentCaptor<JobError> error = ArgumentCaptor.forClass(JobError.class);
            verify(recorder, times(1)).recordFailure(any(), error.capture());
            assertThat(error.getValue().message()).isEqualTo("Unknown job type: unknown_task_type");
            assertThat(error.getValue().code()).isEqualTo("unknown_job_type");
        }

        @Test
        void stores_the_message_in_the_users_language_and_logs_in_english() throws Exception {
            JobProcessor processor = new JobProcessor(
                    ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.CHINESE, List.of());

            try (LogCapture log = new LogCapture()) {
                processor.process(context(UNKNOWN));
                assertThat(log.lines().get(0)).endsWith("Unknown job type: unknown_task_type");
                assertThat(log.lines().get(1)).contains("the types that this worker knows are known;");
            }
            ArgumentCaptor<JobError> error = ArgumentCaptor.forClass(JobError.class);
            verify(recorder).recordFailure(any(), error.capture());
            assertThat(error.getValue().message()).isEqualTo("未知的任务类型: unknown_task_type");
        }

        @Test
        void uses_the_language_of_the_job_rather_than_that_of_the_worker() throws Exception {
            JobProcessor processor = new JobProcessor(
                    ProcessorRegistry.of().with(KNOWN, job -> null), recorder, Locale.ENGLISH, List.of());
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
                    Locale.ENGLISH,
                    List.of());

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
                    Locale.ENGLISH,
                    List.of());

            assertThatThrownBy(() -> processor.process(context(KNOWN))).isSameAs(thrown);
            verifyNoInteractions(recorder);
        }
    }
}
