package io.forthwith.worker.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A secret that a processor throws")
class RedactionTest {
    private static final String SECRET = "sk-live-4242";
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<JobEvent> events = new ArrayList<>();

    /** How a processor throws the secret. */
    enum Way {
        USER_ERROR,
        RETRYABLE,
        BUG,
        CAUSE,
        NOT_READY,
        UNSTORABLE;

        Object process() {
            return switch (this) {
                case USER_ERROR -> throw JobException.user("refused", "No such key: " + SECRET);
                case RETRYABLE -> throw JobException.retryable("401 for " + SECRET);
                case BUG -> throw new IllegalStateException(SECRET);
                case CAUSE -> throw new IllegalStateException("no", new RuntimeException("because of " + SECRET));
                case NOT_READY -> throw new NotReadyException(Duration.ofMinutes(1), "waits for " + SECRET);
                case UNSTORABLE -> new Unstorable();
            };
        }
    }

    /** A result that cannot be written. */
    static final class Unstorable {
        public String getValue() {
            return Objects.requireNonNull(null, SECRET);
        }
    }

    /** Every text that remains of a job that ran once: log lines, rows and events. */
    private List<String> traces(Way way, UnaryOperator<String> redactor) {
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        List<String> traces = new ArrayList<>();
        try (LogCapture log = new LogCapture(Level.TRACE)) {
            Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> way.process()))
                    .redact(redactor)
                    .listener(events::add)
                    .build()
                    .drain();
            traces.addAll(log.lines());
            log.events().stream()
                    .map(ILoggingEvent::getThrowableProxy)
                    .filter(Objects::nonNull)
                    .forEach(thrown -> traces.add(ThrowableProxyUtil.asString(thrown)));
        }
        Job job = jobs.find(id).orElseThrow();
        traces.add(shown(job.errorMessage()) + shown(job.progress().message()));
        jobs.failures(id).forEach(failure -> traces.add(failure + shown(failure.trace())));
        events.forEach(event -> traces.add(event.toString()
                + (event instanceof JobEvent.Failed failed
                        ? shown(failed.error().trace())
                        : "")));
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
        return traces;
    }

    private static String shown(@Nullable String text) {
        return text == null ? "" : text;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is in the row, the history, the log and the events without redaction, and nowhere with it")
    void secrets_are_removed_everywhere(Way way) {
        assertThat(traces(way, UnaryOperator.identity())).anyMatch(text -> text.contains(SECRET));
        RedactionTest again = new RedactionTest();
        assertThat(again.traces(way, text -> text.replace(SECRET, "[key]")))
                .noneMatch(text -> text.contains(SECRET))
                .anyMatch(text -> text.contains("[key]"));
    }

    @Test
    @DisplayName("is not shown at all if the redaction fails")
    void failing() {
        List<UnaryOperator<String>> broken = List.of(text -> null, text -> {
            throw new IllegalStateException("cannot redact " + text);
        });
        for (UnaryOperator<String> redactor : broken) {
            assertThat(new RedactionTest().traces(Way.BUG, redactor))
                    .noneMatch(text -> text.contains(SECRET))
                    .anyMatch(text -> text.contains("could not be redacted"));
        }
    }
}
