package io.forthwith.store.kit;

import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

class InMemoryJobStoreTest extends JobStoreContract {
    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);

    @Override
    protected JobStore newStore() {
        return new InMemoryJobStore(() -> Instant.now().plus(moved.get()), new Random(1)).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }
}
