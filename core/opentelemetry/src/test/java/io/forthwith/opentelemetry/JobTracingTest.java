package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.WORK;
import static io.forthwith.opentelemetry.Traced.attribute;
import static io.forthwith.opentelemetry.Traced.attributes;
import static io.forthwith.opentelemetry.Traced.isLinkedTo;
import static io.forthwith.opentelemetry.Traced.retried;
import static io.forthwith.opentelemetry.Traced.traceparent;
import static io.forthwith.opentelemetry.Traced.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.schedule.Schedule;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Traces of jobs")
class JobTracingTest {
    private static final Processor DONE = job -> "secret result";

    private final Traced traced = new Traced();

    @Test
    @DisplayName("begin with a span of the enqueuing, below the caller's, which the job is stored with")
    void enqueued() {
        List<UUID> ids = new ArrayList<>();
        Span request = traced.request(
                "POST /orders",
                () -> ids.add(traced.jobs
                        .enqueue(work().queue("slow")
                                .user("secret user")
                                .project("secret project")
                                .metadata("tenant", "secret tenant"))
                        .id()));

        SpanData span = traced.span("enqueue slow");
        assertThat(span.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(span.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
        assertThat(span.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
        assertThat(span.getLinks()).isEmpty();
        assertThat(span.getEvents()).isEmpty();
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("io.forthwith");
        String id = ids.get(0).toString();
        assertThat(attributes(span))
                .isEqualTo(Map.of(
                        "messaging.system", "forthwith",
                        "messaging.operation.name", "enqueue",
                        "messaging.operation.type", "create",
                        "messaging.destination.name", "slow",
                        "messaging.message.id", id,
                        "messaging.message.conversation_id", id,
                        "forthwith.job.type", "work"));
        assertThat(traced.job(ids.get(0)).traceContext()).isEqualTo(traceparent(span));
    }

    @Test
    @DisplayName("have a span of each attempt: a trace of its own, with a link to the enqueuing")
    void processed() {
        UUID id = traced.jobs.enqueue(work()).id();
        traced.request("test", () -> traced.drain(DONE));

        SpanData span = traced.processed();
        assertThat(span.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(span.getParentSpanContext().isValid())
                .as("not below what is current where jobs are run")
                .isFalse();
        assertThat(span.getTraceId()).isNotEqualTo(traced.enqueued().getTraceId());
        assertThat(isLinkedTo(span, traced.enqueued())).isTrue();
        assertThat(span.getEvents()).isEmpty();
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("io.forthwith");
        assertThat(attributes(span))
                .isEqualTo(Map.of(
                        "messaging.system", "forthwith",
                        "messaging.operation.name", "process",
                        "messaging.operation.type", "process",
                        "messaging.destination.name", "default",
                        "messaging.message.id", id.toString(),
                        "messaging.message.conversation_id", id.toString(),
                        "forthwith.job.type", "work",
                        "forthwith.job.attempt", 1L,
                        "forthwith.job.outcome", "returned"));
    }

    @Test
    @DisplayName("can have the first attempt below the enqueuing, and link the later ones")
    void childOfProducer() {
        JobTracing child = traced.tracing.childOfProducer();
        UUID id = traced.jobs.enqueue(work()).id();
        traced.drain(child, retried(job -> {
            if (job.attempt() == 1) {
                throw new SocketTimeoutException("later");
            }
            return "done";
        }));

        SpanData first = traced.spans("process default").get(0);
        assertThat(first.getParentSpanContext().getSpanId())
                .isEqualTo(traced.enqueued().getSpanId());
        assertThat(first.getParentSpanContext().isRemote()).isTrue();
        assertThat(first.getLinks()).isEmpty();
        SpanData second = traced.spans("process default").get(1);
        assertThat(second.getParentSpanContext().isValid()).isFalse();
        assertThat(isLinkedTo(second, traced.enqueued())).isTrue();
        assertThat(attribute(second, "forthwith.job.attempt")).isEqualTo("2");
        assertThat(traced.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("link a job that was postponed, whose attempt did not count, or is retried by hand, to its enqueuing")
    void postponedAndRetried() {
        JobTracing child = traced.tracing.childOfProducer();
        UUID id = traced.jobs.enqueue(work().maxAttempts(1)).id();
        List<Exception> failures =
                new ArrayList<>(List.of(new NotReadyException(Duration.ZERO, "not there"), new IOException("disk")));
        Processor processor = job -> {
            if (failures.isEmpty()) {
                return "done";
            }
            throw failures.remove(0);
        };
        traced.drain(child, processor);
        assertThat(traced.job(id).status()).isEqualTo(JobStatus.FAILED);
        traced.plain.retry(id);
        traced.drain(child, processor);

        List<SpanData> attempts = traced.spans("process default");
        assertThat(attempts)
                .extracting(span -> attribute(span, "forthwith.job.attempt"))
                .containsOnly("1");
        assertThat(attempts)
                .extracting(span -> attribute(span, "forthwith.job.outcome"))
                .containsExactly("not_ready", "threw", "returned");
        assertThat(attempts.get(0).getParentSpanId())
                .isEqualTo(traced.enqueued().getSpanId());
        assertThat(attempts.subList(1, 3))
                .allSatisfy(
                        span -> assertThat(isLinkedTo(span, traced.enqueued())).isTrue());
    }

    @Test
    @DisplayName("leave a job alone that has a trace already")
    void hasTrace() {
        String foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1";
        UUID id = traced.jobs.enqueue(work().traceContext(foreign)).id();
        assertThat(traced.exported.getFinishedSpanItems()).isEmpty();
        assertThat(traced.job(id).traceContext()).isEqualTo(foreign);
        traced.drain(DONE);

        SpanContext producer = traced.processed().getLinks().get(0).getSpanContext();
        assertThat(producer.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(producer.getSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(producer.getTraceState().get("vendor")).isEqualTo("1");
        assertThat(producer.isRemote()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                " ",
                " vendor=1",
                "00-",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333x-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "{\"trace\":\"0af7651916cd43dd8448eb211c80319c\"}"
            })
    @DisplayName("begin anew if the trace of a job cannot be read")
    void unreadable(String broken) {
        UUID id = traced.plain.enqueue(work().traceContext(broken)).id();
        traced.drain(DONE);
        UUID another = traced.plain.enqueue(work().traceContext(broken)).id();
        traced.drain(traced.tracing.childOfProducer(), DONE);

        assertThat(List.of(traced.job(id).status(), traced.job(another).status()))
                .containsOnly(JobStatus.COMPLETED);
        assertThat(traced.spans("process default")).hasSize(2).allSatisfy(span -> {
            assertThat(span.getParentSpanContext().isValid()).isFalse();
            assertThat(span.getLinks()).isEmpty();
        });
    }

    @Test
    @DisplayName("keep the span if only its tracestate cannot be read")
    void unreadableState() {
        traced.plain.enqueue(
                work().traceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 =;;,no state"));
        traced.drain(traced.tracing.childOfProducer(), DONE);
        assertThat(traced.processed().getParentSpanId()).isEqualTo("b7ad6b7169203331");
    }

    @Test
    @DisplayName("begin anew for a job without a trace, as one that a client without tracing or a schedule enqueued")
    void noTrace() {
        traced.plain.enqueue(work());
        traced.jobs.schedules().put(Schedule.of("nightly", WORK, "x").every(Duration.ofDays(1)));
        traced.jobs.schedules().runNow("nightly");
        traced.drain(traced.tracing.childOfProducer(), DONE);

        assertThat(traced.exported.getFinishedSpanItems()).hasSize(2).allSatisfy(span -> {
            assertThat(span.getName()).isEqualTo("process default");
            assertThat(span.getParentSpanContext().isValid()).isFalse();
            assertThat(span.getLinks()).isEmpty();
        });
    }

    @Test
    @DisplayName("carry the tracestate, or leave it out if a job cannot hold it")
    void traceState() {
        UUID small = enqueueBelow(TraceState.builder().put("vendor", "1").build());
        assertThat(traced.job(small).traceContext()).isEqualTo(traceparent(traced.enqueued()) + " vendor=1");
        traced.exported.reset();
        assertThat(traced.job(enqueueBelow(large(26))).traceContext()).hasSize(600);
        traced.exported.reset();
        UUID tooLarge = enqueueBelow(large(27));
        assertThat(traced.job(tooLarge).traceContext()).isEqualTo(traceparent(traced.enqueued()));
    }

    private static TraceState large(int rest) {
        return TraceState.builder()
                .put("a", "x".repeat(255))
                .put("b", "y".repeat(255))
                .put("c", "z".repeat(rest))
                .build();
    }

    private UUID enqueueBelow(TraceState state) {
        SpanContext caller = SpanContext.createFromRemoteParent(
                "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", TraceFlags.getSampled(), state);
        try (Scope scope = Context.root().with(Span.wrap(caller)).makeCurrent()) {
            return traced.jobs.enqueue(work()).id();
        }
    }

    @Test
    @DisplayName(
            "have a span for each job of a family, and of a call that returns before the job is stored, below the caller's")
    void everyWay() throws Exception {
        NewJob parent = work().unsealed();
        NewJob child = work().parent(parent);
        Span request = traced.request("POST /orders", () -> {
            traced.jobs.enqueueAll(List.of(parent, child));
            try {
                traced.jobs.enqueueAsync(work()).get();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThat(traced.spans("enqueue default"))
                .hasSize(3)
                .allSatisfy(span -> assertThat(span.getParentSpanId())
                        .isEqualTo(request.getSpanContext().getSpanId()));
        assertThat(traced.spans("enqueue default"))
                .filteredOn(span -> attribute(span, "messaging.message.id")
                        .equals(child.id().toString()))
                .singleElement()
                .satisfies(span -> assertThat(attribute(span, "messaging.message.conversation_id"))
                        .isEqualTo(parent.id().toString()));
        traced.drain(DONE);
        assertThat(traced.spans("process default"))
                .filteredOn(span -> attribute(span, "messaging.message.id")
                        .equals(child.id().toString()))
                .singleElement()
                .satisfies(span -> assertThat(attribute(span, "messaging.message.conversation_id"))
                        .isEqualTo(parent.id().toString()));
    }

    private static JdbcDataSource database() throws SQLException {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        return database;
    }

    @Test
    @DisplayName("go through a transaction of the application, and its database")
    void inTransaction() throws Exception {
        JdbcDataSource database = database();
        JdbcJobStore store = JdbcJobStore.of(database);
        Traced there = new Traced(store, Sampler.alwaysOn());
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            TransactionJobs.of(store.joining(connection))
                    .interceptor(there.tracing)
                    .enqueue(work());
            connection.commit();
        }
        there.drain(DONE);
        assertThat(isLinkedTo(there.processed(), there.enqueued())).isTrue();
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(JobException.user("no_credits", "secret"), "no_credits"),
                Arguments.of(JobException.http(404, "secret"), "http_404"),
                Arguments.of(
                        new CompletionException(new ExecutionException(JobException.user("no_credits", "secret"))),
                        "no_credits"),
                Arguments.of(new IOException("secret"), "java.io.IOException"),
                Arguments.of(
                        new IllegalStateException("secret", new IOException("secret")),
                        "java.lang.IllegalStateException"),
                Arguments.of(new AssertionError("secret"), "java.lang.AssertionError"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    @DisplayName("say that an attempt threw, what, and never with which message")
    void threw(Throwable thrown, String type) {
        UUID id = traced.jobs.enqueue(work().maxAttempts(1)).id();
        traced.drain(job -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (Exception) thrown;
        });

        SpanData span = traced.processed();
        assertThat(span.getStatus()).isEqualTo(StatusData.create(StatusCode.ERROR, ""));
        assertThat(attribute(span, "error.type")).isEqualTo(type);
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("threw");
        assertThat(span.getEvents()).singleElement().satisfies(event -> {
            assertThat(event.getName()).isEqualTo("exception");
            assertThat(attributes(event.getAttributes()))
                    .isEqualTo(Map.of("exception.type", thrown.getClass().getName()));
        });
        assertThat(attributes(span)).hasSize(10);
        assertThat(traced.exported.getFinishedSpanItems().toString()).doesNotContain("secret");
        assertThat(traced.plain.failures(id))
                .singleElement()
                .satisfies(failed -> assertThat(failed.exceptionClass())
                        .isEqualTo(thrown.getClass().getName()));
    }

    @Test
    @DisplayName("pass on what the processor throws, the same object")
    void sameException() {
        Exception thrown = new IOException("disk");
        assertThatThrownBy(() -> traced.tracing.around(FakeJobContext.of("x"), () -> {
                    throw thrown;
                }))
                .isSameAs(thrown);
    }

    @Test
    @DisplayName("do not call it an error if the processor was not ready")
    void notReady() {
        traced.jobs.enqueue(work());
        traced.drain(job -> {
            throw new NotReadyException(Duration.ofDays(1), "secret");
        });
        SpanData span = traced.processed();
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("not_ready");
        assertThat(attributes(span)).doesNotContainKey("error.type");
        assertThat(span.getEvents()).isEmpty();
    }

    @Test
    @DisplayName("do not call it an error if the processor was told to wait")
    void rateLimited() {
        traced.jobs.enqueue(work());
        traced.drain(job -> {
            throw JobException.rateLimited(Duration.ofDays(1));
        });
        SpanData span = traced.processed();
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("not_ready");
    }

    @Test
    @DisplayName("do not call it an error either if others wrap that")
    void wrappedNotReady() {
        UUID id = traced.jobs.enqueue(work()).id();
        traced.drain(job -> {
            throw new ExecutionException(new NotReadyException(Duration.ofDays(1), "secret"));
        });
        SpanData span = traced.processed();
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("not_ready");
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(traced.job(id).status()).as("as the worker sees it").isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("do not call it an error if a worker that lost its lease throws, whatever that is")
    void leaseLost() {
        for (Exception thrown : List.of(new IOException("secret"), new NotReadyException(Duration.ZERO, "secret"))) {
            assertThatThrownBy(() -> traced.tracing.around(
                            FakeJobContext.of("x").cancel().loseLease(), () -> {
                                throw thrown;
                            }))
                    .isSameAs(thrown);
        }
        assertThat(traced.spans("process default")).hasSize(2).allSatisfy(span -> {
            assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("lease_lost");
            assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        });
    }

    @Test
    @DisplayName("do not call it an error if the processor throws after it has completed the job in a transaction")
    void completed() throws Exception {
        JdbcJobStore store = JdbcJobStore.of(database());
        Traced there = new Traced(store, Sampler.alwaysOn());
        UUID id = there.jobs.enqueue(work()).id();
        there.drain(job -> {
            store.complete(job, connection -> "done");
            throw new IOException("secret");
        });
        SpanData span = there.processed();
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("completed");
        assertThat(span.getStatus()).isEqualTo(StatusData.unset());
        assertThat(there.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("of a type that nobody knows say so")
    void unknownType() {
        traced.jobs.enqueue(NewJob.of(JobType.of("unknown", String.class), "x"));
        traced.drain(DONE);
        assertThat(attribute(traced.processed(), "error.type")).isEqualTo("io.forthwith.UnknownJobTypeException");
    }

    /** Charges, and fails. */
    private static final class Charging extends BaseProcessor<String, String> {
        private final List<Span> current;
        private final Step<String> charge;

        Charging(List<Span> current) {
            super(WORK);
            this.current = current;
            this.charge = step("charge", String.class).undo((result, undo) -> current.add(Span.current()));
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            job.onFailure(() -> current.add(Span.current()));
            job.run(charge, key -> {
                current.add(Span.current());
                return "charged";
            });
            throw new IllegalStateException("later");
        }
    }

    @Test
    @DisplayName("hold the durable steps and the undo actions of an attempt; the undo job is traced like any other")
    void stepsAndUndo() {
        List<Span> current = new ArrayList<>();
        traced.jobs.enqueue(work().maxAttempts(1));
        traced.drain(traced.tracing, ProcessorRegistry.of(new Charging(current)));

        SpanData attempt = traced.processed();
        SpanData undo = traced.span("process undo:work");
        assertThat(current)
                .extracting(span -> span.getSpanContext().getSpanId())
                .containsExactly(attempt.getSpanId(), attempt.getSpanId(), undo.getSpanId());
        assertThat(isLinkedTo(undo, traced.enqueued())).isTrue();
        assertThat(attribute(undo, "forthwith.job.type")).isEqualTo("undo:work");
        assertThat(attribute(undo, "forthwith.job.outcome")).isEqualTo("returned");
    }

    @Test
    @DisplayName("that are not sampled are not stored, unless a child is to follow the decision")
    void unsampled() {
        Traced off = new Traced(traced.store, Sampler.alwaysOff());
        UUID id = off.jobs.enqueue(work()).id();
        assertThat(off.job(id).traceContext()).isNull();
        JobClient parentsOfChildren = JobClient.of(traced.store).interceptor(off.tracing.childOfProducer());
        List<Span> current = new ArrayList<>();
        off.drain(job -> current.add(Span.current()));

        assertThat(off.exported.getFinishedSpanItems()).isEmpty();
        assertThat(current).singleElement().satisfies(span -> {
            assertThat(span.isRecording()).isFalse();
            assertThat(span.getSpanContext().isValid()).isTrue();
        });

        Traced parents = new Traced(traced.store, Sampler.parentBased(Sampler.alwaysOn()));
        UUID child = parentsOfChildren.enqueue(work()).id();
        assertThat(off.job(child).traceContext()).endsWith("-00");
        parents.drain(parents.tracing.childOfProducer(), DONE);
        assertThat(parents.exported.getFinishedSpanItems())
                .as("a child follows the decision of its parent")
                .isEmpty();
        off.jobs.enqueue(work());
        parents.drain(DONE);
        assertThat(parents.processed().getLinks())
                .as("what is not sampled is not linked")
                .isEmpty();
    }

    @Test
    @DisplayName("are not there without an SDK, and jobs have none then")
    void noSdk() {
        UUID id = traced.plain
                .interceptor(JobTracing.of(OpenTelemetry.noop()))
                .enqueue(work())
                .id();
        assertThat(traced.job(id).traceContext()).isNull();
        traced.drain(JobTracing.of(OpenTelemetry.noop()), DONE);
        assertThat(traced.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(traced.exported.getFinishedSpanItems()).isEmpty();
    }

    @Test
    @DisplayName("need an instance of OpenTelemetry")
    void none() {
        assertThatThrownBy(() -> JobTracing.of(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("give your instance");
    }
}
