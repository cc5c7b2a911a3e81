package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.loop.LoopRound;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

class SettleLoopTest {
    private final ProcessorRegistry echo = ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
        String input = job.input(String.class);
        if (input.startsWith("throw ")) {
            throw JobException.permanent(input).causedBy(new IllegalStateException("cause"));
        }
        return input;
    });
    private final EngineFixture fixture = new EngineFixture(1_000, echo);
    private final SettleLoop settling = fixture.engine.settling;

    @Test
    void writes_everything_that_has_ended_in_one_call() {
        List<UUID> ids = runJobs("a", "b", "throw c");

        Duration next = settling.run();

        assertThat(written()).hasSize(1);
        assertThat(written().get(0)).hasSize(3);
        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.COMPLETED, JobStatus.FAILED);
        assertThat(next).isEqualTo(LoopRound.UNTIL_WOKEN);
    }

    @Test
    void writes_few_large_results_in_one_call() {
        String large = "x".repeat(250_000);
        List<UUID> ids = runJobs(Collections.nCopies(20, large).toArray(String[]::new));

        while (settling.run().isZero()) {
            assertThat(settling.unsettled().count()).isPositive();
        }

        // Two million characters, and the one that goes beyond.
        assertThat(written()).extracting(List::size).containsExactly(9, 9, 2);
        assertThat(statuses(ids)).containsOnly(JobStatus.COMPLETED);
    }

    @Test
    void repeats_the_same_settlement_after_a_transient_failure_and_reports_nothing_before() {
        List<UUID> ids = runJobs("a");
        fixture.failSettling(2, JobStoreException.Kind.TRANSIENT, false);
        fixture.events().clear();

        Duration first = settling.run();
        assertThat(settling.run()).as("woken early").isEqualTo(first);
        fixture.pass(first);
        Duration second = settling.run();

        assertThat(first).isBetween(Duration.ofMillis(30), Duration.ofMillis(70));
        assertThat(second).isGreaterThan(first.dividedBy(2)).isLessThan(Duration.ofSeconds(1));
        assertThat(fixture.events()).isEmpty();
        assertThat(statuses(ids)).containsExactly(JobStatus.PROCESSING);

        fixture.pass(second);
        settling.run();

        assertThat(written())
                .hasSize(3)
                .allMatch(batch -> batch.equals(written().get(0)));
        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED);
        assertThat(fixture.events()).hasSize(1).first().isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    void repeats_the_call_after_a_lost_answer() {
        List<UUID> ids = runJobs("a", "throw b");
        fixture.failSettling(1, JobStoreException.Kind.UNKNOWN_OUTCOME, true);

        fixture.pass(settling.run());
        settling.run();

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.FAILED);
        assertThat(fixture.jobs.failures(ids.get(1))).hasSize(1);
        assertThat(settling.unsettled().count()).isZero();
    }

    @Test
    void divides_a_refused_batch_until_the_cause_fails_alone() {
        List<UUID> ids = runJobs("a", "b", "bad", "c", "d", "e", "f");
        fixture.refuseToSettle(settlement ->
                settlement instanceof Settlement.Complete complete && "\"bad\"".equals(complete.result()));

        fixture.settleAll();

        for (UUID id : ids) {
            boolean bad = fixture.job(id).input().equals("\"bad\"");
            assertThat(fixture.job(id).status()).isEqualTo(bad ? JobStatus.FAILED : JobStatus.COMPLETED);
            assertThat(fixture.job(id).errorCode()).isEqualTo(bad ? "result_unstorable" : null);
        }
    }

    @Test
    void records_a_simpler_failure_if_the_first_cannot_be_stored() {
        List<UUID> ids = runJobs("throw unstorable trace", "throw unstorable message", "fine");
        fixture.refuseToSettle(settlement -> settlement instanceof Settlement.Fail fail
                && (fail.error().trace() != null || fail.error().message().endsWith("unstorable message")));

        fixture.settleAll();

        assertThat(statuses(ids)).containsExactly(JobStatus.FAILED, JobStatus.FAILED, JobStatus.COMPLETED);
        assertThat(fixture.job(ids.get(0)).errorMessage()).isEqualTo("throw unstorable trace");
        assertThat(fixture.job(ids.get(1)).errorCode()).isEqualTo("failure_unstorable");
        assertThat(fixture.job(ids.get(1)).errorMessage()).contains("could not be stored");
    }

    @Test
    void one_job_that_cannot_be_written_does_not_delay_the_others() {
        List<UUID> ids = runJobs("a", "stuck", "b");
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    if (batch.stream()
                            .anyMatch(
                                    each -> each.toString().contains(ids.get(1).toString()))) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "row locked", null);
                    }
                    return fixture.memory.settle(batch);
                })
                .when(fixture.store)
                .settle(any());

        for (int i = 0; i < 20; i++) {
            fixture.pass(settling.run());
        }

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.PROCESSING, JobStatus.COMPLETED);
        assertThat(settling.unsettled().count()).isEqualTo(1);
    }

    @Test
    void new_settlements_go_before_failed_ones() {
        runJobs("stuck");
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    if (batch.size() == 1 && batch.get(0).toString().contains(stuckId())) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "row locked", null);
                    }
                    return fixture.memory.settle(batch);
                })
                .when(fixture.store)
                .settle(any());
        for (int i = 0; i < 10; i++) {
            fixture.pass(settling.run());
        }
        UUID quick =
                fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "quick")).id();
        fixture.engine.leasing.run();
        fixture.engine.claiming.run();
        fixture.runTasks();

        settling.run();

        assertThat(fixture.job(quick).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_settlement_that_others_hold_up_is_tried_again_apart_from_the_others_and_troubles_nobody() {
        List<UUID> ids = runJobs("a", "stuck", "b");
        holdUp(ids.get(1), 8);
        fixture.events().clear();

        Duration pause = settling.run();

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.PROCESSING, JobStatus.COMPLETED);
        assertThat(fixture.events()).hasSize(2);
        assertThat(settling.unsettled().count()).isEqualTo(1);
        assertThat(pause).isLessThanOrEqualTo(Duration.ofMillis(25));
        for (int i = 0; i < 7; i++) {
            assertThat(pause).isBetween(Duration.ofMillis(1), Duration.ofMillis(500));
            fixture.pass(pause);
            pause = settling.run();
        }
        assertThat(fixture.engine.health.troubles()).isEmpty();
        assertThat(written()).hasSize(8).allMatch(batch -> batch.size() <= 3);

        fixture.pass(pause);
        assertThat(settling.run()).isEqualTo(LoopRound.UNTIL_WOKEN);

        assertThat(statuses(ids)).containsOnly(JobStatus.COMPLETED);
        assertThat(fixture.events()).hasSize(3);
        assertThat(settling.unsettled().count()).isZero();
    }

    @Test
    void many_that_others_hold_up_are_tried_again_in_one_call() {
        List<UUID> ids = runJobs("a", "b", "c");
        doAnswer(call -> List.of(Settled.BUSY, Settled.BUSY, Settled.BUSY))
                .doAnswer(call -> fixture.memory.settle(call.getArgument(0)))
                .when(fixture.store)
                .settle(any());

        fixture.pass(settling.run());
        settling.run();

        assertThat(written()).hasSize(2).allMatch(batch -> batch.size() == 3);
        assertThat(statuses(ids)).containsOnly(JobStatus.COMPLETED);
    }

    @Test
    void a_person_is_told_of_a_settlement_that_others_hold_up_for_long_once() {
        List<UUID> ids = runJobs("stuck");
        holdUp(ids.get(0), 40);
        try (LogCapture log = new LogCapture()) {
            settling.run();
            assertThat(settling.stuck()).isZero();
            while (settling.unsettled().count() > 0) {
                fixture.pass(Duration.ofMillis(500));
                settling.run();
            }
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("has ended, but another transaction has locked it"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains(ids.get(0).toString());
        }
        assertThat(settling.stuck()).isZero();
        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED);
    }

    /** The store answers so many times that it is busy. */
    private void holdUp(UUID id, int times) {
        int[] left = {times};
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    boolean isBusy = left[0] > 0
                            && batch.stream()
                                    .anyMatch(each -> each.claim().jobId().equals(id))
                            && left[0]-- > 0;
                    List<Settled> answers = new ArrayList<>();
                    for (Settlement each : batch) {
                        answers.add(
                                isBusy && each.claim().jobId().equals(id)
                                        ? Settled.BUSY
                                        : fixture.memory.settle(List.of(each)).get(0));
                    }
                    return answers;
                })
                .when(fixture.store)
                .settle(any());
    }

    private String stuckId() {
        return fixture.jobs.scan(JobQuery.all()).stream()
                .filter(job -> "\"stuck\"".equals(job.input()))
                .map(job -> job.id().toString())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_refusal_that_is_not_caused_by_the_value_loses_no_result() {
        List<UUID> ids = runJobs("a", "b", "c");
        int[] left = {40};
        doAnswer(call -> {
                    if (left[0]-- > 0) {
                        throw new JobStoreException(JobStoreException.Kind.PERMANENT, "permission denied", null);
                    }
                    return fixture.memory.settle(call.getArgument(0));
                })
                .when(fixture.store)
                .settle(any());

        for (int rounds = 0; settling.unsettled().count() > 0 && rounds < 200; rounds++) {
            fixture.pass(settling.run());
        }

        // The store may recover between a refused result and its substitute, so at most that one job loses its result.
        assertThat(statuses(ids)).filteredOn(JobStatus.FAILED::equals).hasSizeLessThanOrEqualTo(1);
        assertThat(statuses(ids)).allMatch(JobStatus::isFinal);
    }

    @Test
    void a_substitute_for_a_written_settlement_reports_the_written_one() {
        List<UUID> ids = runJobs("a");
        doAnswer(call -> {
                    fixture.memory.settle(call.getArgument(0));
                    throw new JobStoreException(JobStoreException.Kind.PERMANENT, "says it refused, but did not", null);
                })
                .doAnswer(call -> fixture.memory.settle(call.getArgument(0)))
                .when(fixture.store)
                .settle(any());
        fixture.events().clear();

        fixture.settleAll();

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED);
        assertThat(fixture.events()).hasSize(1).first().isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    void survives_an_unexpected_exception_of_a_store() {
        List<UUID> ids = runJobs("a");
        doAnswer(call -> {
                    throw new AssertionError("a bug in the store");
                })
                .doAnswer(call -> fixture.memory.settle(call.getArgument(0)))
                .when(fixture.store)
                .settle(any());

        fixture.pass(settling.run());
        settling.run();

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED);
        verify(fixture.store, times(2)).settle(any());
    }

    @Test
    void a_result_whose_job_was_taken_over_is_refused_and_undone() {
        List<String> undone = new ArrayList<>();
        EngineFixture other = new EngineFixture(10, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
            job.onFailure(() -> undone.add("refunded"));
            return "late";
        }));
        UUID id = other.enqueue();
        other.engine.leasing.register();
        other.engine.claiming.run();
        other.runTasks();
        other.pass(EngineFixture.LEASE.plusSeconds(1));
        other.memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));

        try (LogCapture log = new LogCapture()) {
            other.engine.settling.run();
            other.runTasks();
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("the late result of attempt 1 (claim 1) was refused"));
        }
        assertThat(undone).containsExactly("refunded");
        assertThat(other.job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(other.job(id).result()).isNull();
        assertThat(other.events()).last().isInstanceOf(JobEvent.Refused.class);
    }

    private List<UUID> runJobs(String... inputs) {
        List<UUID> ids = new ArrayList<>();
        for (String input : inputs) {
            ids.add(fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, input)).id());
        }
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();
        assertThat(settling.unsettled().count()).isEqualTo(inputs.length);
        return ids;
    }

    private List<List<Settlement>> written() {
        ArgumentCaptor<List<Settlement>> written = ArgumentCaptor.captor();
        verify(fixture.store, atLeastOnce()).settle(written.capture());
        return written.getAllValues();
    }

    private List<JobStatus> statuses(List<UUID> ids) {
        return ids.stream().map(id -> fixture.job(id).status()).toList();
    }
}
