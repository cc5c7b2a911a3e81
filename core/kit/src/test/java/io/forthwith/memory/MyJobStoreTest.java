package io.forthwith.memory;

import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import io.forthwith.memory.Engine.EngineConflict;
import io.forthwith.memory.Engine.EngineUnreachable;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.JobRowAccess;
import java.time.Duration;
import java.util.function.Function;

/** The store of the guide to writing a store. */
class MyJobStoreTest extends JobStoreContract {
    private final Engine engine = new Engine();

    @Override
    protected JobStore newStore() {
        return new MyJobStore(engine); // without jobs and workers
    }

    @Override
    protected void age(Duration by) {
        engine.moveClock(by);
    }
}

final class MyJobStore extends AbstractJobStore {
    private final Engine engine;

    MyJobStore(Engine engine) {
        this.engine = engine;
    }

    @Override
    protected <T> T atomically(Function<? super JobRowAccess, T> work) {
        try (Engine.Transaction transaction = engine.begin()) {
            T answer = work.apply(transaction.jobRows());
            try {
                transaction.commit();
            } catch (EngineUnreachable lost) {
                throw new JobStoreException(Kind.UNKNOWN_OUTCOME, "No answer to the commit", lost);
            }
            return answer;
        } catch (EngineUnreachable failed) {
            throw new JobStoreException(Kind.TRANSIENT, "The engine cannot be reached", failed);
        }
    }

    @Override
    protected boolean isConflict(RuntimeException thrown) {
        return thrown instanceof EngineConflict;
    }
}
