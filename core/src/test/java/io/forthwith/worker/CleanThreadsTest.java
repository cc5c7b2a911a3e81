package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** What a job changes on its thread affects neither the next job nor the application. */
class CleanThreadsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void a_job_sees_its_identity_in_the_mdc_and_leaves_nothing_behind() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        ExecutorService one = Executors.newSingleThreadExecutor();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    seen.set(MDC.get("job.id") + " " + MDC.get("job.type") + " " + MDC.get("job.attempt") + " "
                            + MDC.get("leak"));
                    MDC.put("leak", "from " + job.id());
                    Thread.currentThread().setContextClassLoader(null);
                    return Thread.currentThread().getContextClassLoader() == null;
                }))
                .concurrency(1)
                .executor(one)
                .start()) {
            for (int i = 0; i < 2; i++) {
                UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
                jobs.await(id, SOON);
                assertThat(seen.get()).isEqualTo(id + " work 1 null");
            }
            assertThat(one.submit(() -> MDC.get("leak")).get()).isNull();
            assertThat(one.submit(() -> Thread.currentThread().getContextClassLoader())
                            .get())
                    .isNotNull();
        } finally {
            one.shutdown();
        }
    }

    @Test
    void what_an_undo_leaves_behind_on_the_thread_does_not_reach_the_next_job() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        ExecutorService one = Executors.newSingleThreadExecutor();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    seen.add(MDC.get("leak") + " " + Thread.currentThread().isInterrupted() + " "
                            + (Thread.currentThread().getContextClassLoader() == null));
                    job.onFailure(() -> {
                        MDC.put("leak", "from " + job.id());
                        Thread.currentThread().setContextClassLoader(null);
                        Thread.currentThread().interrupt();
                    });
                    if (job.input(String.class).equals("cancelled")) {
                        jobs.cancel(job.id());
                        return null;
                    }
                    throw new IllegalStateException();
                }))
                .concurrency(1)
                .executor(one)
                .start()) {
            for (String how : List.of("failed", "cancelled", "failed", "cancelled", "failed")) {
                jobs.await(jobs.enqueue(NewJob.of(TYPE, how)).id(), SOON);
                // Late undo actions run as a task of their own. When this task has run on the only thread, they have
                // ended.
                one.submit(() -> seen.add("between: " + MDC.get("leak") + " "
                                + Thread.currentThread().isInterrupted()))
                        .get();
            }
        } finally {
            one.shutdown();
        }
        assertThat(seen).hasSize(10).containsOnly("null false false", "between: null false");
    }

    @Test
    void an_interrupt_flag_that_a_processor_or_the_listener_after_it_leaves_set_does_not_reach_the_next_job() {
        List<Boolean> seen = new ArrayList<>();
        JobListener interrupting = new JobListener() {
            @Override
            public void onEvent(JobEvent event) {}

            @Override
            public void fatal(Job job, Error error) {
                Thread.currentThread().interrupt();
            }
        };
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    seen.add(Thread.interrupted());
                    Thread.currentThread().interrupt();
                    if (job.input(String.class).equals("dies")) {
                        throw new OutOfMemoryError();
                    }
                    return null;
                }))
                .listener(interrupting)
                .build();
        for (String how : List.of("dies", "returns", "dies", "returns")) {
            jobs.enqueue(NewJob.of(TYPE, how));
        }

        // Everything runs on this thread, because a pool of the JDK would clear the flag between two tasks.
        worker.drain();

        assertThat(seen).hasSize(4).containsOnly(false);
        assertThat(Thread.interrupted()).isFalse();
    }
}
