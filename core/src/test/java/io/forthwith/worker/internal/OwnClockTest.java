package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.Processor;
import io.forthwith.Processor.OnSilence;
import io.forthwith.store.Claim;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.RunningJob;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
        org.mockito.Mockito.doAnswer(
                        call -> fixture.memory.beat(call.getArgument(0), call.getArgument(1), call.getArgument(2)))
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

    @Test
    @DisplayName("sends its first heartbeat when the store hears other processes, or after two seconds")
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
    @DisplayName("sends its first heartbeat after two seconds if the store hears nobody")
    void first_heartbeat_unheard() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        doReturn(false).when(fixture.store).hearsOthers();
        LeaseLoop leasing = fixture.engine.leasing;
        leasing.register();

        fixture.pass(Duration.ofSeconds(2));

        assertThat(leasing.run()).isEqualTo(EngineFixture.LEASE.dividedBy(4));
        verify(fixture.store).beat(any(), any(), any());
    }

    @Test
    @DisplayName(
            "ends its run of a job that the store gives to somebody else after a change of the server, and gives back what it does not know")
    void server_change() {
        EngineFixture fixture = fixture(new LongJob(OnSilence.GO_ON));
        RunningJob run = fixture.engine.held.get(Claim.of(fixture.job(claimed(fixture))));
        Claim stray = new Claim(
                UUID.randomUUID(),
                1,
                run.claim().workerId(),
                fixture.job(run.job().id()).createdAt());
        doReturn(java.util.List.of(stray)).when(fixture.store).held(any());

        fixture.engine.claiming.serverMayBeNew();
        fixture.engine.claiming.run();

        assertThat(run.isLeaseLost()).isTrue();
        assertThat(fixture.engine.settling.unsettled()).isNotNull();
        verify(fixture.store).held(run.claim().workerId());
    }
}
