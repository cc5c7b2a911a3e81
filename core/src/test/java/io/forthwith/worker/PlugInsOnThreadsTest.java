package io.forthwith.worker;

import static io.forthwith.Patiently.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.invocation.InvocationOnMock;
import org.slf4j.LoggerFactory;

/** All plug-ins throw errors at random, and the store fails at random, while a worker with its threads runs jobs. */
@Timeout(300)
class PlugInsOnThreadsTest {
    private static final int JOBS = 400;
    private static final int SLOTS = 4;
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final long seed = Long.getLong("forthwith.plugins.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, this::call);
    private final JobClient jobs = JobClient.of(memory);
    private final ExecutorService pool = Executors.newCachedThreadPool();
    private final ConcurrentHashMap<UUID, AtomicInteger> ends = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<UUID, AtomicInteger> undos = new ConcurrentHashMap<>();
    private final AtomicInteger thrown = new AtomicInteger();
    private final CountDownLatch meeting = new CountDownLatch(SLOTS);
    private volatile boolean isCalm;

    @AfterEach
    void stop() {
        pool.shutdown();
    }

    private void mayThrow(int percent) {
        if (!isCalm && random.nextInt(100) < percent) {
            thrown.incrementAndGet();
            throw new LinkageError("at random");
        }
    }

    private Object call(InvocationOnMock call) throws Throwable {
        String name = call.getMethod().getName();
        // A worker that cannot register, or ask whether there are limits, does not start.
        boolean isOfStart = name.equals("register") || name.equals("limits");
        if (!isCalm && !name.startsWith("on") && !isOfStart && random.nextInt(100) < 10) {
            throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "at random", null);
        }
        try {
            return call.getMethod().invoke(memory, call.getArguments());
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void execute(Runnable task) {
        mayThrow(20);
        pool.execute(task);
        mayThrow(20);
    }

    private Object process(JobContext job) throws InterruptedException {
        job.onFailure(
                () -> undos.computeIfAbsent(job.id(), id -> new AtomicInteger()).incrementAndGet());
        String input = job.input(String.class);
        if (input.equals("meets the others")) {
            meeting.countDown();
            meeting.await();
        }
        if (input.equals("fails")) {
            throw JobException.permanent("as it should");
        }
        if (input.equals("is cancelled")) {
            jobs.cancel(job.id());
        }
        return input;
    }

    private void heard(JobEvent event) {
        if (event instanceof JobEvent.Completed
                || event instanceof JobEvent.Failed
                || event instanceof JobEvent.Cancelled) {
            ends.computeIfAbsent(event.job().id(), id -> new AtomicInteger()).incrementAndGet();
        }
    }

    @Test
    void whatever_throws_each_job_ends_once_is_told_of_once_and_all_slots_are_free() {
        System.out.println("forthwith.plugins.seed=" + seed);
        List<UUID> ids = new ArrayList<>();
        try (BrokenAppender log = new BrokenAppender();
                Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, this::process))
                        .concurrency(SLOTS)
                        .pollInterval(Duration.ofMillis(50))
                        .executor(this::execute)
                        .redact(text -> {
                            mayThrow(20);
                            return text;
                        })
                        .errorClassifier(error -> {
                            mayThrow(20);
                            return null;
                        })
                        .listener(event -> mayThrow(20))
                        .listener(this::heard)
                        .start()) {
            for (int i = 0; i < JOBS; i++) {
                String input = i % 10 == 0 ? "fails" : i % 10 == 1 ? "is cancelled" : "completes";
                ids.add(jobs.enqueue(NewJob.of(TYPE, input)).id());
            }
            await().until(() -> ids.stream().allMatch(id -> job(id).status().isFinal()));
            await().until(() -> ends.size() == JOBS);
            isCalm = true;
            await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
            assertThat(log.refused).hasPositiveValue();
            assertThat(thrown.get()).as("errors thrown").isGreaterThan(JOBS / 10);

            // Each slot is free: as many jobs as there are slots run at the same time.
            for (int i = 0; i < SLOTS; i++) {
                ids.add(jobs.enqueue(NewJob.of(TYPE, "meets the others")).id());
            }
            await().until(() -> ends.size() == JOBS + SLOTS);
        }
        for (UUID id : ids) {
            Job job = job(id);
            JobStatus expected = job.input().equals("\"fails\"")
                    ? JobStatus.FAILED
                    : job.input().equals("\"is cancelled\"") ? JobStatus.CANCELLED : JobStatus.COMPLETED;
            assertThat(job.status()).as("seed %s: %s", seed, job).isEqualTo(expected);
            assertThat(ends.get(id)).as("seed %s: ends of %s", seed, job).hasValue(1);
            assertThat(undos.getOrDefault(id, new AtomicInteger()))
                    .as("seed %s: undo of %s", seed, job)
                    .hasValue(expected == JobStatus.COMPLETED ? 0 : 1);
        }
    }

    private Job job(UUID id) {
        return memory.find(id).orElseThrow();
    }

    /** Each line is refused with a probability of a third. */
    private final class BrokenAppender extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger("io.forthwith.worker");
        private final Level before = logger.getLevel();
        private final AtomicInteger refused = new AtomicInteger();

        BrokenAppender() {
            logger.setLevel(Level.TRACE);
            logger.setAdditive(false);
            start();
            logger.addAppender(this);
        }

        @Override
        public void doAppend(ILoggingEvent event) {
            if (random.nextInt(3) == 0) {
                refused.incrementAndGet();
                throw new LinkageError("appender");
            }
        }

        @Override
        protected void append(ILoggingEvent event) {}

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
    }
}
