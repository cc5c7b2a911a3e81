package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.Processor;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Step;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.LeaseDeadline;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A worker that the store does not answer")
class OwnClockTest {
    private boolean isInterrupted;

    /** Runs for longer than the lease, in which no heartbeat is answered. */
    private final class LongJob implements Processor {
        private final OnSilence onSilence;
        private EngineFixture fixture;

        LongJob(OnSilence onSilence) {
            this.onSilence = onSilence;
        }

        @Override
        public OnSilence onSilence() {
            return onSilence;
        }

        @Override
        public Object process(JobContext job) throws Exception {
            fixture.pass(EngineFixture.LEASE);
            fixture.engine.leasing.run();
            fixture.engine.deadlines.run();
            isInterrupted = Thread.interrupted();
            if (isInterrupted) {
                throw new InterruptedException();
            }
            return "done";
        }
    }

    private static EngineFixture fixture(LongJob processor) {
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, processor));
        processor.fixture = fixture;
        return fixture;
    }

    private static UUID claimed(EngineFixture fixture) {
        fixture.engine.leasing.register();
        UUID id = fixture.enqueue();
        fixture.engine.claiming.run();
        return id;
    }

    private static void away(EngineFixture fixture) {
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null))
                .when(fixture.store)
                .beat(any(), any(), any());
    }

    private static void back(EngineFixture fixture) {
        doAnswer(call -> fixture.memory.beat(call.getArgument(0), call.getArgument(1), call.getArgument(2)))
                .when(fixture.store)
                .beat(any(), any(), any());
    }

    @Test
    @DisplayName(
            "tells its jobs that their lease is lost when it has run out by its own clock, and that it is not when it is renewed")
    void told() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        RunningJob run = fixture.engine.held.get(Claim.of(fixture.job(claimed(fixture))));
        assertThat(run.leaseLeft()).isEqualTo(EngineFixture.LEASE);
        away(fixture);

        fixture.pass(EngineFixture.LEASE.minusMillis(1));
        assertThat(run.isLeaseLost()).isFalse();
        fixture.pass(Duration.ofMillis(1));

        assertThat(run.isLeaseLost()).isTrue();
        assertThat(run.leaseLeft()).isZero();

        back(fixture);
        fixture.pass(Duration.ofSeconds(5));
        fixture.engine.leasing.run();
        assertThat(run.isLeaseLost()).isFalse();
        assertThat(run.leaseLeft()).isEqualTo(EngineFixture.LEASE);
    }

    @Test
    @DisplayName("lets its jobs run, and their results count if the lease is renewed")
    void goes_on() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        UUID id = claimed(fixture);
        away(fixture);

        fixture.runTasks();
        back(fixture);
        fixture.engine.leasing.run();
        fixture.engine.settling.run();

        assertThat(isInterrupted).isFalse();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "interrupts a job that asks for it, and gives it back without using up an attempt if the lease is renewed")
    void interrupted() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.INTERRUPT));
        UUID id = claimed(fixture);
        away(fixture);

        fixture.runTasks();
        assertThat(isInterrupted).isTrue();
        back(fixture);
        fixture.engine.leasing.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.job(id).attempt()).isZero();
    }

    @ParameterizedTest(name = "the worker says {0}, the processor {1}: {2}")
    @CsvSource({
        "GO_ON, AS_WORKER, false",
        "GO_ON, GO_ON, false",
        "GO_ON, INTERRUPT, true",
        "INTERRUPT, AS_WORKER, true",
        "INTERRUPT, GO_ON, false",
        "INTERRUPT, INTERRUPT, true",
    })
    @DisplayName("does with a job what its processor says, and else what the worker says")
    void whose_word(OnSilence ofWorker, OnSilence ofProcessor, boolean interrupts) {
        LongJob processor = new LongJob(ofProcessor);
        EngineFixture fixture = fixture(processor);
        RunningJob run = fixture.engine.held.get(Claim.of(fixture.job(claimed(fixture))));

        Duration left =
                new LeaseDeadline(ofWorker, RegisteredProcessors.NONE.with(EngineFixture.TYPE, processor)).left(run);

        assertThat(left).isEqualTo(interrupts ? EngineFixture.LEASE : LoopRound.UNTIL_WOKEN);
    }

    @Test
    @DisplayName("sends its first heartbeat when the store hears other processes, or after a quarter of its lease")
    void first_heartbeat() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        doReturn(false).when(fixture.store).hearsOthers();
        LeaseLoop leasing = fixture.engine.leasing;
        leasing.register();

        assertThat(leasing.run()).isEqualTo(Duration.ofMillis(50));
        verify(fixture.store, never()).beat(any(), any(), any());

        doReturn(true).when(fixture.store).hearsOthers();
        assertThat(leasing.run()).isEqualTo(EngineFixture.LEASE.dividedBy(4));
        verify(fixture.store).beat(any(), any(), any());
    }

    @Test
    @DisplayName("sends its first heartbeat after a quarter of its lease if the store hears nobody")
    void first_heartbeat_unheard() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        doReturn(false).when(fixture.store).hearsOthers();
        LeaseLoop leasing = fixture.engine.leasing;
        leasing.register();

        fixture.pass(EngineFixture.LEASE.dividedBy(4));

        assertThat(leasing.run()).isEqualTo(EngineFixture.LEASE.dividedBy(4));
        verify(fixture.store).beat(any(), any(), any());
    }

    @Test
    @DisplayName(
            "interrupts its run of a job that the store does not show after a change of the server, gives back what it does not know, and uses up no attempt if that was wrong")
    void server_change() {
        LostJob processor = new LostJob();
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, processor));
        processor.fixture = fixture;
        UUID id = claimed(fixture);

        try (LogCapture log = new LogCapture()) {
            fixture.runTasks();
            fixture.engine.settling.run();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("lease on it was lost"))
                    .hasSize(1);
        }

        assertThat(processor.isInterrupted).isTrue();
        verify(fixture.store)
                .settle(argThat(all -> all.stream()
                        .anyMatch(each -> each instanceof Settlement.GiveBack
                                && each.claim().equals(processor.stray))));
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.job(id).attempt()).isZero();
    }

    /** While it runs, the worker compares, and the store leaves it out. */
    private static final class LostJob implements Processor {
        private EngineFixture fixture;
        private Claim stray;
        private boolean isInterrupted;

        @Override
        public Object process(JobContext job) throws Exception {
            stray = new Claim(
                    UUID.randomUUID(),
                    1,
                    Claim.of(job.job()).workerId(),
                    job.job().createdAt());
            doReturn(List.of(stray)).when(fixture.store).held(any());
            for (int i = 0; i < 3; i++) {
                fixture.engine.claiming.serverMayBeNew();
                fixture.engine.claiming.run();
            }
            assertThat(job.isLeaseLost()).isTrue();
            isInterrupted = Thread.interrupted();
            throw new InterruptedException();
        }
    }

    @Test
    @DisplayName("stores the result of a step that has happened, although the attempt is interrupted meanwhile")
    void step_in_an_outage() {
        StepJob processor = new StepJob();
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, processor));
        processor.fixture = fixture;
        UUID id = claimed(fixture);

        fixture.runTasks();
        fixture.engine.settling.run();

        assertThat(processor.charged).isEqualTo(1);
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture.job(id).attempt()).isEqualTo(1);
    }

    /** While the database is away, its lease runs out in a step. */
    private static final class StepJob implements Processor {
        private final Step<String> charge = Step.of("charge", String.class);
        private EngineFixture fixture;
        private int charged;
        private int refused;

        @Override
        public OnSilence onSilence() {
            return OnSilence.INTERRUPT;
        }

        @Override
        public List<Step<?>> steps() {
            return List.of(charge);
        }

        @Override
        public Object process(JobContext job) throws Exception {
            return job.run(charge, this::charge);
        }

        private String charge(String key) {
            charged++;
            away(fixture);
            doAnswer(call -> {
                        if (++refused <= 5) {
                            throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                        }
                        back(fixture);
                        fixture.engine.leasing.run();
                        return fixture.memory.finishStep(call.getArgument(0), call.getArgument(1), call.getArgument(2));
                    })
                    .when(fixture.store)
                    .finishStep(any(), any(), any());
            fixture.pass(EngineFixture.LEASE);
            fixture.engine.leasing.run();
            fixture.engine.deadlines.run();
            return "receipt";
        }
    }
}
