package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.forthwith.Enqueued;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class EnqueueAsyncTest {
    private static final JobType<String> TYPE = JobType.of("type", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore mayWrite = new Semaphore(0);
    private final Semaphore hasBegun = new Semaphore(0);

    private static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    /** Each write notes its size and waits for leave. */
    private JobClient slow() {
        doAnswer(call -> {
                    List<EncodedJob> batch = call.getArgument(0);
                    batches.add(batch.size());
                    hasBegun.release();
                    mayWrite.acquire();
                    return memory.add(batch);
                })
                .when(store)
                .add(any());
        return JobClient.of(store);
    }

    /** Refuses every call in which there is one of this type. */
    private JobClient refusing(JobStoreException.Kind kind) {
        doAnswer(call -> {
                    List<EncodedJob> batch = call.getArgument(0);
                    batches.add(batch.size());
                    hasBegun.release();
                    mayWrite.acquire();
                    if (batch.stream().anyMatch(each -> each.input().contains("culprit"))) {
                        throw new JobStoreException(kind, "no", null);
                    }
                    return memory.add(batch);
                })
                .when(store)
                .add(any());
        return JobClient.of(store);
    }

    @Test
    void a_job_is_in_the_store_when_its_future_completes() throws Exception {
        NewJob job = job();
        assertThat(JobClient.of(store).enqueueAsync(job).get().id()).isEqualTo(job.id());
        assertThat(memory.find(job.id())).isPresent();
    }

    @Test
    void what_is_submitted_during_a_write_shares_the_next_one() throws Exception {
        JobClient jobs = slow();
        List<CompletableFuture<Enqueued>> futures = new ArrayList<>();
        futures.add(jobs.enqueueAsync(job()));
        hasBegun.acquire();
        for (int i = 0; i < 100; i++) {
            futures.add(jobs.enqueueAsync(job()));
        }
        assertThat(futures).noneMatch(CompletableFuture::isDone);
        mayWrite.release(2);
        CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).join();

        assertThat(batches).containsExactly(1, 100);
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(101);
    }

    @Test
    void a_job_that_the_store_refuses_for_good_does_not_harm_the_others() throws Exception {
        JobClient jobs = refusing(JobStoreException.Kind.PERMANENT);
        CompletableFuture<Enqueued> first = jobs.enqueueAsync(job());
        hasBegun.acquire();
        List<CompletableFuture<Enqueued>> good = new ArrayList<>(List.of(first));
        for (int i = 0; i < 20; i++) {
            good.add(jobs.enqueueAsync(job()));
        }
        CompletableFuture<Enqueued> culprit = jobs.enqueueAsync(NewJob.of(TYPE, "culprit"));
        for (int i = 0; i < 20; i++) {
            good.add(jobs.enqueueAsync(job()));
        }
        mayWrite.release(1_000);

        CompletableFuture.allOf(good.toArray(CompletableFuture[]::new)).join();
        assertThatThrownBy(culprit::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(JobStoreException.class);
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(41);
    }

    @Test
    void a_store_that_is_away_fails_the_batch_without_asking_for_each() throws Exception {
        JobClient jobs = refusing(JobStoreException.Kind.TRANSIENT);
        CompletableFuture<Enqueued> first = jobs.enqueueAsync(job());
        hasBegun.acquire();
        CompletableFuture<Enqueued> one = jobs.enqueueAsync(job());
        CompletableFuture<Enqueued> other = jobs.enqueueAsync(NewJob.of(TYPE, "culprit"));
        mayWrite.release(1_000);

        first.join();
        assertThatThrownBy(one::get).cause().isInstanceOf(JobStoreException.class);
        assertThatThrownBy(other::get).cause().isInstanceOf(JobStoreException.class);
        assertThat(batches).containsExactly(1, 2);
    }

    @Test
    void jobs_with_relatives_go_by_themselves_so_that_a_refusal_is_theirs_alone() throws Exception {
        JobClient jobs = slow();
        CompletableFuture<Enqueued> first = jobs.enqueueAsync(job());
        hasBegun.acquire();
        CompletableFuture<Enqueued> before = jobs.enqueueAsync(job());
        CompletableFuture<Enqueued> tied = jobs.enqueueAsync(job().after(UUID.randomUUID()));
        CompletableFuture<Enqueued> behind = jobs.enqueueAsync(job());
        mayWrite.release(1_000);

        CompletableFuture.allOf(first, before, behind).join();
        assertThatThrownBy(tied::get)
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not exist");
        assertThat(batches).containsExactly(1, 1, 1, 1);
    }

    @Test
    void the_same_job_submitted_twice_is_added_once_and_a_taken_key_answers_its_holder() throws Exception {
        JobClient jobs = slow();
        CompletableFuture<Enqueued> first = jobs.enqueueAsync(job());
        hasBegun.acquire();
        NewJob same = job();
        CompletableFuture<Enqueued> once = jobs.enqueueAsync(same);
        CompletableFuture<Enqueued> twice = jobs.enqueueAsync(same);
        NewJob holder = job().uniqueKey("key");
        CompletableFuture<Enqueued> held = jobs.enqueueAsync(holder);
        CompletableFuture<Enqueued> taken = jobs.enqueueAsync(job().uniqueKey("key"));
        mayWrite.release(1_000);

        first.join();
        assertThat(List.of(once.get(), twice.get())).extracting(Enqueued::id).containsOnly(same.id());
        assertThat(List.of(once.get(), twice.get())).extracting(Enqueued::isNew).containsExactly(true, false);
        assertThat(List.of(held.get(), taken.get())).extracting(Enqueued::id).containsOnly(holder.id());
        assertThat(taken.get().isNew()).isFalse();
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(3);
    }

    @Test
    void what_cannot_be_stored_is_refused_where_it_is_submitted() {
        assertThatThrownBy(() -> JobClient.of(store).enqueueAsync(NewJob.of(TYPE, "\u0000")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_caller_that_submits_too_much_waits_and_may_be_interrupted() throws Exception {
        JobClient jobs = slow();
        List<CompletableFuture<Enqueued>> futures = new ArrayList<>();
        for (int i = 0; i < EnqueueBatcher.ROOM; i++) {
            futures.add(jobs.enqueueAsync(job()));
        }
        Thread.currentThread().interrupt();
        assertThat(jobs.enqueueAsync(job()))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();

        CountDownLatch through = new CountDownLatch(1);
        Thread one = new Thread(() -> {
            assertThat(jobs.enqueueAsync(job())).isNotNull();
            through.countDown();
        });
        one.start();
        Patiently.await().until(() -> one.getState() == Thread.State.WAITING);
        assertThat(through.getCount()).isOne();
        mayWrite.release(1_000);
        assertThat(through.await(1, TimeUnit.MINUTES)).isTrue();
        CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).join();
    }

    @Test
    void work_that_depends_on_a_future_delays_no_other_call() throws Exception {
        JobClient jobs = slow();
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Enqueued> first = jobs.enqueueAsync(job());
        hasBegun.acquire();
        CompletableFuture<Void> stuck = first.thenRun(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        mayWrite.release(1_000);
        // Not get(): the thread that calls it runs the actions that depend on the future.
        Patiently.await().until(first::isDone);
        for (int i = 0; i < 10; i++) {
            jobs.enqueueAsync(job()).get(1, TimeUnit.MINUTES);
        }
        assertThat(stuck).isNotDone();
        end.countDown();
        stuck.get();
    }

    @Test
    void however_many_futures_are_held_up_there_are_five_threads_and_enqueuing_goes_on() throws Exception {
        // Its threads do not end and are not replaced while they have nothing to do.
        EnqueueBatcher enqueuing = EnqueueBatcher.of(store, Duration.ofHours(1));
        CountDownLatch end = new CountDownLatch(1);
        // Otherwise the actions of a future that is already done would run, and wait, on this thread.
        Semaphore isAttached = new Semaphore(0);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        doAnswer(call -> {
                    threads.add(Thread.currentThread());
                    isAttached.acquire();
                    return memory.add(call.getArgument(0));
                })
                .when(store)
                .add(any());
        List<CompletableFuture<Void>> stuck = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            NewJob job = job();
            stuck.add(enqueuing.submit(new EncodedJob(job, "\"x\"")).thenRun(() -> {
                threads.add(Thread.currentThread());
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
            isAttached.release();
            Patiently.await()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> memory.find(job.id()).isPresent());
        }
        end.countDown();
        CompletableFuture.allOf(stuck.toArray(CompletableFuture[]::new)).join();
        threads.remove(Thread.currentThread());
        assertThat(threads).hasSizeBetween(2, 5);
    }

    @Test
    void what_hangs_on_a_future_sees_nothing_of_the_thread_that_happened_to_be_first() throws Exception {
        InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
        tenant.set("ours");
        CompletableFuture<Enqueued> submitted = slow().enqueueAsync(job());
        hasBegun.acquire();
        CompletableFuture<String> seen = submitted.thenApply(id -> String.valueOf(tenant.get()));
        mayWrite.release();
        assertThat(seen.get()).isEqualTo("null");
    }

    @Test
    void a_store_of_the_callers_own_transaction_cannot_be_used_by_another_thread() {
        JobStore joined = mock(JobStore.class);
        when(joined.isInTransaction()).thenReturn(true);
        assertThatThrownBy(() -> JobClient.of(joined).enqueueAsync(job()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use enqueue");
        verify(joined, never()).add(any());
    }

    @Test
    void its_threads_are_daemons_and_end_when_there_is_nothing_to_do() throws Exception {
        EnqueueBatcher enqueuing = EnqueueBatcher.of(store, Duration.ofMillis(1));
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        doAnswer(call -> {
                    threads.add(Thread.currentThread());
                    return memory.add(call.getArgument(0));
                })
                .when(store)
                .add(any());
        enqueuing.submit(new EncodedJob(job(), "\"x\"")).get();

        assertThat(threads).hasSize(1).allMatch(Thread::isDaemon);
        Patiently.await().until(() -> !threads.get(0).isAlive());
    }

    @Test
    void without_a_thread_to_be_had_the_caller_writes() throws Exception {
        Executor none = work -> {
            throw new OutOfMemoryError("unable to create native thread");
        };
        EnqueueBatcher enqueuing = new EnqueueBatcher(store, none, none);
        List<CompletableFuture<Enqueued>> futures = new ArrayList<>();
        for (int i : IntStream.range(0, 3).toArray()) {
            futures.add(enqueuing.submit(new EncodedJob(job(), "\"" + i + "\"")));
        }
        assertThat(futures).allMatch(CompletableFuture::isDone);
        assertThat(memory.countByScan(JobQuery.all())).isEqualTo(3);
    }
}
