package io.forthwith.examples.customstore;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs the whole contract kit. A store needs no more than this class. */
class KeyValueJobStoreTest extends JobStoreContract {
    @TempDir
    Path directory;

    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
    private KeyValueJobStore store;

    @Override
    protected JobStore newStore() {
        store = KeyValueJobStore.open(
                directory.resolve("jobs"), () -> Instant.now().plus(moved.get()));
        return store;
    }

    @Override
    protected void age(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }

    @AfterEach
    void close() {
        store.close();
    }
}
