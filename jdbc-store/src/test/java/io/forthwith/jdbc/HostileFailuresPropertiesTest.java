package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.internal.SafeText;
import io.forthwith.jdbc.internal.schema.SchemaModel;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Whatever a job throws, its failure is recorded with all that belongs to it, in text that every store can hold. Each try is
 * one worker that runs one job per {@link SchemaModel}.
 */
class HostileFailuresPropertiesTest {
    private static final JobType<SchemaModel> TYPE = JobType.of("hostile", SchemaModel.class);
    private static final int ATTEMPTS = 2;

    /** What a throwable is like, given some text. */
    private enum SchemaModel {
        PLAIN,
        WITHOUT_MESSAGE,
        HUGE_MESSAGE,
        CYCLIC_CAUSES,
        DEEP_CAUSES,
        MANY_SUPPRESSED,
        LONG_TRACE,
        NULL_TRACE,
        THROWING_MESSAGE,
        THROWING_CAUSE,
        THROWING_TRACE,
        THROWING_ALL,
        ERROR,
        USER,
        RETRYABLE;

        Throwable with(String text) {
            return switch (this) {
                case PLAIN -> new IllegalStateException(text, new Exception(text));
                case WITHOUT_MESSAGE -> new Hostile(this, null);
                case HUGE_MESSAGE -> new Exception((text + "\0\ud83d").repeat(10_000_000 / (text.length() + 2)));
                case CYCLIC_CAUSES -> cyclic(text);
                case DEEP_CAUSES -> deep(text);
                case MANY_SUPPRESSED -> suppressing(text);
                case LONG_TRACE -> longTrace(text);
                case ERROR -> new NoClassDefFoundError(text);
                case USER -> JobException.user(text, text);
                case RETRYABLE ->
                    JobException.retryable(text).causedBy(new Exception(text)).after(Duration.ZERO);
                default -> new Hostile(this, text);
            };
        }

        private static Throwable cyclic(String text) {
            Exception first = new Exception(text);
            first.initCause(new Exception(text, first));
            first.addSuppressed(new Exception(text, first));
            return first;
        }

        private static Throwable deep(String text) {
            Throwable chain = new Exception(text);
            for (int i = 0; i < 10_000; i++) {
                chain = new Exception(text, chain);
            }
            return chain;
        }

        private static Throwable suppressing(String text) {
            Exception many = new Exception(text);
            Exception one = new Exception(text);
            for (int i = 0; i < 100_000; i++) {
                many.addSuppressed(one);
            }
            return many;
        }

        private static Throwable longTrace(String text) {
            Exception traced = new Exception(text);
            StackTraceElement[] frames = new StackTraceElement[10_000];
            Arrays.fill(frames, new StackTraceElement(text, text, text, 1));
            traced.setStackTrace(frames);
            return traced;
        }
    }

    @BeforeContainer
    static void quiet() {
        // What is logged is made, but not shown.
        ((Logger) LoggerFactory.getLogger(Worker.class)).setAdditive(false);
    }

    @AfterContainer
    static void loud() {
        ((Logger) LoggerFactory.getLogger(Worker.class)).setAdditive(true);
    }

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void is_recorded_in_memory(@ForAll("texts") List<String> texts) {
        runAll(new InMemoryJobStore(), texts);
    }

    @Property(tries = 3, shrinking = ShrinkingMode.OFF)
    void is_recorded_in_h2(@ForAll("texts") List<String> texts) {
        runAll(JdbcJobStore.of(TestH2.migrated()), texts);
    }

    @Property(tries = 3, shrinking = ShrinkingMode.OFF)
    void is_recorded_in_postgresql(@ForAll("texts") List<String> texts) {
        runAll(JdbcJobStore.of(TestPostgres.empty()), texts);
    }

    /** Any chars at all, one text per shape: NUL, controls, lone surrogates, pairs, bidirectional overrides. */
    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings()
                .withChars('\0', '\r', '\n', '\u001b', '\u202e', '\ud83d', '\ude00', '\u2028', '\uffff', 'a', '积', '"')
                .ofMaxLength(1_500)
                .list()
                .ofSize(SchemaModel.values().length);
    }

    private static void runAll(JobStore store, List<String> texts) {
        JobClient jobs = JobClient.of(store);
        Map<SchemaModel, Throwable> thrown = new EnumMap<>(SchemaModel.class);
        Map<SchemaModel, UUID> ids = new EnumMap<>(SchemaModel.class);
        Iterator<String> text = texts.iterator();
        for (SchemaModel shape : SchemaModel.values()) {
            thrown.put(shape, shape.with(text.next()));
            ids.put(
                    shape,
                    jobs.enqueue(NewJob.of(TYPE, shape).maxAttempts(ATTEMPTS)).id());
        }
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            throw sneaky(thrown.get(job.input(SchemaModel.class)));
        });
        Worker.of(store, processors).build().drain();
        ids.forEach((shape, id) ->
                assertRecorded(shape, jobs.find(id).orElseThrow(), jobs.failures(id), thrown.get(shape)));
    }

    private static void assertRecorded(SchemaModel shape, Job job, List<FailedAttempt> failures, Throwable thrown) {
        assertThat(failures).as(shape.name()).hasSize(shape == SchemaModel.RETRYABLE ? ATTEMPTS : 1);
        FailedAttempt last = failures.get(failures.size() - 1);
        assertThat(job.status()).as(shape.name()).isEqualTo(JobStatus.FAILED);
        assertThat(job.errorMessage()).isEqualTo(last.message());
        assertThat(job.errorCode()).isEqualTo(last.code());
        assertThat(job.errorKind()).isEqualTo(last.kind());
        assertThat(job.completedAt()).isNotNull();
        for (FailedAttempt failure : failures) {
            assertThat(failure.kind()).isEqualTo(shape == SchemaModel.USER ? JobError.Kind.USER : JobError.Kind.SYSTEM);
            assertThat(failure.code()).isNotEmpty().matches("[\\w\\-./:]{1,128}");
            assertSafe(failure.message(), 1_000);
            assertThat(failure.message()).doesNotContain("\n", "\r", "\u001b", "\u202e", "\u2028");
            assertThat(failure.exceptionClass()).isEqualTo(thrown.getClass().getName());
            assertSafe(failure.trace(), 8_000);
            assertThat(failure.trace()).startsWith(thrown.getClass().getName());
            assertThat(failure.workerId()).isNotNull();
            assertThat(failure.startedAt()).isNotNull();
            assertThat(failure.failedAt()).isAfterOrEqualTo(failure.startedAt());
            assertThat(failure.attempt()).isEqualTo(failures.indexOf(failure) + 1);
            assertThat(failure.claim()).isEqualTo(failure.attempt());
        }
    }

    private static void assertSafe(@Nullable String text, int most) {
        assertThat(text).isNotBlank();
        assertThat(SafeText.isStorable(text)).isTrue();
        assertThat(text.codePointCount(0, text.length())).isLessThanOrEqualTo(most + 1);
        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(4 * most + 3);
    }

    @SuppressWarnings("unchecked") // The cast is erased: the method throws its argument.
    private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** Throws from the methods that its shape names. */
    private static final class Hostile extends Exception {
        private static final long serialVersionUID = 1;

        private final SchemaModel shape;

        Hostile(SchemaModel shape, @Nullable String text) {
            super(text);
            this.shape = shape;
        }

        private void throwIn(SchemaModel method) {
            if (shape == method || shape == SchemaModel.THROWING_ALL) {
                throw new AssertionError("Do not call me");
            }
        }

        @Override
        public @Nullable String getMessage() {
            throwIn(SchemaModel.THROWING_MESSAGE);
            return super.getMessage();
        }

        @Override
        public synchronized @Nullable Throwable getCause() {
            throwIn(SchemaModel.THROWING_CAUSE);
            return super.getCause();
        }

        @Override
        public StackTraceElement @Nullable [] getStackTrace() {
            throwIn(SchemaModel.THROWING_TRACE);
            return shape == SchemaModel.NULL_TRACE ? null : super.getStackTrace();
        }

        @Override
        public String toString() {
            throwIn(SchemaModel.THROWING_MESSAGE);
            return super.toString();
        }
    }
}
