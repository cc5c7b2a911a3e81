package io.forthwith.jdbc;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The contract, kept by PostgreSQL")
class PostgresJobStoreTest extends JobStoreContract {
    @Override
    protected JobStore newStore() {
        return JdbcJobStore.of(TestPostgres.empty()).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        TestPostgres.age(by);
    }
}
