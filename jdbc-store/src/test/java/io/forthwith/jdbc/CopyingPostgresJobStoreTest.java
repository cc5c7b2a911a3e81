package io.forthwith.jdbc;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** In short {@link OldestPostgresJobStoreTest} does as much. */
@DisplayName("The contract, kept by PostgreSQL when even two jobs are copied")
@EnabledIfSystemProperty(named = "chaos", matches = "true", disabledReason = "the oldest PostgreSQL copies as well")
class CopyingPostgresJobStoreTest extends JobStoreContract {
    @Override
    protected JobStore newStore() {
        return CopyingTest.copying(TestPostgres.empty());
    }

    @Override
    protected void age(Duration by) {
        TestPostgres.age(by);
    }
}
