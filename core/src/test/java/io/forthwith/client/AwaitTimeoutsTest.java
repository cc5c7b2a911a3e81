package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a client is told when a job has not ended in time. */
class AwaitTimeoutsTest {
    private static final JobType<String> TYPE = JobType.of("film", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void a_job_in_a_queue_that_no_worker_serves_was_never_claimed() {
        UUID id = jobs.enqueue(job().queue("slow")).id();

        assertThat(timeoutOf(id))
                .isEqualTo("Job " + id + " (film) had not ended after PT0S, it is pending in queue slow since "
                        + find(id).createdAt()
                        + ", never claimed: does a worker run that serves this queue, and is it not paused?");
    }

    @Test
    void a_delayed_job_says_when_it_is_due() {
        UUID id = jobs.enqueue(job().delay(Duration.ofHours(1))).id();

        assertThat(timeoutOf(id))
                .contains("pending in queue default since " + find(id).createdAt() + ", due at " + find(id).runAt()
                        + ", never claimed");
    }

    @Test
    void a_job_that_is_to_be_retried_says_why_and_when() {
        UUID id = jobs.enqueue(job()).id();
        drain(job -> {
            throw JobException.retryable("The farm is down");
        });

        assertThat(timeoutOf(id))
                .contains("pending in queue default since " + find(id).updatedAt() + ", due at " + find(id).runAt()
                        + ", last claimed at " + find(id).startedAt())
                .endsWith("; its last failure: The farm is down");
    }

    @Test
    void a_running_job_names_its_worker() {
        UUID id = jobs.enqueue(job()).id();
        String[] told = new String[2];
        drain(job -> {
            told[0] = timeoutOf(id);
            jobs.cancel(id);
            told[1] = timeoutOf(id);
            return null;
        });

        String running =
                "processing by worker " + find(id).workerId() + " since " + find(id).startedAt() + ", attempt 1";
        assertThat(told[0]).endsWith(running);
        assertThat(told[1]).contains(running + ", to be cancelled since ");
    }

    @Test
    void a_waiting_job_names_what_it_waits_for() {
        NewJob parent = job();
        NewJob child = job().parent(parent);
        NewJob finisher = job().finisherOf(parent);
        NewJob group = job().unsealed();
        NewJob later = job().after(child);
        jobs.enqueueAll(List.of(parent, child, finisher, group, later));

        assertThat(timeoutOf(parent.id())).endsWith("it is waiting for its children");
        assertThat(timeoutOf(finisher.id()))
                .endsWith("it is waiting for the other children of job " + parent.id() + ", which it finishes");
        assertThat(timeoutOf(group.id()))
                .endsWith("it is waiting for its children, and takes more of them until JobClient.seal is called");
        assertThat(timeoutOf(later.id())).endsWith("it is waiting for its predecessors");
    }

    private static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    private Job find(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    private String timeoutOf(UUID id) {
        return catchThrowable(() -> jobs.awaitResult(id, String.class, Duration.ZERO))
                .getMessage();
    }

    private void drain(Processor once) {
        Processor processor = new Processor() {
            @Override
            public Object process(JobContext job) throws Exception {
                return once.process(job);
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ofHours(1));
            }
        };
        Worker.of(store, ProcessorRegistry.of().with(TYPE, processor)).build().drain();
    }
}
