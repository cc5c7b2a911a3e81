package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Families in a running worker: which jobs start when, and which are interrupted. The poll interval and the lease are
 * so long that neither a poll nor a heartbeat can be the cause.
 */
@Timeout(180)
class RunningFamiliesTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final JobType<String> FILM = JobType.of("film", String.class);
    private static final JobType<String> SHOT = JobType.of("shot", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final CountDownLatch bothRun = new CountDownLatch(2);
    private final CountDownLatch bothStopped = new CountDownLatch(2);

    private Worker start(JobStore of, Processor film, Processor shot) {
        return Worker.of(of, ProcessorRegistry.of().with(FILM, film).with(SHOT, shot))
                .concurrency(4)
                .pollInterval(NEVER)
                .lease(NEVER)
                .start();
    }

    private JobStatus ended(UUID id) throws InterruptedException {
        return jobs.await(id, SOON).map(Job::status).orElseThrow();
    }

    /** A store without notifications of new jobs. */
    private JobStore silent() {
        JobStore silent = mock(JobStore.class, delegatesTo(store));
        doReturn((StoreHints.Subscription) () -> {}).when(silent).onAdded(any());
        return silent;
    }

    @Test
    void children_finishers_and_successors_start_at_once_also_if_the_store_gives_no_hints() throws Exception {
        NewJob film = NewJob.of(FILM, "film");
        NewJob premiere = NewJob.of(SHOT, "premiere").after(film);
        NewJob party = NewJob.of(SHOT, "party").after(premiere);
        jobs.enqueueAll(List.of(film, premiere, party));
        try (Worker worker = start(
                silent(),
                job -> {
                    job.spawn(NewJob.of(SHOT, "1"), NewJob.of(SHOT, "2"));
                    job.finishWith(NewJob.of(SHOT, "cut"));
                    return null;
                },
                job -> job.input(String.class))) {
            assertThat(ended(party.id())).isEqualTo(JobStatus.COMPLETED);
        }
        assertThat(jobs.find(film.id()).orElseThrow().result()).isEqualTo("\"cut\"");
    }

    @Test
    void a_successor_of_a_cancelled_job_starts_at_once_if_it_runs_anyway() throws Exception {
        NewJob film = NewJob.of(FILM, "film");
        NewJob party = NewJob.of(SHOT, "party").after(film).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        jobs.enqueueAll(List.of(film, party));
        try (Worker worker = start(
                silent(),
                job -> {
                    bothRun.countDown();
                    return hang();
                },
                job -> null)) {
            Patiently.await().until(() -> bothRun.getCount() == 1);
            jobs.cancel(film.id());

            assertThat(ended(party.id())).isEqualTo(JobStatus.COMPLETED);
        }
    }

    private static Object hang() throws InterruptedException {
        new CountDownLatch(1).await();
        return "never";
    }

    /** Waits until it is interrupted. */
    private Object shot(JobContext job) throws InterruptedException {
        bothRun.countDown();
        try {
            return hang();
        } catch (InterruptedException stopped) {
            assertThat(job.isCancelled()).isTrue();
            bothStopped.countDown();
            throw stopped;
        }
    }

    @Test
    void cancelling_the_job_interrupts_its_running_children_at_once() throws Exception {
        UUID film = jobs.enqueue(NewJob.of(FILM, "x")).id();
        try (Worker worker = start(
                store,
                job -> {
                    job.spawn(NewJob.of(SHOT, "1"), NewJob.of(SHOT, "2"));
                    job.spawn(NewJob.of(SHOT, "3").delay(NEVER));
                    return null;
                },
                this::shot)) {
            bothRun.await();

            assertThat(jobs.cancel(film)).isEqualTo(ActResult.DONE);

            bothStopped.await();
            assertThat(jobs.find(film).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            for (Job child : jobs.children(film).toList()) {
                assertThat(ended(child.id())).isEqualTo(JobStatus.CANCELLED);
            }
        }
    }

    @Test
    void a_failed_child_interrupts_its_running_siblings_at_once_if_the_policy_says_so() throws Exception {
        UUID film = jobs.enqueue(NewJob.of(FILM, "x")).id();
        try (Worker worker = start(
                store,
                job -> {
                    job.spawn(NewJob.of(SHOT, "1"), NewJob.of(SHOT, "2"), NewJob.of(SHOT, "broken"));
                    job.cancelOtherChildren();
                    return null;
                },
                job -> {
                    if (job.input(String.class).equals("broken")) {
                        bothRun.await();
                        throw JobException.user("no_credits", "Insufficient credits");
                    }
                    return shot(job);
                })) {
            bothStopped.await();

            assertThat(ended(film)).isEqualTo(JobStatus.FAILED);
            assertThat(jobs.find(film).orElseThrow().errorMessage())
                    .isEqualTo("1 of 3 child jobs failed: Insufficient credits");
        }
    }

    @Test
    void a_failed_child_undoes_the_durable_steps_of_the_job_but_not_its_undo_actions() throws Exception {
        List<String> undone = new CopyOnWriteArrayList<>();
        BaseProcessor<String, String> film = new BaseProcessor<>(FILM) {
            private final Step<String> charge =
                    step("charge", String.class).undo((receipt, key) -> undone.add("refund " + receipt));

            @Override
            protected String process(String input, JobContext job) throws Exception {
                job.onFailure(() -> undone.add("forgotten"));
                job.spawn(NewJob.of(SHOT, "broken"));
                return job.run(charge, key -> "receipt");
            }
        };
        ProcessorRegistry processors = ProcessorRegistry.of(film).with(SHOT, job -> {
            throw JobException.user("no_credits", "Insufficient credits");
        });
        UUID id = jobs.enqueue(NewJob.of(FILM, "x")).id();
        try (Worker worker =
                Worker.of(silent(), processors).pollInterval(NEVER).lease(NEVER).start()) {
            assertThat(ended(id)).isEqualTo(JobStatus.FAILED);
            Patiently.await()
                    .until(() -> jobs.countByScan(JobQuery.all().undos().status(JobStatus.COMPLETED)) == 1);
        }
        assertThat(undone).containsExactly("refund receipt");
    }
}
