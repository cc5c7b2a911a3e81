package io.forthwith.jdbc.families;

import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.kit.internal.random.RandomFamilies;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kit's model is compared with the store on every database, and with the one in memory. */
@DisplayName("Random families and graphs")
@Tag("section")
@Tag("slow")
class RandomFamiliesTest {
    /** As many tries. */
    private static final int TIMES = Boolean.getBoolean("chaos") ? 50 : Boolean.getBoolean("thorough") ? 3 : 1;

    @ParameterizedTest
    @CsvSource({"H2, 6", "POSTGRESQL, 12", "MARIADB, 6", "SQLITE, 6"})
    @DisplayName("are in a database what the model of the contract kit says")
    void in_a_database(TestDatabase database, int tries) {
        play(() -> in(database), tries);
    }

    @Test
    @DisplayName("are in memory what the model of the contract kit says")
    void in_memory() {
        play(RandomFamiliesTest::inMemory, 200);
    }

    private static void play(Supplier<StoreFixture> stores, int tries) {
        RandomFamilies.play(stores, TIMES * tries);
    }

    private static StoreFixture in(TestDatabase database) {
        DataSource tables = database.migrated();
        return new StoreFixture(JdbcJobStore.of(tables), by -> database.age(tables, by));
    }

    /** Its clock moves whenever it is read. */
    private static StoreFixture inMemory() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        InMemoryJobStore store =
                new InMemoryJobStore(() -> now.updateAndGet(time -> time.plus(1, ChronoUnit.MILLIS)), new Random(1));
        return new StoreFixture(store, by -> now.updateAndGet(time -> time.plus(by)));
    }
}
