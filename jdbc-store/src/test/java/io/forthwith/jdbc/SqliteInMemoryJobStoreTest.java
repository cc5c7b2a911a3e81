package io.forthwith.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@DisplayName("The contract, kept by SQLite in memory")
@EnabledIfSystemProperty(named = "chaos", matches = "true", disabledReason = "SQLite in a file runs always")
class SqliteInMemoryJobStoreTest extends JobStoreContract {
    private final HikariDataSource database = database();

    private static HikariDataSource database() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(TestSqlite.at("jdbc:sqlite:file:" + UUID.randomUUID() + "?mode=memory&cache=shared"));
        // Once the last is closed the database is gone.
        config.setMinimumIdle(1);
        config.setMaximumPoolSize(16);
        HikariDataSource pool = new HikariDataSource(config);
        JdbcSchema.migrate(pool);
        return pool;
    }

    @Override
    protected JobStore newStore() {
        return JdbcJobStore.of(database).labels("order", "tenant");
    }

    @Override
    protected void age(Duration by) {
        TestSqlite.age(database, by);
    }

    @AfterEach
    void close() {
        database.close();
    }
}
