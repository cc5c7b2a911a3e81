package io.forthwith.memory;

import io.forthwith.store.rows.JobRowAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/** The engine of the guide to writing a store: its transactions are serializable, and now and then one of them loses against another. */
final class Engine {
    private static final int CONFLICT_EVERY = 7;

    private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
    private final AtomicInteger begun = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final InMemoryRows rows = new InMemoryRows(() -> Instant.now().plus(moved.get()));

    void moveClock(Duration by) {
        moved.updateAndGet(before -> before.plus(by));
    }

    Transaction begin() {
        if (begun.incrementAndGet() % CONFLICT_EVERY == 0) {
            throw new EngineConflict();
        }
        lock.lock();
        return new Transaction();
    }

    final class Transaction implements AutoCloseable {
        JobRowAccess jobRows() {
            return rows;
        }

        void commit() {}

        @Override
        public void close() {
            lock.unlock();
        }
    }

    static final class EngineConflict extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    static final class EngineUnreachable extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
