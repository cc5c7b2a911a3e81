package io.forthwith.jdbc;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Two transactions that lock two rows crosswise, the first time. */
final class Crossing {
    private final Database database;
    private final CyclicBarrier bothHoldOne = new CyclicBarrier(2);
    private final AtomicInteger tries = new AtomicInteger();

    Crossing(Database database) {
        this.database = database;
    }

    int tries() {
        return tries.get();
    }

    void run(UUID one, UUID other) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> there = threads.submit(() -> lockBoth(one, other));
            Future<Integer> back = threads.submit(() -> lockBoth(other, one));
            there.get(60, TimeUnit.SECONDS);
            back.get(60, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    private int lockBoth(UUID first, UUID second) {
        return database.transaction("cross", session -> {
            touch(session, first);
            if (tries.incrementAndGet() <= 2) {
                await();
            }
            touch(session, second);
            return 2;
        });
    }

    private void await() {
        try {
            bothHoldOne.await(Patience.SECONDS, TimeUnit.SECONDS);
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private void touch(Session session, UUID id) throws SQLException {
        session.update(
                database.dialect().sql("UPDATE {job} SET attempt = attempt + 1 WHERE id = ?"), binder -> binder.id(id));
    }
}
