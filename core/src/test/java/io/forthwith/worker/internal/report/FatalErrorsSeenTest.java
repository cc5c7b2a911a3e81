package io.forthwith.worker.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Spiteful;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * After an error of the JVM itself, the job fails, the listeners get the error, and the health of the worker reports
 * it.
 */
class FatalErrorsSeenTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final LogCapture log = new LogCapture();

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void listeners_get_the_job_and_the_same_error() throws InterruptedException {
        OutOfMemoryError error = new OutOfMemoryError("Java heap space");
        UUID id;
        try (Worker worker = start(job -> {
            throw error;
        })) {
            id = run();
        }
        assertThat(told).containsExactly(id + " " + error);
    }

    @Test
    void the_failure_reaches_the_store_even_if_a_listener_never_returns() throws InterruptedException {
        CountDownLatch stored = new CountDownLatch(1);
        JobListener stubborn = new JobListener() {
            @Override
            public void onEvent(JobEvent event) {}

            @Override
            public void fatal(Job job, Error error) {
                try {
                    told.add(String.valueOf(stored.await(1, TimeUnit.MINUTES)));
                } catch (InterruptedException e) {
                    told.add("interrupted");
                }
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    throw new OutOfMemoryError();
                }))
                .listener(stubborn)
                .start()) {
            assertThat(jobs.await(jobs.enqueue(NewJob.of(TYPE, "x")).id(), SOON)
                            .orElseThrow()
                            .status())
                    .isEqualTo(JobStatus.FAILED);
            stored.countDown();
        }
        assertThat(told).containsExactly("true");
    }

    @Test
    void the_health_names_the_last_such_job_and_stays_degraded() throws InterruptedException {
        try (Worker worker = start(job -> {
            if (job.input(String.class).equals("x")) {
                throw new OutOfMemoryError();
            }
            return null;
        })) {
            run();
            UUID id = run();
            jobs.await(jobs.enqueue(NewJob.of(TYPE, "good")).id(), SOON);
            Patiently.await().until(() -> told.size() == 2);

            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DEGRADED);
            assertThat(worker.health().reasons())
                    .containsExactly("job " + id + " (work) died of java.lang.OutOfMemoryError, the latest of 2 such"
                            + " errors here: restart this process, the JVM may be damaged");
        }
    }

    @Test
    void other_errors_are_ordinary_failures() throws InterruptedException {
        List<Throwable> ordinary = List.of(
                new AssertionError(), new NoClassDefFoundError(), new ExceptionInInitializerError(), new Error());
        for (Throwable each : ordinary) {
            try (Worker worker = start(job -> {
                throw Spiteful.sneaky(each);
            })) {
                run();

                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
        }
        assertThat(told).isEmpty();
    }

    @Test
    void finds_it_in_wrappers_in_an_undo_and_while_a_result_is_written() throws InterruptedException {
        List<Processor> dying = List.of(
                job -> {
                    throw new IllegalStateException(new CompletionException(new OutOfMemoryError()));
                },
                job -> {
                    job.onFailure(() -> {
                        throw new OutOfMemoryError();
                    });
                    throw new IllegalStateException();
                },
                job -> new TooLarge());
        for (Processor each : dying) {
            try (Worker worker = start(each)) {
                run();
            }
        }
        assertThat(told).hasSize(3).allMatch(line -> line.endsWith(" java.lang.OutOfMemoryError"));
    }

    @Test
    void reports_it_also_after_the_time_limit() throws InterruptedException {
        try (Worker worker = start(new Processor() {
            @Override
            public @Nullable Object process(JobContext job) {
                job.onFailure(() -> {
                    throw new OutOfMemoryError();
                });
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException tooLate) {
                    job.progress(50);
                }
                return "too late";
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(1);
            }
        })) {
            run();
            Patiently.await().until(() -> told.size() == 1);
        }
    }

    @Test
    void a_stopping_worker_does_not_take_it_for_its_interrupt() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                        throw new OutOfMemoryError();
                    }
                    return null;
                }))
                .gracePeriod(Duration.ZERO)
                .start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        worker.close();

        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
    }

    @Test
    void one_listener_that_throws_does_not_keep_the_next_from_getting_it() throws InterruptedException {
        JobListener broken = new JobListener() {
            @Override
            public void onEvent(JobEvent event) {}

            @Override
            public void fatal(Job job, Error error) {
                throw error;
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    throw new OutOfMemoryError();
                }))
                .listener(broken)
                .listener(new Telling())
                .start()) {
            run();
        }
        assertThat(told).hasSize(1);
        assertThat(log.lines()).anyMatch(line -> line.contains("threw at the fatal error of job"));
    }

    private Worker start(Processor processor) {
        return Worker.of(store, ProcessorRegistry.of().with(TYPE, processor))
                .concurrency(1)
                .listener(new Telling())
                .start();
    }

    private UUID run() throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        return id;
    }

    private final class Telling implements JobListener {
        @Override
        public void onEvent(JobEvent event) {}

        @Override
        public void fatal(Job job, Error error) {
            told.add(job.id() + " " + error);
        }
    }

    /** A result for which there is not enough memory. */
    private static final class TooLarge extends AbstractList<String> {
        @Override
        public String get(int index) {
            throw new OutOfMemoryError();
        }

        @Override
        public int size() {
            return 1;
        }
    }
}
