package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A database that fails over to a standby, which has not seen its last commits. */
class ForgottenClaimsTest {
    private static final Duration BRIEFLY = Duration.ofMillis(10);

    private static final int SLOTS = 8;

    private final List<Supplier<String>> works = new ArrayList<>();
    private final ProcessorRegistry registry = ProcessorRegistry.of()
            .with(EngineFixture.TYPE, job -> works.remove(0).get());
    private final EngineFixture fixture = new EngineFixture(SLOTS, registry);
    private final InMemoryJobStore standby = fixture.newStore();
    private JobStore server = fixture.memory;
    /** Whether the run that was under way was told, as often as it looked. */
    private final List<Boolean> wasTold = new ArrayList<>();

    private boolean isAway;
    private boolean losesAnswer;
    private final Engine engine = fixture.engineOn(database(), "ours", SLOTS, registry, Locale.ENGLISH);

    private JobStore database() {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (isAway) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "connection refused", null);
                    }
                    try {
                        Object answer = method.invoke(server, arguments);
                        if (losesAnswer && method.getName().equals("settle")) {
                            losesAnswer = false;
                            throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "no answer", null);
                        }
                        return answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    /** A job, and the worker, that the standby has seen. */
    private UUID seenByBoth() {
        if (engine.lease.workerId() == null) {
            engine.leasing.register();
            register(engine.lease.workerId());
        }
        NewJob job = NewJob.of(EngineFixture.TYPE, "x");
        for (JobStore each : List.of(fixture.memory, standby)) {
            JobClient.of(each).enqueue(job);
        }
        return job.id();
    }

    private void register(UUID worker) {
        standby.register(ReadModelFactory.workerInfo(worker, "ours", "host", 1), EngineFixture.LEASE);
    }

    private List<Job> claimOnStandby(UUID worker, int limit) {
        return standby.claim(new ClaimRequest(
                worker, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(), ClaimRequest.LOST_WORKERS_CAP));
    }

    private void failOver() {
        server = standby;
        fixture.pass(BRIEFLY);
    }

    private void finish() {
        fixture.runTasks();
        for (int round = 0; engine.settling.unsettled().count() > 0; round++) {
            assertThat(round).isLessThan(10);
            engine.settling.run();
        }
    }

    private Job job(UUID id) {
        return standby.find(id).orElseThrow();
    }

    private static List<String> complaints(LogCapture log) {
        return log.lines().stream().filter(line -> line.contains("forgotten")).toList();
    }

    @Test
    void a_run_whose_claim_is_forgotten_and_given_again_under_its_number_is_refused_and_the_second_one_counts() {
        UUID id = seenByBoth();
        works.add(() -> {
            failOver();
            engine.claiming.run();
            wasTold.add(Thread.currentThread().isInterrupted());
            return "first";
        });
        works.add(() -> "second");

        try (LogCapture log = new LogCapture()) {
            engine.claiming.run();
            finish();

            assertThat(complaints(log)).singleElement().asString().contains(id.toString());
        }
        assertThat(wasTold).containsExactly(true);
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).claim()).isEqualTo(1);
        assertThat(job(id).workerId()).isEqualTo(engine.lease.workerId());
        assertThat(job(id).result()).isEqualTo("\"second\"");
        assertThat(fixture.events())
                .filteredOn(JobEvent.Completed.class::isInstance)
                .hasSize(1);
        assertThat(fixture.events())
                .filteredOn(JobEvent.Refused.class::isInstance)
                .hasSize(1);
        assertThat(engine.held.size()).isZero();
    }

    @Test
    void a_forgotten_run_that_has_not_begun_never_begins() {
        UUID id = seenByBoth();
        works.add(() -> "second");
        engine.claiming.run();
        failOver();

        engine.claiming.run();
        finish();

        assertThat(job(id).result()).isEqualTo("\"second\"");
        assertThat(fixture.events())
                .filteredOn(JobEvent.Started.class::isInstance)
                .hasSize(1);
        assertThat(fixture.events()).noneMatch(JobEvent.Refused.class::isInstance);
        assertThat(engine.held.size()).isZero();
    }

    @Test
    void a_result_that_waits_to_be_written_when_its_claim_is_given_again_is_refused() {
        UUID id = seenByBoth();
        works.add(() -> "first");
        works.add(() -> "second");
        engine.claiming.run();
        fixture.runTasks();
        failOver();

        try (LogCapture log = new LogCapture()) {
            engine.claiming.run();
            finish();

            assertThat(complaints(log)).hasSize(1);
        }
        assertThat(job(id).result()).isEqualTo("\"second\"");
    }

    @Test
    void one_forgotten_claim_makes_the_worker_look_at_all_that_it_runs_and_complain_once() {
        UUID ours = seenByBoth();
        UUID others = seenByBoth();
        UUID another = UUID.randomUUID();
        register(another);
        works.add(() -> {
            failOver();
            Job taken = claimOnStandby(another, 1).get(0);
            engine.claiming.run();
            wasTold.add(Thread.currentThread().isInterrupted());
            standby.settle(List.of(Settlement.giveBack(Claim.of(taken))));
            engine.claiming.run();
            return "first";
        });
        works.add(() -> "second");
        works.add(() -> "third");

        try (LogCapture log = new LogCapture()) {
            engine.claiming.run();
            finish();

            assertThat(complaints(log)).hasSize(1);
        }
        assertThat(wasTold).containsExactly(true);
        assertThat(fixture.events())
                .filteredOn(JobEvent.Started.class::isInstance)
                .hasSize(3);
        assertThat(List.of(job(ours).result(), job(others).result()))
                .containsExactlyInAnyOrder("\"second\"", "\"third\"");
    }

    @Test
    void a_completion_that_is_forgotten_is_found_as_soon_as_the_store_answers_again() {
        UUID id = seenByBoth();
        works.add(() -> "forgotten");
        works.add(() -> "again");
        claimOnStandby(engine.lease.workerId(), 1);
        engine.claiming.run();
        finish();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        engine.claiming.run();
        engine.claimSignal.await(Long.MIN_VALUE, () -> 0);

        isAway = true;
        engine.leasing.run();
        isAway = false;
        failOver();
        engine.leasing.run();

        assertThat(engine.claimSignal.await(Long.MIN_VALUE, () -> 0))
                .as("woken")
                .isTrue();
        engine.claiming.run();
        finish();
        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        engine.claiming.run();
        finish();
        assertThat(job(id).result()).isEqualTo("\"again\"");
    }

    @Test
    void a_worker_that_stops_gives_back_what_the_store_has_forgotten() {
        UUID id = seenByBoth();
        works.add(() -> "forgotten");
        claimOnStandby(engine.lease.workerId(), 1);
        engine.claiming.run();
        finish();
        isAway = true;
        engine.leasing.run();
        isAway = false;
        failOver();
        engine.leasing.run();

        engine.claiming.giveBackUnknown();
        finish();

        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
    }

    @Test
    void a_job_that_is_due_again_before_its_settlement_is_confirmed_is_no_sign() {
        UUID id = seenByBoth();
        works.add(() -> {
            throw new NotReadyException(Duration.ofMillis(1), "not yet");
        });
        works.add(() -> "ready");
        engine.claiming.run();
        fixture.runTasks();
        losesAnswer = true;
        engine.settling.run();
        fixture.pass(Duration.ofSeconds(1));

        try (LogCapture log = new LogCapture()) {
            engine.claiming.run();
            assertThat(engine.held.size()).as("both runs").isEqualTo(2);
            finish();
            assertThat(complaints(log)).isEmpty();
        }
        assertThat(fixture.job(id).result()).isEqualTo("\"ready\"");
    }
}
