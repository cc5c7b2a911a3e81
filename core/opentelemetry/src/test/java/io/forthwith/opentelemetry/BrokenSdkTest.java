package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.work;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.spi.FilterReply;
import io.forthwith.JobStatus;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

@DisplayName("An OpenTelemetry that throws")
class BrokenSdkTest {
    private final Traced traced = new Traced();
    private final Logger logger = (Logger) LoggerFactory.getLogger(JobTracing.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
    }

    @AfterEach
    void forget() {
        logger.detachAppender(log);
        logger.setAdditive(true);
    }

    /** The same, but a method of this name throws, in it or in what it hands out. */
    private static <T> T broken(T real, Class<T> type, String method, AtomicInteger thrown) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        thrown.incrementAndGet();
                        throw new NoSuchMethodError("broken on purpose: " + method);
                    }
                    try {
                        Object answer = called.invoke(real, arguments);
                        return answer == real ? proxy : wrapped(answer, called.getReturnType(), method, thrown);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                }));
    }

    @SuppressWarnings("unchecked") // the answer has the type that the method returns
    private static Object wrapped(Object answer, Class<?> type, String method, AtomicInteger thrown) {
        boolean isWrapped = type.isInterface() && type.getName().startsWith("io.opentelemetry.api.trace.");
        return isWrapped && !type.getSimpleName().equals("SpanContext")
                ? broken(answer, (Class<Object>) type, method, thrown)
                : answer;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tracerBuilder",
                "build",
                "spanBuilder",
                "setSpanKind",
                "setNoParent",
                "addLink",
                "startSpan",
                "storeInContext",
                "getSpanContext",
                "isRecording",
                "setAttribute",
                "setStatus",
                "addEvent",
                "end"
            })
    @DisplayName("disturbs no job, wherever it throws, and is logged once")
    void harmless(String method) {
        AtomicInteger thrown = new AtomicInteger();
        JobTracing tracing = JobTracing.of(broken(traced.sdk, OpenTelemetry.class, method, thrown));
        UUID first = traced.jobs.enqueue(work()).id();
        UUID second =
                traced.plain.interceptor(tracing).enqueue(work().maxAttempts(1)).id();
        traced.drain(tracing, job -> {
            if (job.id().equals(second)) {
                throw new IOException("disk");
            }
            return "done";
        });
        assertThat(Context.current()).isSameAs(Context.root());

        assertThat(traced.job(first).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(traced.job(first).result()).isEqualTo("\"done\"");
        assertThat(traced.plain.failures(second))
                .singleElement()
                .satisfies(failed -> assertThat(failed.exceptionClass()).isEqualTo("java.io.IOException"));
        assertThat(thrown).as("it was called").hasPositiveValue();
        assertThat(log.list).singleElement().satisfies(line -> {
            assertThat(line.getFormattedMessage()).contains("logged once");
            assertThat(line.getThrowableProxy().getMessage()).contains("broken on purpose");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"isRecording", "setAttribute", "setStatus", "addEvent"})
    @DisplayName("at a description of a span that has begun, leaves the span, which ends")
    void incomplete(String method) {
        JobTracing tracing = JobTracing.of(broken(traced.sdk, OpenTelemetry.class, method, new AtomicInteger()));
        traced.plain.interceptor(tracing).enqueue(work().maxAttempts(1));
        assertThat(traced.spans("enqueue default")).hasSize(1);
        traced.drain(tracing, job -> {
            throw new IOException("disk");
        });
        assertThat(traced.spans("process default")).hasSize(1);
    }

    @Test
    @DisplayName("is not asked for the attributes of a job that is not sampled")
    void notSampled() {
        Traced off = new Traced(traced.store, Sampler.alwaysOff());
        AtomicInteger asked = new AtomicInteger();
        JobTracing tracing = JobTracing.of(broken(off.sdk, OpenTelemetry.class, "setAttribute", asked));
        traced.plain.interceptor(tracing).enqueue(work());
        traced.drain(tracing, job -> "done");
        assertThat(asked).hasValue(0);
        assertThat(log.list).isEmpty();
    }

    @Test
    @DisplayName("disturbs no job even if the log throws too")
    void brokenLog() {
        TurboFilter throwing = new TurboFilter() {
            @Override
            public FilterReply decide(
                    Marker marker, Logger of, Level level, String format, Object[] values, Throwable t) {
                if (of == logger) {
                    throw new IllegalStateException("no log");
                }
                return FilterReply.NEUTRAL;
            }
        };
        LoggerContext context = logger.getLoggerContext();
        context.addTurboFilter(throwing);
        try {
            JobTracing tracing = JobTracing.of(broken(traced.sdk, OpenTelemetry.class, "end", new AtomicInteger()));
            UUID id = traced.plain.interceptor(tracing).enqueue(work()).id();
            traced.drain(tracing, job -> "done");
            assertThat(traced.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        } finally {
            context.getTurboFilterList().remove(throwing);
        }
    }
}
