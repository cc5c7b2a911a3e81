package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class LeasingContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a beat renews the lease")
    void beatRenews() {
        UUID worker = fixture().worker();
        Job job = fixture().claimed();
        for (int i = 0; i < 3; i++) {
            fixture().age(StoreFixture.LEASE.minusSeconds(5));
            assertThat(fixture().store.beat(worker, StoreFixture.LEASE, WorkerLoad.NONE))
                    .isEqualTo(new BeatAnswer(true, List.of()));
            assertThat(fixture().takeOver()).isEmpty();
        }
        assertThat(fixture().complete(job)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("a lease is as long as was asked for, at the registration and at each beat")
    void leaseLength() {
        UUID worker = UUID.randomUUID();
        fixture().store.register(ReadModelFactory.workerInfo(worker, "kit", "localhost", 1), Duration.ofHours(1));
        fixture().added();
        fixture().age(Duration.ofMinutes(50));
        assertThat(fixture().takeOver()).isEmpty();
        assertThat(fixture().claimAs(worker, 1)).hasSize(1);

        fixture().store.beat(worker, Duration.ofSeconds(30), WorkerLoad.NONE);
        fixture().age(Duration.ofSeconds(31));
        assertThat(fixture().takeOver()).hasSize(1);
    }

    @Test
    @DisplayName("a beat renews an expired lease that was not taken over")
    void beatRevives() {
        Job job = fixture().claimed();
        fixture().age(StoreFixture.LEASE.multipliedBy(3));

        assertThat(fixture()
                        .store
                        .beat(fixture().worker(), StoreFixture.LEASE, WorkerLoad.NONE)
                        .alive())
                .isTrue();
        assertThat(fixture().takeOver()).isEmpty();
        assertThat(fixture().complete(job)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("a beat of a worker that was declared dead, has deregistered or never registered says so")
    void deadBeat() {
        UUID worker = fixture().worker();
        fixture().loseWorkers();

        assertThat(fixture().store.beat(worker, StoreFixture.LEASE, WorkerLoad.NONE))
                .isEqualTo(BeatAnswer.DEAD);
        assertThat(fixture().store.beat(UUID.randomUUID(), StoreFixture.LEASE, WorkerLoad.NONE))
                .isEqualTo(BeatAnswer.DEAD);
        UUID gone = fixture().register();
        fixture().store.deregister(gone);
        assertThat(fixture().store.beat(gone, StoreFixture.LEASE, WorkerLoad.NONE))
                .isEqualTo(BeatAnswer.DEAD);
    }

    @Test
    @DisplayName("a beat lists the worker's own jobs that are to be cancelled")
    void beatListsCancels() {
        Job cancelled = fixture().claimed();
        Job other = fixture().claimed();
        UUID stranger = fixture().register();
        fixture().added();
        Job strangers = fixture().claimAs(stranger, 10).get(0);
        fixture().store.cancel(cancelled.id(), Locale.ENGLISH);
        fixture().store.cancel(strangers.id(), Locale.ENGLISH);

        assertThat(fixture()
                        .store
                        .beat(fixture().worker(), StoreFixture.LEASE, ReadModelFactory.workerLoad(1, false))
                        .cancelRequested())
                .containsExactly(Claim.of(cancelled));
        assertThat(fixture().complete(other)).isEqualTo(Settled.APPLIED);
        fixture().complete(cancelled);
        assertThat(fixture()
                        .store
                        .beat(fixture().worker(), StoreFixture.LEASE, ReadModelFactory.workerLoad(1, false))
                        .cancelRequested())
                .isEmpty();
    }
}
