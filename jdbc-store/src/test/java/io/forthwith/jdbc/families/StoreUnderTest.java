package io.forthwith.jdbc.families;

import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.store.JobStore;
import io.forthwith.store.rows.InMemoryJobStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * An empty store.
 *
 * @param age makes its stored times older
 */
record StoreUnderTest(JobStore store, Consumer<Duration> age) {
    /** Its clock moves whenever it is read. */
    static StoreUnderTest inMemory() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        JobStore store =
                new InMemoryJobStore(() -> now.updateAndGet(time -> time.plus(1, ChronoUnit.MILLIS)), new Random(1));
        return new StoreUnderTest(store, by -> now.updateAndGet(time -> time.plus(by)));
    }

    static StoreUnderTest in(TestDatabase database) {
        DataSource tables = database.migrated();
        return new StoreUnderTest(JdbcJobStore.of(tables), by -> database.age(tables, by));
    }
}
