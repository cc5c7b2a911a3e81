package io.forthwith.jdbc;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("The contract, kept by H2")
@Tag("section")
@Tag("slow")
class H2JobStoreTest extends JobStoreContract {
    private final DataSource database = TestH2.migrated();

    @Override
    protected JobStore newStore() {
        return JdbcJobStore.of(database).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        TestH2.age(database, by);
    }

    @AfterEach
    void close() {
        Sql.run(database, "SHUTDOWN");
    }
}
