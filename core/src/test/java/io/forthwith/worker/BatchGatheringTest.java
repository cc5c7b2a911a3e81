package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ClaimRequest;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the jobs of a batch come together, and how batches share a worker with single jobs. */
@DisplayName("Jobs that run in batches")
class BatchGatheringTest {
    private static final JobType<Integer> MAIL = JobType.of("mail", Integer.class);
    private static final JobType<Integer> SINGLE = JobType.of("single", Integer.class);
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofMillis(501);

    private final List<List<Integer>> calls = new ArrayList<>();

    private EngineFixture fixture(int concurrency, Duration linger) {
        EngineFixture fixture = new EngineFixture(concurrency, registry(linger));
        fixture.engine.leasing.register();
        return fixture;
    }

    private ProcessorRegistry registry(Duration linger) {
        return ProcessorRegistry.of()
                .with(BatchProcessor.of(MAIL, 10, jobs -> {
                            calls.add(jobs.stream().map(BatchJob::input).toList());
                            jobs.forEach(BatchJob::complete);
                        })
                        .linger(linger))
                .with(SINGLE, job -> calls.add(List.of(-job.input(Integer.class))));
    }

    private static List<UUID> enqueue(EngineFixture fixture, JobType<Integer> type, int from, int to) {
        List<UUID> ids = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            ids.add(fixture.jobs.enqueue(NewJob.of(type, i)).id());
        }
        return ids;
    }

    @Test
    void linger_for_more() {
        EngineFixture fixture = fixture(3, LINGER);
        Engine engine = fixture.engine;
        enqueue(fixture, MAIL, 1, 2);

        assertThat(engine.claiming.run()).isLessThanOrEqualTo(LINGER);
        fixture.pass(Duration.ofSeconds(1));
        enqueue(fixture, MAIL, 3, 3);
        assertThat(engine.claiming.run()).isEqualTo(Duration.ofSeconds(1));
        assertThat(fixture.tasks).isEmpty();
        assertThat(engine.held.size()).isEqualTo(3);

        fixture.pass(Duration.ofSeconds(1));
        engine.claiming.run();
        fixture.runTasks();
        fixture.settleAll();

        assertThat(calls).containsExactly(List.of(1, 2, 3));
    }

    @Test
    void do_not_linger_when_they_fill_a_call() {
        EngineFixture fixture = fixture(3, LINGER);
        enqueue(fixture, MAIL, 1, 13);

        fixture.engine.claiming.run();
        fixture.runTasks();

        assertThat(calls).hasSize(1);
        assertThat(calls.get(0)).hasSize(10);
        assertThat(fixture.engine.slots.buffered()).isEqualTo(3);
    }

    @Test
    void are_given_back_if_no_slot_is_free_for_long_and_not_while_they_linger() {
        EngineFixture fixture = fixture(1, LINGER);
        Engine engine = fixture.engine;
        List<UUID> ids = enqueue(fixture, MAIL, 1, 1);
        engine.claiming.run();
        fixture.pass(LINGER);
        engine.claiming.run();
        assertThat(fixture.tasks).hasSize(1);
        // The executor has not begun the task. The job has lingered for longer than a single job may wait in the
        // buffer.
        assertThat(engine.held.size()).isOne();

        fixture.pass(PATIENCE);
        engine.claiming.run();
        fixture.settleAll();

        assertThat(fixture.job(ids.get(0)).status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.job(ids.get(0)).attempt()).isZero();
        fixture.runTasks();
        assertThat(calls).isEmpty();
        assertThat(engine.slots.free()).isOne();
    }

    @Test
    void wait_for_the_executor_after_the_claim_loop_was_held_up() {
        EngineFixture fixture = fixture(1, LINGER);
        enqueue(fixture, MAIL, 1, 1);
        fixture.engine.claiming.run();

        fixture.pass(LINGER.plusSeconds(5));
        fixture.engine.claiming.run();
        fixture.runTasks();

        assertThat(calls).containsExactly(List.of(1));
    }

    @Test
    void go_back_when_the_worker_stops_while_they_linger() {
        EngineFixture fixture = fixture(1, LINGER);
        enqueue(fixture, MAIL, 1, 2);
        fixture.engine.claiming.run();

        assertThat(fixture.engine.slots.close()).hasSize(2);
        assertThat(fixture.engine.slots.buffered()).isZero();
    }

    @Test
    void get_one_slot_only_however_often_the_claim_loop_looks_before_their_task_begins() {
        EngineFixture fixture = fixture(5, Duration.ZERO);
        enqueue(fixture, MAIL, 1, 3);

        fixture.engine.claiming.run();
        fixture.engine.claiming.run();

        assertThat(fixture.tasks).hasSize(1);
        assertThat(fixture.engine.slots.free()).isEqualTo(4);
    }

    @Test
    void do_not_keep_other_jobs_from_free_slots_while_they_linger() {
        EngineFixture fixture = fixture(2, LINGER);
        enqueue(fixture, MAIL, 1, 9);
        fixture.engine.claiming.run();
        enqueue(fixture, SINGLE, 1, 1);

        fixture.engine.claiming.run();
        fixture.runTasks();

        assertThat(calls).containsExactly(List.of(-1));
    }

    @Test
    void take_one_slot_for_each_call_and_leave_the_others_to_single_jobs() {
        EngineFixture fixture = fixture(2, Duration.ZERO);
        enqueue(fixture, MAIL, 1, 1);
        enqueue(fixture, SINGLE, 1, 5);
        enqueue(fixture, MAIL, 2, 50);

        fixture.engine.claiming.run();

        assertThat(fixture.tasks).hasSize(2);
        assertThat(fixture.engine.held.size()).isEqualTo(11);
        fixture.runTasks();
        assertThat(calls).containsExactlyInAnyOrder(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), List.of(-1));
    }

    @Test
    void and_single_jobs_run_in_the_order_in_which_they_were_claimed() {
        EngineFixture fixture = fixture(1, Duration.ZERO);
        enqueue(fixture, MAIL, 1, 30);
        enqueue(fixture, SINGLE, 1, 2);
        enqueue(fixture, MAIL, 31, 32);

        for (int i = 0; i < 6; i++) {
            fixture.runDue();
        }

        assertThat(calls).extracting(List::size).containsExactly(10, 10, 10, 1, 1, 2);
    }

    @Test
    void get_company_of_their_own_type_only() {
        EngineFixture fixture = fixture(1, Duration.ZERO);
        enqueue(fixture, MAIL, 1, 1);
        enqueue(fixture, SINGLE, 1, 20);
        enqueue(fixture, MAIL, 2, 3);

        fixture.engine.claiming.run();

        assertThat(fixture.engine.held.size()).isEqualTo(3);
        verify(fixture.store)
                .claim(argThat(request -> request.onlyTypes()
                        && request.atMost() == 9
                        && request.types().equals(Set.of("mail"))));
    }

    @Test
    void cost_single_jobs_no_second_claim() {
        EngineFixture fixture = fixture(5, Duration.ZERO);
        enqueue(fixture, SINGLE, 1, 20);

        fixture.engine.claiming.run();

        verify(fixture.store, times(1)).claim(any());
    }

    @Test
    void are_not_looked_for_again_at_once_if_looking_takes_long_and_finds_few() {
        EngineFixture fixture = fixture(1, Duration.ZERO);
        doAnswer(call -> {
                    ClaimRequest request = call.getArgument(0);
                    if (request.onlyTypes()) {
                        fixture.pass(Duration.ofMillis(100));
                    }
                    return fixture.memory.claim(request);
                })
                .when(fixture.store)
                .claim(any());
        enqueue(fixture, MAIL, 1, 5);
        fixture.runDue();
        verify(fixture.store, times(1)).claim(argThat(ClaimRequest::onlyTypes));

        enqueue(fixture, MAIL, 6, 7);
        fixture.runDue();
        verify(fixture.store, times(1)).claim(argThat(ClaimRequest::onlyTypes));
        fixture.pass(Duration.ofSeconds(2));
        fixture.runDue();

        verify(fixture.store, times(2)).claim(argThat(ClaimRequest::onlyTypes));
        assertThat(calls).containsExactly(List.of(1, 2, 3, 4, 5), List.of(6), List.of(7));
    }

    @Test
    void run_though_the_claim_of_their_company_fails() {
        EngineFixture fixture = fixture(1, Duration.ZERO);
        enqueue(fixture, MAIL, 1, 3);
        doAnswer(call -> {
                    ClaimRequest request = call.getArgument(0);
                    if (request.onlyTypes()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "no answer", null);
                    }
                    return fixture.memory.claim(request);
                })
                .when(fixture.store)
                .claim(any());

        fixture.runDue();

        assertThat(calls).containsExactly(List.of(1));
        assertThat(fixture.engine.held.size()).isZero();
    }

    @Test
    void of_a_type_with_one_job_a_call_need_no_company() {
        EngineFixture fixture = new EngineFixture(
                1, ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 1, jobs -> jobs.forEach(BatchJob::complete))));
        fixture.engine.leasing.register();
        List<UUID> ids = enqueue(fixture, MAIL, 1, 3);

        fixture.runDue();

        assertThat(fixture.job(ids.get(0)).status()).isEqualTo(JobStatus.COMPLETED);
        verify(fixture.store, never()).claim(argThat(ClaimRequest::onlyTypes));
    }

    @Test
    void that_run_do_not_count_as_a_backlog() {
        List<Integer> held = new ArrayList<>();
        AtomicReference<Engine> worker = new AtomicReference<>();
        EngineFixture fixture =
                new EngineFixture(40, ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 1_000, jobs -> {
                    for (int i = 0; i < 20; i++) {
                        worker.get().claiming.run();
                    }
                    held.add(worker.get().held.size());
                })));
        worker.set(fixture.engine);
        fixture.engine.leasing.register();
        fixture.jobs.enqueueAll(
                IntStream.range(0, 7_000).mapToObj(i -> NewJob.of(MAIL, i)).toList());

        fixture.engine.claiming.run();
        fixture.tasks.remove().run();

        // A backlog of 5,000, one job in each slot, and those that run beside the first one of the call.
        assertThat(held).first().isEqualTo(5_000 + 40 + 999);
    }

    @Test
    void get_less_company_if_their_inputs_are_large() {
        JobType<String> large = JobType.of("large", String.class);
        EngineFixture fixture = new EngineFixture(
                1,
                ProcessorRegistry.of().with(BatchProcessor.of(large, 100, jobs -> jobs.forEach(BatchJob::complete))));
        fixture.engine.leasing.register();
        for (int i = 0; i < 60; i++) {
            fixture.jobs.enqueue(NewJob.of(large, "x".repeat(200_000)));
        }

        fixture.engine.claiming.run();

        assertThat(fixture.engine.held.size()).isBetween(10, 42);
    }

    @Test
    void do_not_linger_in_a_drain_and_each_counts() {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        for (int i = 1; i <= 25; i++) {
            jobs.enqueue(NewJob.of(MAIL, i));
        }
        jobs.enqueue(NewJob.of(SINGLE, 1));

        int attempts = Worker.of(store, registry(Duration.ofMinutes(1))).build().drain();

        assertThat(attempts).isEqualTo(26);
        assertThat(calls).extracting(List::size).containsExactly(10, 10, 5, 1);
    }
}
