package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.verify;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.Step;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** A worker that deletes completed jobs, and lost answers of the store. */
class DeletingJobsTest {
    private static final Retention NONE =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(30));

    private final List<String> undone = new ArrayList<>();
    private final EngineFixture fixture = new EngineFixture(
            10,
            ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                String input = job.input(String.class);
                if (input.equals("throw")) {
                    throw JobException.permanent("broken").causedBy(new IllegalStateException("cause"));
                }
                job.onFailure(() -> undone.add(input));
                return input;
            }),
            NONE);

    @Test
    void completed_jobs_are_deleted_and_failed_jobs_stay() {
        List<UUID> ids = runJobs("a", "throw", "b");

        fixture.settleAll();

        assertThat(fixture.memory.scan(JobQuery.all()))
                .singleElement()
                .satisfies(job -> assertThat(job.id()).isEqualTo(ids.get(1)))
                .satisfies(job -> assertThat(job.status()).isEqualTo(JobStatus.FAILED));
        assertThat(told(JobEvent.Completed.class)).isEqualTo(2);
        assertThat(undone).isEmpty();
    }

    @Test
    void with_the_default_retention_completed_jobs_are_kept() {
        EngineFixture keeping = new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> "kept"));
        UUID id = keeping.enqueue();
        keeping.engine.leasing.register();

        keeping.runDue();

        assertThat(keeping.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void the_retention_of_the_type_decides_whether_completed_jobs_are_deleted() {
        EngineFixture keeping = new EngineFixture(
                1,
                ProcessorRegistry.of().with(EngineFixture.TYPE, job -> "kept"),
                NONE.type(
                        EngineFixture.TYPE.name(),
                        Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(1))));
        UUID id = keeping.enqueue();
        keeping.engine.leasing.register();

        keeping.runDue();

        assertThat(keeping.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_job_that_is_gone_after_a_lost_answer_has_completed() {
        runJobs("a", "b");
        fixture.failSettling(1, Kind.UNKNOWN_OUTCOME, true);

        settle();

        assertHasCompleted(2);
    }

    @Test
    void a_job_that_is_gone_has_completed_also_if_further_tries_failed() {
        runJobs("a");
        int[] tries = {0};
        fixture.onSettle(batch -> {
            tries[0]++;
            if (tries[0] == 1) {
                fixture.memory.settle(batch);
            }
            if (tries[0] <= 3) {
                throw new JobStoreException(tries[0] == 1 ? Kind.UNKNOWN_OUTCOME : Kind.TRANSIENT, "no answer", null);
            }
            return fixture.memory.settle(batch);
        });

        settle();

        assertHasCompleted(1);
    }

    @Test
    void a_job_that_is_gone_after_tries_without_effect_was_ended_by_another_worker() {
        List<UUID> ids = runJobs("a");
        fixture.failSettling(1, Kind.TRANSIENT, false);
        fixture.engine.settling.run();
        takeOver();
        completeElsewhere();
        assertThat(fixture.memory.find(ids.get(0))).isEmpty();
        fixture.events().clear();

        settle();

        assertWasRefused();
    }

    @Test
    void a_job_that_is_there_after_a_lost_answer_was_taken_over() {
        runJobs("a");
        fixture.failSettling(1, Kind.UNKNOWN_OUTCOME, false);
        fixture.engine.settling.run();
        takeOver();

        settle();

        assertWasRefused();
    }

    @Test
    void looks_for_a_job_until_the_store_answers() {
        runJobs("a");
        fixture.failSettling(1, Kind.UNKNOWN_OUTCOME, true);
        doThrow(new JobStoreException(Kind.TRANSIENT, "down", null))
                .doThrow(new IllegalStateException("a bug in the store"))
                .doAnswer(call -> fixture.memory.find(call.getArgument(0)))
                .when(fixture.store)
                .find(any());

        settle();

        assertHasCompleted(1);
    }

    @Test
    void a_batch_that_was_refused_permanently_may_have_been_written_in_part() {
        runJobs("a", "b");
        boolean[] first = {true};
        fixture.onSettle(batch -> {
            if (first[0]) {
                first[0] = false;
                fixture.memory.settle(batch.subList(0, 1));
                throw new JobStoreException(Kind.PERMANENT, "the second one cannot be stored", null);
            }
            return fixture.memory.settle(batch);
        });

        settle();

        assertHasCompleted(2);
    }

    @Test
    void a_job_that_is_gone_when_a_substitute_is_written_had_completed() {
        runJobs("a");
        fixture.onSettle(batch -> {
            boolean isFirst = batch.get(0) instanceof Settlement.Complete;
            if (isFirst) {
                fixture.memory.settle(batch);
                throw new JobStoreException(Kind.PERMANENT, "says it refused, but did not", null);
            }
            return fixture.memory.settle(batch);
        });

        settle();

        assertHasCompleted(1);
    }

    @Test
    void a_job_that_has_begun_a_durable_step_is_kept() {
        EngineFixture charging = new EngineFixture(1, ProcessorRegistry.of(new Charging()), NONE);
        UUID id = charging.enqueue();
        charging.engine.leasing.register();

        charging.runDue();

        ArgumentCaptor<List<Settlement>> written = ArgumentCaptor.captor();
        verify(charging.store, atLeastOnce()).settle(written.capture());
        assertThat(written.getValue().get(0))
                .isInstanceOfSatisfying(
                        Settlement.Complete.class,
                        complete -> assertThat(complete.isToDelete()).isFalse());
        assertThat(charging.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(charging.memory.steps(id)).hasSize(1);
        assertThat(charging.memory.purge(NONE, 10).jobs()).isEqualTo(1);
        assertThat(charging.memory.steps(id)).isEmpty();
    }

    private static final class Charging extends BaseProcessor<String, Integer> {
        private final Step<Integer> charge = step("charge", Integer.class);

        Charging() {
            super(EngineFixture.TYPE);
        }

        @Override
        protected @Nullable Integer process(String input, JobContext job) throws Exception {
            return job.run(charge, key -> 1);
        }
    }

    private List<UUID> runJobs(String... inputs) {
        List<UUID> ids = new ArrayList<>();
        for (String input : inputs) {
            ids.add(fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, input)).id());
        }
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();
        fixture.events().clear();
        return ids;
    }

    private void settle() {
        fixture.settleAll();
        fixture.runTasks();
    }

    private void takeOver() {
        fixture.pass(EngineFixture.LEASE.plusSeconds(1));
        assertThat(fixture.memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .isNotEmpty();
    }

    private void completeElsewhere() {
        Engine other =
                fixture.engineOf("second", 1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> "done elsewhere"));
        other.leasing.register();
        other.claiming.run();
        fixture.runTasks();
        other.settling.run();
    }

    private void assertHasCompleted(int jobs) {
        assertThat(fixture.memory.scan(JobQuery.all())).isEmpty();
        assertThat(fixture.events()).hasSize(jobs).allMatch(JobEvent.Completed.class::isInstance);
        assertThat(undone).isEmpty();
        assertThat(fixture.engine.settling.unsettled().count()).isZero();
    }

    private void assertWasRefused() {
        assertThat(fixture.events()).singleElement().isInstanceOf(JobEvent.Refused.class);
        assertThat(undone).containsExactly("a");
    }

    private long told(Class<? extends JobEvent> event) {
        return fixture.events().stream().filter(event::isInstance).count();
    }
}
