package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.Engine;
import io.forthwith.worker.internal.JobRunner;
import io.forthwith.worker.internal.WorkerReports;
import io.forthwith.worker.internal.attempt.LeaseDeadline;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.RestingKeys;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.NextDeadlineCheck;
import io.forthwith.worker.internal.report.FatalErrorsSeen;
import io.forthwith.worker.internal.report.JobListeners;
import io.forthwith.worker.internal.report.OutcomeCounts;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Any throwable from any code of the application: the failure is recorded, and the only slot runs the next job. */
class EveryThrowableTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private enum Place {
        VALIDATE,
        VERIFY_ACCESS,
        PROCESS,
        UNDO,
        BACK_OFF,
        CLASSIFIER_OF_TYPE,
        CLASSIFIER_OF_WORKER,
        LISTENER
    }

    private static final List<Supplier<Throwable>> THROWABLES = List.of(
            () -> new OutOfMemoryError("Java heap space"),
            () -> caught(() -> recurse(0)),
            () -> new InternalError("x"),
            () -> new NoClassDefFoundError("x"),
            () -> caught(() -> FailsToInitialize.touch()),
            () -> new AssertionError("x"),
            () -> new Error("as ThreadDeath"),
            () -> new IOException("checked"),
            () -> new Exception("checked"),
            () -> new InterruptedException("x"),
            Spiteful::new,
            SpitefulError::new,
            NullTrace::new);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private volatile @Nullable Throwable next;

    @ParameterizedTest
    @EnumSource
    void every_throwable_is_recorded_and_slot_and_worker_go_on(Place place) throws InterruptedException {
        try (LogCapture log = new LogCapture();
                Worker worker = Worker.of(store, ProcessorRegistry.of(new Throwing(place)))
                        .concurrency(1)
                        .errorClassifier(thrown -> throwIf(place == Place.CLASSIFIER_OF_WORKER))
                        .listener(new Listener(place))
                        .start()) {
            for (Supplier<Throwable> each : THROWABLES) {
                Throwable thrown = each.get();
                next = thrown;
                Job job = run("bad");
                assertRecorded(place, job, thrown);
                next = null;
                assertThat(run("good").status())
                        .as("after " + thrown.getClass())
                        .isEqualTo(JobStatus.COMPLETED);
            }
            assertThat(log.lines()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"started", "failed after"})
    void an_appender_that_throws_may_fail_the_job_but_slot_and_record_are_kept(String line)
            throws InterruptedException {
        Logger logger = (Logger) LoggerFactory.getLogger(Worker.class);
        Appender<ILoggingEvent> broken = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getFormattedMessage().contains(line)) {
                    throw new OutOfMemoryError();
                }
            }
        };
        broken.start();
        try (LogCapture log = new LogCapture();
                Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                            throw new IllegalStateException();
                        }))
                        .concurrency(1)
                        .start()) {
            logger.addAppender(broken);
            for (int i = 0; i < 3; i++) {
                Job job = run("bad");
                assertThat(job.status()).isEqualTo(JobStatus.FAILED);
                assertThat(jobs.failures(job.id())).hasSize(1);
            }
        } finally {
            logger.detachAppender(broken);
        }
    }

    @Test
    void a_job_fails_with_a_simple_error_if_the_decision_throws() {
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(TYPE, job -> null));
        SettlementDecision starved = mock(SettlementDecision.class);
        when(starved.decide(any(), any(), any(), any())).thenThrow(new OutOfMemoryError());
        when(starved.undecided(any()))
                .thenAnswer(call -> Settlement.fail(
                        Claim.of(call.getArgument(0)),
                        JobError.permanent("unexpected", "made in time"),
                        Locale.ENGLISH));
        Engine engine = fixture.engine;
        JobListeners listeners = new JobListeners(List.of());
        JobRunner runner = new JobRunner(
                engine.config,
                job -> new ProcessorCall.Returned(engine.processors.process(job)),
                engine.processors,
                starved,
                engine.lease,
                engine.held,
                engine.settling,
                new RestingKeys(fixture.store),
                new WorkerReports(engine.events, new FatalErrorsSeen(listeners), engine.counts, new OutcomeCounts()),
                new JobRateMeter(0),
                new NextDeadlineCheck(engine.deadlineSignal, engine.config.ticker()),
                new LeaseDeadline(OnSilence.GO_ON, engine.processors));
        UUID id = fixture.enqueue();
        engine.leasing.register();
        engine.claiming.run();
        fixture.pass(Duration.ofMillis(1));
        try (LogCapture log = new LogCapture()) {
            engine.slots.takeClaimedBefore(engine.config.ticker().nanos()).forEach(runner::run);
            engine.settling.run();
        }
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(fixture.job(id).errorMessage()).isEqualTo("made in time");
    }

    private Job run(String input) throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, input)).id();
        return jobs.await(id, SOON).orElseThrow();
    }

    private void assertRecorded(Place place, Job job, Throwable thrown) {
        if (place == Place.LISTENER) {
            assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
            return;
        }
        assertThat(job.status()).as(thrown.getClass().getName()).isEqualTo(JobStatus.FAILED);
        assertThat(job.errorMessage()).isNotBlank();
        assertThat(jobs.failures(job.id())).hasSize(1);
        FailedAttempt failure = jobs.failures(job.id()).get(0);
        switch (place) {
            case VALIDATE, VERIFY_ACCESS, PROCESS -> {
                assertThat(failure.kind()).isEqualTo(JobError.Kind.SYSTEM);
                assertThat(failure.code()).isEqualTo("unexpected");
                assertThat(failure.exceptionClass()).isEqualTo(thrown.getClass().getName());
                assertThat(failure.trace()).startsWith(thrown.getClass().getName());
            }
            case UNDO ->
                assertThat(failure.trace())
                        .contains("Suppressed: " + thrown.getClass().getName());
            case BACK_OFF -> assertThat(failure.message()).isEqualTo("still down");
            default -> assertThat(failure.exceptionClass()).isEqualTo(IllegalStateException.class.getName());
        }
    }

    private @Nullable JobError throwIf(boolean here) {
        Throwable thrown = next;
        if (here && thrown != null) {
            throw Spiteful.sneaky(thrown);
        }
        return null;
    }

    /** Throws the next throwable at the place that the test sets. */
    private final class Throwing extends BaseProcessor<String, String> {
        private final Place place;

        Throwing(Place place) {
            super(TYPE);
            this.place = place;
        }

        @Override
        protected void validate(String input) {
            throwIf(place == Place.VALIDATE);
        }

        @Override
        protected void verifyAccess(String input, JobContext job) {
            throwIf(place == Place.VERIFY_ACCESS);
        }

        @Override
        protected String process(String input, JobContext job) {
            throwIf(place == Place.PROCESS);
            if (input.equals("bad") && place == Place.BACK_OFF) {
                throw JobException.retryable("still down");
            }
            if (input.equals("bad") && place != Place.LISTENER) {
                job.onFailure(() -> throwIf(place == Place.UNDO));
                throw new IllegalStateException("fails anyway");
            }
            return "fine";
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.custom(attempt -> {
                throwIf(true);
                return Duration.ZERO;
            });
        }

        @Override
        public ErrorClassifier errorClassifier() {
            return thrown -> throwIf(place == Place.CLASSIFIER_OF_TYPE);
        }
    }

    private final class Listener implements JobListener {
        private final Place place;

        Listener(Place place) {
            this.place = place;
        }

        @Override
        public void onEvent(JobEvent event) {
            throwIf(place == Place.LISTENER);
        }

        @Override
        public void fatal(Job job, Error error) {
            throwIf(true);
        }
    }

    private static int recurse(int depth) {
        return depth < 0 ? 0 : recurse(depth + 1) + 1;
    }

    private static Throwable caught(Runnable failing) {
        try {
            failing.run();
        } catch (Throwable thrown) {
            return thrown;
        }
        throw new IllegalArgumentException("It did not fail");
    }

    /**
     * Its static initializer fails: the first use throws an ExceptionInInitializerError, later ones a
     * NoClassDefFoundError.
     */
    private static final class FailsToInitialize {
        private static final int NUMBER = Integer.parseInt("none");

        static void touch() {
            assertThat(NUMBER).isZero();
        }
    }

    private static final class SpitefulError extends Error {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new SpitefulError();
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            throw new SpitefulError();
        }

        @Override
        public String toString() {
            throw new SpitefulError();
        }
    }

    private static final class NullTrace extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        @SuppressWarnings("NullAway") // code of an application may do this
        public StackTraceElement @Nullable [] getStackTrace() {
            return null;
        }
    }
}
