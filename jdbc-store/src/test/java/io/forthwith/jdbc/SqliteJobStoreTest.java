package io.forthwith.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("The contract, kept by SQLite in a file")
@Tag("section")
@Tag("slow")
class SqliteJobStoreTest extends JobStoreContract {
    private final DataSource database = TestSqlite.migrated();

    @Override
    protected JobStore newStore() {
        return JdbcJobStore.of(database).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        TestSqlite.age(database, by);
    }

    @AfterEach
    void close() throws SQLException {
        database.unwrap(HikariDataSource.class).close();
    }
}
