package io.forthwith.examples.customstore;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRows;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract on an engine that does every step in vain at first, as one may that finds that others were in its way. */
class RepeatedStepsTest extends JobStoreContract {
    @TempDir
    Path directory;

    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
    private KeyValueFile file;

    @Override
    protected JobStore newStore() {
        file = new KeyValueFile(directory.resolve("jobs").toString());
        return new RepeatingJobStore(file, () -> Instant.now().plus(moved.get()));
    }

    @Override
    protected void age(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }

    @AfterEach
    void close() {
        file.close();
    }

    private static final class RepeatingJobStore extends AbstractJobStore {
        private final KeyValueFile file;

        private RepeatingJobStore(KeyValueFile file, InstantSource clock) {
            super(clock, new Random(1));
            this.file = file;
        }

        @Override
        protected <T> T atomically(Function<? super JobRows, T> step) {
            assertThatThrownBy(() -> file.atomically(rows -> {
                        throw new InVain(step.apply(rows));
                    }))
                    .isInstanceOf(InVain.class);
            return file.atomically(step);
        }
    }

    @SuppressWarnings("serial") // never written
    private static final class InVain extends RuntimeException {
        private InVain(Object answer) {
            super("Done in vain, with the answer " + answer);
        }
    }
}
