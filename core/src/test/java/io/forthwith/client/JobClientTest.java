package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.BulkResult;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.json.JobCodec;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class JobClientTest {
    private record Film(String title, int shots) {}

    private static final JobType<Film> TYPE = JobType.of("film", Film.class);
    private static final Film FILM = new Film("海边", 3);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    @Test
    void reads_a_typed_result() throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();
        drain(ProcessorRegistry.of().with(TYPE, job -> job.input(Film.class)));

        assertThat(jobs.awaitResult(id, Film.class, Duration.ZERO)).contains(FILM);
        assertThatThrownBy(() -> jobs.awaitResult(id, Integer.class, Duration.ZERO))
                .isInstanceOf(JobException.class);
    }

    @Test
    void the_history_of_a_job_holds_what_went_wrong_in_each_attempt_and_what_became_of_its_steps() {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM).maxAttempts(2)).id();
        BaseProcessor<Film, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> {});

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO);
            }

            @Override
            protected Object process(Film film, JobContext job) throws Exception {
                job.run(charge, key -> "receipt");
                throw JobException.retryable("The farm is down, attempt " + job.attempt());
            }
        };
        drain(ProcessorRegistry.of(processor));

        List<FailedAttempt> failures = jobs.failures(id);
        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(failures)
                .extracting(FailedAttempt::message)
                .containsExactly("The farm is down, attempt 1", "The farm is down, attempt 2");
        assertThat(failures).allMatch(failure -> failure.trace() != null && failure.workerId() != null);
        assertThat(jobs.steps(id)).singleElement().matches(step -> step.undoneAt() != null);
        assertThat(jobs.failures(UUID.randomUUID())).isEmpty();
        assertThat(jobs.steps(UUID.randomUUID())).isEmpty();
    }

    @Test
    void waking_tells_the_subscribers_of_added_jobs() {
        int[] told = {0};
        store.onAdded(() -> told[0]++);

        jobs.wake();

        assertThat(told[0]).isEqualTo(1);
    }

    @Test
    void a_job_without_a_result_has_none() throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();
        drain(ProcessorRegistry.of().with(TYPE, job -> null));

        assertThat(jobs.awaitResult(id, Film.class, Duration.ZERO)).isEmpty();
    }

    @Test
    void awaiting_the_result_of_a_failed_job_tells_why_it_failed() {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();
        drain(ProcessorRegistry.of().with(TYPE, job -> {
            throw JobException.user("no_credits", "Insufficient credits");
        }));

        assertThatThrownBy(() -> jobs.awaitResult(id, Film.class, Duration.ZERO))
                .isInstanceOfSatisfying(JobNotCompletedException.class, thrown -> {
                    assertThat(thrown.status()).isEqualTo(JobStatus.FAILED);
                    assertThat(thrown.jobId()).isEqualTo(id);
                })
                .hasMessage("Job " + id + " (film) was not completed, it is failed: Insufficient credits");
    }

    @Test
    void awaiting_an_open_job_ends_with_the_timeout() throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();

        assertThat(jobs.await(id, Duration.ofMillis(5))).isEmpty();
        assertThatThrownBy(() -> jobs.awaitResult(id, Film.class, Duration.ofMillis(5)))
                .isInstanceOf(JobNotCompletedException.class)
                .hasMessageStartingWith("Job " + id + " (film) had not ended after PT0.005S, it is pending");
    }

    @Test
    void awaiting_a_job_that_does_not_exist_says_so_at_once() {
        UUID id = UUID.randomUUID();

        assertThatThrownBy(() -> jobs.await(id, Duration.ofDays(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(id.toString());
    }

    @Test
    void refuses_an_input_that_cannot_be_stored_before_touching_the_store() {
        JobStore untouched = mock(JobStore.class);
        JobClient client = JobClient.of(untouched);

        assertThatThrownBy(() ->
                        client.enqueueAll(List.of(NewJob.of(TYPE, FILM), NewJob.of(TYPE, new Film("a\0b", 1)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The input of job type film (Film)")
                .hasMessageContaining("NUL");
        assertThatThrownBy(() -> client.codec(JobCodec.standard().maxBytes(1_024))
                        .enqueue(NewJob.of(TYPE, new Film("x".repeat(2_000), 1))))
                .hasMessageContaining("at most 1024");
        verify(untouched, never()).add(any());
    }

    @Test
    void enqueuing_the_same_job_again_adds_nothing() {
        NewJob job = NewJob.of(TYPE, FILM);

        assertThat(jobs.enqueue(job).id()).isEqualTo(jobs.enqueue(job).id()).isEqualTo(job.id());
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
        assertThat(jobs.enqueueAll(List.of())).isEmpty();
    }

    @Test
    void enqueuing_a_taken_unique_key_answers_with_the_open_job() {
        UUID first = jobs.enqueue(NewJob.of(TYPE, FILM).uniqueKey("k")).id();

        assertThat(jobs.enqueue(NewJob.of(TYPE, FILM).uniqueKey("k")).id()).isEqualTo(first);
    }

    @Test
    void a_family_whose_key_is_taken_is_not_lost_silently() {
        UUID holder = jobs.enqueue(NewJob.of(TYPE, FILM).uniqueKey("k")).id();
        NewJob parent = NewJob.of(TYPE, FILM);
        NewJob child = NewJob.of(TYPE, FILM).parent(parent).uniqueKey("k");

        assertThatThrownBy(() -> jobs.enqueueAll(List.of(parent, child)))
                .isInstanceOfSatisfying(
                        UniqueKeyTakenException.class,
                        thrown -> assertThat(thrown.holderId()).isEqualTo(holder));
        assertThat(jobs.find(parent.id())).isEmpty();
    }

    @Test
    void cancels_and_retries_by_hand() {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();

        assertThat(jobs.cancel(id)).isEqualTo(ActResult.DONE);
        assertThat(jobs.retry(id).outcome()).isEqualTo(ActResult.Outcome.DONE);
        assertThat(jobs.find(id)).map(Job::status).contains(JobStatus.PENDING);
    }

    @Test
    void retries_all_that_a_query_selects_page_by_page() {
        List<UUID> failed = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            failed.add(jobs.enqueue(NewJob.of(TYPE, FILM).user(i % 5 == 0 ? "bob" : "ada"))
                    .id());
        }
        drain(ProcessorRegistry.of().with(TYPE, job -> {
            throw JobException.user("no_credits", "Insufficient credits");
        }));
        NewJob keyed = NewJob.of(TYPE, FILM).user("ada").uniqueKey("k");
        jobs.enqueue(keyed);
        jobs.cancel(keyed.id());
        jobs.enqueue(NewJob.of(TYPE, FILM).uniqueKey("k"));

        BulkResult answer = jobs.retryAll(JobQuery.all().user("ada"));

        assertThat(answer).isEqualTo(ReadModelFactory.bulkResult(200, Map.of(ActResult.Outcome.KEY_TAKEN, 1L), null));
        assertThat(failed)
                .allSatisfy(id -> assertThat(jobs.find(id).orElseThrow().status())
                        .isEqualTo(failed.indexOf(id) % 5 == 0 ? JobStatus.FAILED : JobStatus.PENDING));
        assertThat(jobs.find(keyed.id()).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void retries_none_if_the_query_is_for_others_than_those_that_can_be_retried() {
        UUID id = jobs.enqueue(NewJob.of(TYPE, FILM)).id();
        jobs.cancel(id);

        assertThatThrownBy(() -> jobs.retryAll(JobQuery.all().status(JobStatus.CANCELLED, JobStatus.COMPLETED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Only failed and cancelled jobs can be retried; the query asks for completed ones:"
                        + " name no status, or failed, or cancelled, or both");
        assertThat(jobs.find(id)).map(Job::status).contains(JobStatus.CANCELLED);
    }

    private void drain(ProcessorRegistry processors) {
        Worker.of(store, processors).build().drain();
    }

    @Test
    void refuses_a_label_on_a_store_without_labels_which_would_select_all_jobs() {
        JobStore without = mock(JobStore.class);
        JobClient client = JobClient.of(without);
        JobQuery ofOrder = JobQuery.all().label("order", "4711");

        Stream.<ThrowingCallable>of(
                        () -> client.scan(ofOrder),
                        () -> client.countByScan(ofOrder),
                        () -> client.search(ofOrder),
                        () -> client.countUpTo(ofOrder, 1),
                        () -> client.retryAll(ofOrder),
                        () -> client.cancelAll(ofOrder),
                        () -> client.changeAll(ofOrder, JobChange.of().priority(1)),
                        client::labels)
                .forEach(call -> assertThatThrownBy(call)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("JobReads.labels()"));
        verify(without, never()).cancelPage(any(), any());
    }
}
