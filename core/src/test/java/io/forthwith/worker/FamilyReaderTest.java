package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.stubbing.Answer;

/** How a processor reads siblings and predecessors, also with a store that fails, cancellations and interrupts. */
@Timeout(180)
class FamilyReaderTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<Integer> SHOT = JobType.of("shot", Integer.class);
    private static final JobType<String> CUT = JobType.of("cut", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(memory);
    private final NewJob film = NewJob.of(SHOT, 0).onChildFailure(ChildFailurePolicy.IGNORE);
    private final NewJob cut = NewJob.of(CUT, "x").finisherOf(film);
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();

    private void enqueue(int shots) {
        List<NewJob> family = new ArrayList<>(List.of(film, cut));
        IntStream.rangeClosed(1, shots)
                .mapToObj(i -> NewJob.of(SHOT, i).parent(film))
                .forEach(family::add);
        jobs.enqueueAll(family);
    }

    private ProcessorRegistry processors(Processor cutting) {
        return ProcessorRegistry.of()
                .with(SHOT, job -> {
                    int number = job.input(Integer.class);
                    if (number < 0) {
                        throw JobException.user("blurred", "Blurred");
                    }
                    return number % 10 == 5 ? null : number;
                })
                .with(CUT, job -> {
                    try {
                        return cutting.process(job);
                    } catch (Throwable failure) {
                        thrown.set(failure);
                        throw failure;
                    }
                });
    }

    private void drain(Processor cutting) {
        Worker.of(store, processors(cutting)).build().drain();
    }

    private Job film() {
        return jobs.find(film.id()).orElseThrow();
    }

    @Test
    void a_finisher_sees_the_results_of_1200_children_in_order_read_page_by_page() {
        enqueue(1_200);
        List<Integer> seen = new ArrayList<>();
        List<Integer> callsSoFar = new ArrayList<>();
        AtomicReference<Integer> calls = new AtomicReference<>(0);
        doAnswer(call -> {
                    calls.set(calls.get() + 1);
                    return memory.children(call.getArgument(0), call.getArgument(1), call.getArgument(2));
                })
                .when(store)
                .children(any(), anyInt(), anyInt());

        drain(job -> {
            job.results(Integer.class).forEach(result -> {
                seen.add(result);
                callsSoFar.add(calls.get());
            });
            return seen.size();
        });

        assertThat(film().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(seen)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 1_200)
                        .filter(i -> i % 10 != 5)
                        .boxed()
                        .toList());
        assertThat(callsSoFar.get(0)).as("pages read for the first child").isEqualTo(1);
        assertThat(callsSoFar.get(seen.indexOf(50))).isEqualTo(1);
        assertThat(callsSoFar.get(seen.indexOf(51))).isEqualTo(2);
        assertThat(callsSoFar.get(seen.indexOf(251))).isEqualTo(3);
        assertThat(callsSoFar.get(seen.indexOf(751))).isEqualTo(4);
        assertThat(calls).hasValue(4);
        verify(store).children(film.id(), 0, 50);
        verify(store).children(film.id(), 50, 200);
        verify(store).children(film.id(), 250, 500);
        verify(store).children(film.id(), 750, 500);
    }

    @Test
    void reads_only_the_pages_that_are_consumed() {
        enqueue(1_200);
        drain(job -> {
            assertThat(job.siblings().limit(3)).hasSize(3);
            Iterator<Job> iterator = job.siblings().iterator();
            for (int i = 0; i < 500; i++) {
                iterator.next();
            }
            assertThat(job.siblings().map(Job::id)).isNotNull();
            return null;
        });

        assertThat(thrown).hasValue(null);
        verify(store, times(2)).children(any(), eq(0), anyInt());
        verify(store, never()).children(any(), eq(750), anyInt());
    }

    @Test
    void siblings_have_every_status_and_results_are_those_of_completed_ones() {
        jobs.enqueueAll(List.of(
                film,
                cut,
                NewJob.of(SHOT, 1).parent(film),
                NewJob.of(SHOT, -2).parent(film),
                NewJob.of(SHOT, 5).parent(film),
                NewJob.of(SHOT, 3).parent(film)));
        List<JobStatus> statuses = new ArrayList<>();
        List<Integer> results = new ArrayList<>();
        drain(job -> {
            job.siblings().map(Job::status).forEach(statuses::add);
            job.results(Integer.class).forEach(results::add);
            return null;
        });

        assertThat(statuses)
                .containsExactly(JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.COMPLETED);
        assertThat(results).containsExactly(1, 3);
    }

    @Test
    void a_child_sees_its_siblings_and_a_job_without_a_parent_has_none() {
        NewJob child = NewJob.of(CUT, "child").parent(film);
        NewJob alone = NewJob.of(CUT, "alone");
        jobs.enqueueAll(List.of(
                film,
                NewJob.of(SHOT, 1).parent(film),
                child,
                NewJob.of(SHOT, 2).parent(film),
                NewJob.of(SHOT, 9).finisherOf(film)));
        jobs.enqueue(alone);
        List<String> seen = new ArrayList<>();
        drain(job -> {
            seen.add(job.input(String.class));
            job.siblings().map(Job::input).forEach(seen::add);
            assertThat(job.predecessors()).isEmpty();
            return null;
        });

        assertThat(seen).containsExactly("child", "1", "2", "alone");
        verify(store, never()).predecessors(any());
    }

    @Test
    void a_job_sees_the_results_of_its_predecessors_in_the_order_in_which_it_names_them() {
        NewJob a = NewJob.of(SHOT, 1);
        NewJob b = NewJob.of(SHOT, 2).after(a);
        NewJob c = NewJob.of(SHOT, -3);
        NewJob last = NewJob.of(CUT, "x").after(b, a).after(c).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        jobs.enqueueAll(List.of(last, c, b, a));
        List<String> seen = new ArrayList<>();
        drain(job -> {
            for (Job before : job.predecessors()) {
                seen.add(before.status().text() + " " + job.resultOf(before, Integer.class));
            }
            return null;
        });

        assertThat(seen).containsExactly("completed Optional[2]", "completed Optional[1]", "failed Optional.empty");
    }

    @Test
    void a_result_that_does_not_fit_is_refused() {
        enqueue(1);
        drain(job -> job.results(UUID.class).toList());

        assertThat(thrown.get()).isInstanceOf(JobException.class).hasMessageContaining("does not fit UUID");
    }

    /** The next calls throw these exceptions. */
    private Answer<Object> failing(JobStoreException.Kind... kinds) {
        Deque<JobStoreException.Kind> left = new ArrayDeque<>(List.of(kinds));
        Answer<Object> through = delegatesTo(memory);
        return call -> {
            if (!left.isEmpty()) {
                throw new JobStoreException(left.removeFirst(), "no", null);
            }
            return through.answer(call);
        };
    }

    @Test
    void waits_for_a_store_that_cannot_be_reached() {
        enqueue(2);
        doAnswer(failing(JobStoreException.Kind.TRANSIENT, JobStoreException.Kind.UNKNOWN_OUTCOME))
                .when(store)
                .children(any(), anyInt(), anyInt());

        drain(job -> job.results(Integer.class).count());

        assertThat(film().result()).isEqualTo("2");
    }

    @Test
    void fails_if_the_store_refuses() {
        enqueue(2);
        doAnswer(failing(JobStoreException.Kind.PERMANENT)).when(store).children(any(), anyInt(), anyInt());

        drain(job -> job.results(Integer.class).count());

        assertThat(film().status()).isEqualTo(JobStatus.FAILED);
        assertThat(thrown.get()).isInstanceOf(JobStoreException.class);
    }

    @Test
    void stops_waiting_when_the_attempt_is_over() throws InterruptedException {
        enqueue(2);
        CountDownLatch waiting = new CountDownLatch(1);
        doAnswer(call -> {
                    waiting.countDown();
                    throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "no", null);
                })
                .when(store)
                .children(any(), anyInt(), anyInt());
        try (Worker worker = start(job -> job.siblings().count())) {
            waiting.await();
            jobs.cancel(cut.id());

            assertThat(jobs.await(cut.id(), SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        }
        assertThat(thrown.get())
                .isInstanceOf(CancellationException.class)
                .hasMessage("Job " + cut.id() + " is to end: its siblings are not read");
    }

    @Test
    void reads_no_further_page_when_the_attempt_is_over() throws InterruptedException {
        enqueue(600);
        CountDownLatch reading = new CountDownLatch(1);
        try (Worker worker = start(job -> {
            Iterator<Job> siblings = job.siblings().iterator();
            for (int i = 0; i < 50; i++) {
                siblings.next();
            }
            reading.countDown();
            Patiently.await().until(job::isCancelled);
            siblings.next();
            return null;
        })) {
            reading.await();
            jobs.cancel(cut.id());
            jobs.await(cut.id(), SOON);
        }
        verify(store).children(any(), anyInt(), anyInt());
    }

    @Test
    void an_interrupt_is_delivered_after_a_page_was_read_and_never_during_it() throws InterruptedException {
        enqueue(2);
        CountDownLatch inStore = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        AtomicReference<Boolean> interruptedInStore = new AtomicReference<>();
        AtomicReference<Boolean> interruptedAfter = new AtomicReference<>();
        AtomicReference<JobContext> context = new AtomicReference<>();
        Answer<Object> through = delegatesTo(memory);
        doAnswer(call -> {
                    Object answer = through.answer(call);
                    inStore.countDown();
                    cancelled.await(1, TimeUnit.MINUTES);
                    interruptedInStore.set(Thread.currentThread().isInterrupted());
                    return answer;
                })
                .when(store)
                .children(any(), anyInt(), anyInt());
        try (Worker worker = start(job -> {
            context.set(job);
            assertThat(job.siblings().findFirst()).isPresent();
            interruptedAfter.set(Thread.interrupted());
            return null;
        })) {
            inStore.await();
            jobs.cancel(cut.id());
            Patiently.await().until(() -> context.get().isCancelled());
            cancelled.countDown();
            jobs.await(cut.id(), SOON);
        }

        assertThat(interruptedInStore.get()).isFalse();
        assertThat(interruptedAfter.get()).isTrue();
    }

    private Worker start(Processor cutting) {
        return Worker.of(store, processors(cutting)).start();
    }

    @Test
    void a_later_attempt_reads_again() {
        enqueue(3);
        UUID[] ids = new UUID[2];
        drain(job -> {
            ids[job.attempt() - 1] = job.siblings().findFirst().orElseThrow().id();
            if (job.attempt() == 1) {
                throw JobException.retryable("busy").after(Duration.ZERO);
            }
            return null;
        });

        assertThat(film().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(ids[0]).isNotNull().isEqualTo(ids[1]);
    }
}
