package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store in an SQLite file, and connections of other processes to the file. */
abstract class SqliteFixture {
    @TempDir
    Path folder;

    final ExecutorService threads = Executors.newCachedThreadPool();
    final List<HikariDataSource> pools = new ArrayList<>();
    DataSource database;
    JdbcJobStore store;

    @BeforeEach
    void migrate() {
        database = pool(file());
        JdbcSchema.migrate(database);
        store = JdbcJobStore.of(database);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        pools.forEach(HikariDataSource::close);
    }

    Path file() {
        return folder.resolve("jobs.db");
    }

    HikariDataSource pool(Path file) {
        HikariDataSource pool = TestPostgres.pool(TestSqlite.in(file));
        pools.add(pool);
        return pool;
    }

    /** As another process has it, which knows nothing of our turns. */
    Connection stranger() throws SQLException {
        return TestSqlite.in(file()).getConnection();
    }

    static void run(Connection connection, String statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(statements);
        }
    }

    static JobStoreException failure(Runnable call) {
        return catchThrowableOfType(JobStoreException.class, call::run);
    }

    static boolean isOver(CountDownLatch latch) {
        try {
            return latch.await(Patience.SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            return false;
        }
    }

    static SqlDialect dialect(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return SupportedDatabases.of(connection, TableNames.STANDARD).dialect();
        }
    }
}
