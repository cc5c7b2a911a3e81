package io.forthwith.worker;

import static io.forthwith.Patiently.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atMost;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker tells others of itself. */
@Timeout(180)
class ShownWorkersTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);
    private static final JobType<String> RENAMED =
            JobType.of("mail", String.class).formerly("email");

    private static final Duration NEVER = Duration.ofHours(10);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(store);

    private RegisteredWorker only() {
        assertThat(jobs.workers()).hasSize(1);
        return jobs.workers().get(0);
    }

    private WorkerBuilder worker(CountDownLatch end) {
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(TYPE, job -> {
                    end.await();
                    return null;
                })
                .with(RENAMED, job -> null);
        return Worker.of(store, processors)
                .name("shown")
                .queues("fast", "slow")
                .concurrency(2)
                .onlyRegisteredTypes(true);
    }

    @Test
    void a_running_worker_shows_what_it_serves_and_how_many_jobs_it_holds() {
        // Frequent heartbeats, with a lease that does not lapse, however long they wait for a core.
        doAnswer(call -> {
                    memory.register(call.getArgument(0), NEVER);
                    return null;
                })
                .when(store)
                .register(any(), any());
        doAnswer(call -> memory.beat(call.getArgument(0), NEVER, call.getArgument(2)))
                .when(store)
                .beat(any(), any(), any());
        CountDownLatch end = new CountDownLatch(1);
        try (Worker worker = worker(end).lease(Duration.ofMillis(500)).start()) {
            await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
            WorkerInfo info = only().info();
            assertThat(info.name()).isEqualTo("shown");
            assertThat(info.serves())
                    .isEqualTo(ReadModelFactory.workerServes(
                            List.of("fast", "slow"), List.of("email", "mail", "work"), true, 2));
            assertThat(info.libraryVersion()).isNotBlank();
            assertThat(only().isAlive()).isTrue();
            assertThat(requireNonNull(only().load()).isStopping()).isFalse();

            jobs.enqueue(NewJob.of(TYPE, "x").queue("fast"));
            jobs.enqueue(NewJob.of(TYPE, "x").queue("slow"));
            await().untilAsserted(() -> assertThat(only().load()).isEqualTo(ReadModelFactory.workerLoad(2, false)));
            end.countDown();
            await().untilAsserted(() -> assertThat(only().load()).isEqualTo(WorkerLoad.NONE));
        }
        assertThat(jobs.workers()).isEmpty();
    }

    @Test
    void a_worker_that_begins_to_stop_while_jobs_run_says_so_at_once() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        // Its heartbeats would come too late for this test.
        Worker worker = worker(end).lease(NEVER).start();
        jobs.enqueue(NewJob.of(TYPE, "x").queue("fast"));
        await().until(() ->
                jobs.scan(JobQuery.all().status(JobStatus.PROCESSING)).size() == 1);

        CompletableFuture<Void> closing = CompletableFuture.runAsync(worker::close);

        await().untilAsserted(() -> assertThat(only().load()).isEqualTo(ReadModelFactory.workerLoad(1, true)));
        end.countDown();
        closing.get(1, TimeUnit.MINUTES);
        assertThat(jobs.workers()).isEmpty();
    }

    @Test
    void a_worker_that_holds_no_job_deregisters_without_a_last_heartbeat() {
        Worker worker = worker(new CountDownLatch(0)).lease(NEVER).build();
        jobs.enqueue(NewJob.of(TYPE, "x").queue("fast"));

        assertThat(worker.drain()).isOne();

        // The one with which it begins.
        verify(store, atMost(1)).beat(any(), any(), any());
    }

    @Test
    void a_heartbeat_counts_jobs_that_have_not_begun_and_those_whose_end_is_not_stored() {
        EngineFixture fixture = new EngineFixture(3, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
        Engine engine = fixture.engine;
        engine.leasing.register();
        fixture.enqueue();
        fixture.enqueue();
        engine.claiming.run();

        engine.leasing.run();
        assertThat(fixture.jobs.workers())
                .extracting(RegisteredWorker::load)
                .containsExactly(ReadModelFactory.workerLoad(2, false));
        fixture.runTasks();
        engine.leasing.run();
        assertThat(fixture.jobs.workers())
                .extracting(RegisteredWorker::load)
                .containsExactly(ReadModelFactory.workerLoad(2, false));
        engine.settling.run();
        engine.leasing.run();
        assertThat(fixture.jobs.workers()).extracting(RegisteredWorker::load).containsExactly(WorkerLoad.NONE);
    }
}
