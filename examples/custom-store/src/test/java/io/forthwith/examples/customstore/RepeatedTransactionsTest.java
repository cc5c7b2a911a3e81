package io.forthwith.examples.customstore;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract kit on an engine that rolls back each transaction once, as after a conflict with another one. */
@Tag("section")
@Tag("slow")
class RepeatedTransactionsTest extends JobStoreContract {
    @TempDir
    Path directory;

    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
    private KeyValueFile file;

    @Override
    protected JobStore newStore() {
        file = new KeyValueFile(
                directory.resolve("jobs").toString(), () -> Instant.now().plus(moved.get()));
        return new RepeatingJobStore(file);
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
        private final ThreadLocal<Boolean> isRepeated = ThreadLocal.withInitial(() -> false);

        private RepeatingJobStore(KeyValueFile file) {
            this.file = file;
        }

        @Override
        protected <T> T atomically(Function<? super JobRowAccess, T> work) {
            boolean isInVain = !isRepeated.get();
            isRepeated.set(isInVain);
            return file.atomically(rows -> {
                T answer = work.apply(rows);
                if (isInVain) {
                    throw new Conflict(answer);
                }
                return answer;
            });
        }

        @Override
        protected boolean isConflict(RuntimeException thrown) {
            return thrown instanceof Conflict;
        }
    }

    @SuppressWarnings("serial") // never written
    private static final class Conflict extends RuntimeException {
        private Conflict(Object answer) {
            super("Another transaction conflicted with that of the answer " + answer);
        }
    }
}
