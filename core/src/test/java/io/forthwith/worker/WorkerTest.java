package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkerTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> GREET = JobType.of("greet", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void runs_a_job_that_was_enqueued_while_it_was_idle() throws InterruptedException {
        ProcessorRegistry processors = ProcessorRegistry.of().with(GREET, job -> "Hello, " + job.input(String.class));
        try (Worker worker = Worker.of(store, processors).start()) {
            UUID id = jobs.enqueue(NewJob.of(GREET, "Ada")).id();

            assertThat(jobs.awaitResult(id, String.class, SOON)).contains("Hello, Ada");
        }
    }

    @Test
    void fails_a_job_at_once_with_the_message_for_the_user() throws InterruptedException {
        ProcessorRegistry processors = ProcessorRegistry.of().with(GREET, job -> {
            throw JobException.user("insufficient_credits", "Insufficient credits");
        });
        try (Worker worker = Worker.of(store, processors).start()) {
            UUID id = jobs.enqueue(NewJob.of(GREET, "Ada")).id();

            Job job = jobs.await(id, SOON).orElseThrow();
            assertThat(job.status()).isEqualTo(JobStatus.FAILED);
            assertThat(job.errorMessage()).isEqualTo("Insufficient credits");
            assertThat(job.errorCode()).isEqualTo("insufficient_credits");
        }
    }

    @Test
    void settles_each_drained_job_before_the_next_batch_and_records_time_limits_meanwhile() {
        UUID first = jobs.enqueue(NewJob.of(GREET, "first")).id();
        UUID second = jobs.enqueue(NewJob.of(GREET, "second")).id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(GREET, job -> {
            if (job.id().equals(second)) {
                return jobs.find(first).orElseThrow().status();
            }
            return null;
        });

        assertThat(Worker.of(store, processors).build().drain()).isEqualTo(2);

        assertThat(jobs.resultOf(jobs.find(second).orElseThrow(), JobStatus.class))
                .contains(JobStatus.COMPLETED);
    }

    @Test
    void drains_all_due_jobs_on_the_calling_thread() {
        Thread caller = Thread.currentThread();
        ProcessorRegistry processors = ProcessorRegistry.of().with(GREET, job -> Thread.currentThread() == caller);
        for (int i = 0; i < 2_500; i++) {
            jobs.enqueue(NewJob.of(GREET, "Ada"));
        }

        int attempts = Worker.of(store, processors).build().drain();

        assertThat(attempts).isEqualTo(2_500);
        assertThat(jobs.scan(JobQuery.all())).allSatisfy(job -> {
            assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(job.result()).isEqualTo("true");
        });
    }

    @Test
    void a_job_that_throws_at_its_time_limit_is_not_logged_as_refused() throws InterruptedException {
        InMemoryJobStore memory = new InMemoryJobStore();
        JobType<String> type = JobType.of("slow", String.class);
        try (LogCapture log = new LogCapture()) {
            UUID id;
            try (Worker worker = Worker.of(memory, ProcessorRegistry.of().with(type, job -> {
                        new CountDownLatch(1).await();
                        return "never";
                    }))
                    .start()) {
                JobClient jobs = JobClient.of(memory);
                id = jobs.enqueue(NewJob.of(type, "x").timeLimit(Duration.ofMillis(50)))
                        .id();
                jobs.await(id, Duration.ofMinutes(1));
            }
            assertThat(memory.find(id).orElseThrow().errorCode()).isEqualTo("time_limit");
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("failed after"))
                    .noneMatch(line -> line.contains("refused"));
        }
    }
}
