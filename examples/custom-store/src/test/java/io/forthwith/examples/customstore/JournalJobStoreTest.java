package io.forthwith.examples.customstore;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract, and nothing else: this is all it takes to prove a store. */
class JournalJobStoreTest extends JobStoreContract {
    @TempDir
    Path directory;

    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
    private JournalJobStore store;

    @Override
    protected JobStore newStore() {
        try {
            store = JournalJobStore.open(
                    directory.resolve("jobs"), () -> Instant.now().plus(moved.get()));
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void age(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }
}
