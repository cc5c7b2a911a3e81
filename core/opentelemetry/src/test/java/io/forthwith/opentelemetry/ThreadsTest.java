package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.WORK;
import static io.forthwith.opentelemetry.Traced.attribute;
import static io.forthwith.opentelemetry.Traced.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.Processor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The threads of traced jobs")
class ThreadsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final ContextKey<String> LEAK = ContextKey.named("leak");

    private final Traced traced = new Traced();
    private final ExecutorService threads = Executors.newFixedThreadPool(3);
    /** What was current when a task of the worker had ended, unless that was the root. */
    private final List<Context> left = new CopyOnWriteArrayList<>();

    private final AtomicInteger tasks = new AtomicInteger();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private Worker start(Processor processor) {
        return Worker.of(traced.store, ProcessorRegistry.of().with(WORK, processor))
                .concurrency(3)
                .gracePeriod(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .executor(task -> threads.execute(() -> {
                    task.run();
                    tasks.incrementAndGet();
                    if (Context.current() != Context.root()) {
                        left.add(Context.current());
                    }
                }))
                .interceptor(traced.tracing)
                .start();
    }

    @Test
    @DisplayName("are clean after each of many jobs, whether it returns, throws, or leaves a context of its own behind")
    void clean() {
        Set<String> dirty = ConcurrentHashMap.newKeySet();
        Set<String> current = ConcurrentHashMap.newKeySet();
        List<UUID> ids = IntStream.range(0, 300)
                .mapToObj(i -> traced.jobs.enqueue(work().maxAttempts(1)).id())
                .toList();
        AtomicInteger number = new AtomicInteger();
        try (Worker worker = start(job -> {
            if (Context.current().get(LEAK) != null) {
                dirty.add(job.id().toString());
            }
            current.add(Span.current().getSpanContext().getSpanId());
            return behave(number.incrementAndGet());
        })) {
            await().atMost(SOON)
                    .until(() ->
                            traced.plain.countByScan(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING))
                                    == 0);
        }
        assertThat(left).isEmpty();
        assertThat(tasks).hasPositiveValue();
        assertThat(dirty).isEmpty();
        assertThat(current).as("each attempt has a span of its own").hasSize(ids.size());
        assertThat(traced.spans("process default"))
                .extracting(SpanData::getSpanId)
                .containsExactlyInAnyOrderElementsOf(current);
        assertThat(traced.plain.countByScan(JobQuery.all().status(JobStatus.FAILED)))
                .isEqualTo(100);
    }

    @SuppressWarnings("MustBeClosedChecker") // on purpose
    private static @Nullable Object behave(int number) throws IOException {
        if (number % 3 == 0) {
            throw new IOException("disk");
        }
        if (number % 3 == 1) {
            Context.current().with(LEAK, "of job " + number).makeCurrent();
        }
        return null;
    }

    @Test
    @DisplayName("are clean after a job that went on after its time limit, whose span then ends")
    void abandoned() {
        CountDownLatch released = new CountDownLatch(1);
        UUID id = traced.jobs
                .enqueue(work().maxAttempts(1).timeLimit(Duration.ofMillis(100)))
                .id();
        try (Worker worker = start(job -> {
            awaitUninterruptibly(released);
            return "too late";
        })) {
            await().atMost(SOON).until(() -> traced.job(id).status() == JobStatus.FAILED);
            assertThat(traced.spans("process default")).isEmpty();
            released.countDown();
            await().atMost(SOON).until(() -> traced.spans("process default").size() == 1);
        }
        assertThat(attribute(traced.processed(), "forthwith.job.outcome")).isEqualTo("returned");
        threads.shutdown();
        await().atMost(SOON).until(threads::isTerminated);
        assertThat(left).isEmpty();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException ignored) {
                // As a processor that cannot be stopped.
            }
        }
    }

    @Test
    @DisplayName(
            "are clean after a job that was cancelled, which is no error, or interrupted at its time limit, which is one")
    void interrupted() {
        CountDownLatch begun = new CountDownLatch(1);
        UUID id = traced.jobs.enqueue(work()).id();
        try (Worker worker = start(job -> waitForever(job, begun))) {
            await().atMost(SOON).until(() -> begun.getCount() == 0);
            traced.plain.cancel(id);
            await().atMost(SOON).until(() -> traced.job(id).status() == JobStatus.CANCELLED);
            traced.jobs.enqueue(work().queue("default").maxAttempts(1).timeLimit(Duration.ofMillis(100)));
            await().atMost(SOON).until(() -> traced.spans("process default").size() == 2);
        }
        assertThat(traced.spans("process default"))
                .extracting(
                        span -> attribute(span, "forthwith.job.outcome"),
                        span -> span.getStatus().getStatusCode(),
                        span -> attribute(span, "error.type"))
                .containsExactly(
                        tuple("cancelled", StatusCode.UNSET, "null"),
                        tuple("threw", StatusCode.ERROR, "java.lang.InterruptedException"));
        threads.shutdown();
        await().atMost(SOON).until(threads::isTerminated);
        assertThat(left).isEmpty();
    }

    @Test
    @DisplayName(
            "end with a worker that stops, which gives its jobs back: no error, unless the processor says what failed")
    void stopped() {
        CountDownLatch begun = new CountDownLatch(2);
        UUID id = traced.jobs.enqueue(work()).id();
        UUID failing = traced.jobs.enqueue(work().maxAttempts(1)).id();
        try (Worker worker = start(job -> {
            try {
                return waitForever(job, begun);
            } catch (InterruptedException stopped) {
                throw job.id().equals(failing)
                        ? JobException.user("half_done", "secret")
                        : new IllegalStateException("secret", stopped);
            }
        })) {
            await().atMost(SOON).until(() -> begun.getCount() == 0);
        }
        assertThat(traced.spans("process default"))
                .extracting(
                        span -> attribute(span, "messaging.message.id"),
                        span -> attribute(span, "forthwith.job.outcome"),
                        span -> span.getStatus().getStatusCode())
                .containsExactlyInAnyOrder(
                        tuple(id.toString(), "given_back", StatusCode.UNSET),
                        tuple(failing.toString(), "threw", StatusCode.ERROR));
        assertThat(traced.job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(traced.job(id).attempt()).isZero();
        assertThat(traced.job(failing).status()).isEqualTo(JobStatus.FAILED);
    }

    private static @Nullable Object waitForever(JobContext job, CountDownLatch begun) throws InterruptedException {
        begun.countDown();
        new CountDownLatch(1).await();
        return job.id();
    }
}
