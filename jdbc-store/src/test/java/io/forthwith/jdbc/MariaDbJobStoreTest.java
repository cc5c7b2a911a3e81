package io.forthwith.jdbc;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("The contract, kept by MariaDB")
@Tag("section")
@Tag("slow")
class MariaDbJobStoreTest extends JobStoreContract {
    private final DataSource database = TestMariaDb.empty();

    @Override
    protected JobStore newStore() {
        return JdbcJobStore.of(database).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        TestMariaDb.age(database, by);
    }
}
