package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.verify;

import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.RunningJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;

/** A store and threads of the application at their worst. */
@Timeout(180)
class HostileSettlingTest {
    private final List<String> undone = Collections.synchronizedList(new ArrayList<>());

    @Test
    void large_results_that_others_hold_up_are_tried_again_in_small_calls() {
        EngineFixture fixture = fixture(job -> job.input(String.class));
        for (int i = 0; i < 20; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x".repeat(250_000)));
        }
        runClaimed(fixture);
        int[] busy = {20};
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    busy[0] -= batch.size();
                    return busy[0] >= 0
                            ? Collections.nCopies(batch.size(), Settled.BUSY)
                            : fixture.memory.settle(batch);
                })
                .when(fixture.store)
                .settle(any());

        fixture.settleAll();

        ArgumentCaptor<List<Settlement>> written = ArgumentCaptor.captor();
        verify(fixture.store, atLeastOnce()).settle(written.capture());
        // Two million characters, and the one that goes beyond.
        assertThat(written.getAllValues()).extracting(List::size).containsExactly(9, 9, 2, 9, 9, 2);
    }

    @Test
    void a_substitute_whose_answer_was_lost_is_reported_as_what_it_is() {
        EngineFixture fixture = fixture(job -> {
            job.onFailure(() -> undone.add("refunded"));
            return "unstorable";
        });
        UUID id = fixture.enqueue();
        runClaimed(fixture);
        int[] lost = {1};
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    if (batch.get(0) instanceof Settlement.Complete) {
                        throw new JobStoreException(Kind.PERMANENT, "cannot be stored", null);
                    }
                    List<Settled> answers = fixture.memory.settle(batch);
                    if (lost[0]-- > 0) {
                        throw new JobStoreException(Kind.UNKNOWN_OUTCOME, "no answer", null);
                    }
                    return answers;
                })
                .when(fixture.store)
                .settle(any());
        fixture.events().clear();

        fixture.settleAll();
        fixture.runTasks();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(fixture.events()).hasSize(1).first().isInstanceOf(JobEvent.Failed.class);
        assertThat(undone).containsExactly("refunded");
    }

    @Test
    void
            a_thread_of_the_application_that_cannot_be_interrupted_keeps_no_other_job_from_learning_that_its_lease_is_lost()
                    throws InterruptedException {
        CountDownLatch mayEnd = new CountDownLatch(1);
        EngineFixture fixture = fixture(job -> {
            mayEnd.await();
            return null;
        });
        List<UUID> ids = List.of(fixture.enqueue(), fixture.enqueue(), fixture.enqueue());
        Engine engine = fixture.engine;
        engine.leasing.register();
        engine.claiming.run();
        List<RunningJob> runs = ids.stream()
                .map(id -> engine.held.get(Claim.of(fixture.job(id))))
                .toList();
        List<Thread> threads = new ArrayList<>();
        for (Runnable task = fixture.tasks.poll(); task != null; task = fixture.tasks.poll()) {
            threads.add(new Uninterruptible(task));
        }
        threads.forEach(Thread::start);
        Patiently.await().until(() -> runs.stream().allMatch(RunningJob::hasThread));
        fixture.pass(EngineFixture.LEASE.plusSeconds(1));
        fixture.memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));

        engine.leasing.run();

        assertThat(runs).allMatch(RunningJob::isLeaseLost);
        assertThat(engine.health.troubles()).isEmpty();
        runs.forEach(run -> run.stop(0));
        mayEnd.countDown();
        for (Thread each : threads) {
            each.join();
        }
        assertThat(engine.slots.free()).isEqualTo(1_000);
    }

    private static EngineFixture fixture(Processor processor) {
        return new EngineFixture(1_000, ProcessorRegistry.of().with(EngineFixture.TYPE, processor));
    }

    private static void runClaimed(EngineFixture fixture) {
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();
    }

    /** As a thread of an application may be. */
    private static final class Uninterruptible extends Thread {
        Uninterruptible(Runnable task) {
            super(task);
        }

        @Override
        public void interrupt() {
            throw new UnsupportedOperationException("not this one");
        }
    }
}
