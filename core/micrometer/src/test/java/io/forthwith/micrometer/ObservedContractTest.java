package io.forthwith.micrometer;

import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

@DisplayName("An observed store keeps the contract of the store behind it:")
class ObservedContractTest extends JobStoreContract {
    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);

    @Override
    protected JobStore newStore() {
        return JobMetrics.withoutThread(new SimpleMeterRegistry())
                .observe(new InMemoryJobStore(() -> Instant.now().plus(moved.get()), new Random(1))
                        .labels("order", "tenant"));
    }

    @Override
    protected void age(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }
}
