package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A request enqueues a job, which fails once and then spawns two children and a finisher. */
@DisplayName("The spans of a request, its job and its family")
class TraceTreeTest {
    private static final JobType<String> FILM = JobType.of("film", String.class);
    private static final JobType<String> PART = JobType.of("part", String.class);

    private static final String LINKED = """
            POST /films  SERVER
            └─ enqueue films  PRODUCER
               ├┄ process films  CONSUMER, attempt 1 threw
               └┄ process films  CONSUMER, attempt 2 returned
                  ├─ enqueue frames  PRODUCER
                  │  └┄ process frames  CONSUMER, attempt 1 returned
                  ├─ enqueue sound  PRODUCER
                  │  └┄ process sound  CONSUMER, attempt 1 returned
                  └─ enqueue cut  PRODUCER
                     └┄ process cut  CONSUMER, attempt 1 returned
            """;
    private static final String CHILDREN = """
            POST /films  SERVER
            └─ enqueue films  PRODUCER
               ├─ process films  CONSUMER, attempt 1 threw
               └┄ process films  CONSUMER, attempt 2 returned
                  ├─ enqueue frames  PRODUCER
                  │  └─ process frames  CONSUMER, attempt 1 returned
                  ├─ enqueue sound  PRODUCER
                  │  └─ process sound  CONSUMER, attempt 1 returned
                  └─ enqueue cut  PRODUCER
                     └─ process cut  CONSUMER, attempt 1 returned
            """;

    static Stream<Arguments> everywhere() {
        return Stream.of(
                Arguments.of("in memory, linked", new InMemoryJobStore(), false),
                Arguments.of("in memory, children", new InMemoryJobStore(), true),
                Arguments.of("in H2, linked", h2(), false),
                Arguments.of("in H2, children", h2(), true));
    }

    private static JobStore h2() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        return JdbcJobStore.of(database);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everywhere")
    @DisplayName("are one tree")
    void tree(String name, JobStore store, boolean children) throws IOException {
        Traced traced = new Traced(store, Sampler.alwaysOn());
        List<UUID> ids = new ArrayList<>();
        traced.request(
                "POST /films",
                () -> ids.add(traced.jobs
                        .enqueue(NewJob.of(FILM, "Metropolis").queue("films"))
                        .id()));
        JobTracing tracing = children ? traced.tracing.childOfProducer() : traced.tracing;
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(FILM, Traced.retried(TraceTreeTest::film))
                .with(PART, job -> "done");
        Worker.of(store, processors)
                .queues("films", "frames", "sound", "cut")
                .interceptor(tracing)
                .build()
                .drain();

        assertThat(traced.job(ids.get(0)).status()).isEqualTo(JobStatus.COMPLETED);
        List<SpanData> spans = traced.exported.getFinishedSpanItems();
        assertThat(picture(spans)).isEqualTo(children ? CHILDREN : LINKED);
        assertThat(spans.stream().map(SpanData::getTraceId).distinct().count())
                .as("traces")
                .isEqualTo(children ? 2 : 6);
        assertThat(Files.readString(Path.of("../../docs/tracing.md")))
                .as("the picture in the documentation")
                .contains(LINKED);
    }

    private static Object film(JobContext job) throws SocketTimeoutException {
        if (job.attempt() == 1) {
            throw new SocketTimeoutException("no answer");
        }
        job.spawn(
                NewJob.of(PART, "frames").queue("frames"),
                NewJob.of(PART, "sound").queue("sound"));
        job.finishWith(NewJob.of(PART, "cut").queue("cut"));
        return "spawned";
    }

    /** Each span below its parent, or below the span that it links to. */
    private static String picture(List<SpanData> spans) {
        Map<String, List<SpanData>> below = new HashMap<>();
        spans.stream()
                .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos)
                        .thenComparing(span -> attribute(span, "forthwith.job.attempt")))
                .forEach(span -> below.computeIfAbsent(above(span), id -> new ArrayList<>())
                        .add(span));
        StringBuilder picture = new StringBuilder();
        below.getOrDefault("", List.of()).forEach(root -> {
            picture.append(line(root)).append('\n');
            draw(root, "", below, picture);
        });
        return picture.toString();
    }

    /** The id of the span above; empty for none. */
    private static String above(SpanData span) {
        if (span.getParentSpanContext().isValid()) {
            assertThat(span.getLinks()).as("a child links to nothing").isEmpty();
            return span.getParentSpanId();
        }
        assertThat(span.getLinks().size()).isLessThanOrEqualTo(1);
        return span.getLinks().stream()
                .map(link -> link.getSpanContext().getSpanId())
                .findFirst()
                .orElse("");
    }

    private static void draw(SpanData span, String indent, Map<String, List<SpanData>> below, StringBuilder picture) {
        List<SpanData> children = below.getOrDefault(span.getSpanId(), List.of());
        for (SpanData child : children) {
            boolean isLast = child == children.get(children.size() - 1);
            picture.append(indent)
                    .append(isLast ? "└" : "├")
                    .append(child.getParentSpanContext().isValid() ? "─ " : "┄ ")
                    .append(line(child))
                    .append('\n');
            draw(child, indent + (isLast ? "   " : "│  "), below, picture);
        }
    }

    private static String line(SpanData span) {
        String line = span.getName() + "  " + span.getKind();
        return attribute(span, "forthwith.job.attempt").equals("null")
                ? line
                : line + ", attempt " + attribute(span, "forthwith.job.attempt") + ' '
                        + attribute(span, "forthwith.job.outcome");
    }
}
