package io.forthwith.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** One MariaDB server for all tests of this JVM, with the schema in place. Not durable. */
final class TestMariaDb {
    private static final String[] TABLES = {
        "job",
        "job_worker",
        "job_worker_type",
        "job_failure",
        "job_step",
        "job_predecessor",
        "job_queue",
        "job_key",
        "job_limit",
        "job_limit_key",
        "job_limit_note",
        "job_limit_change",
        "job_schedule",
        "job_minute",
        "job_minute_write",
        "job_failure_minute",
        "job_depth",
        "job_act",
        "job_audit",
        "job_label",
        "job_label_name",
        "job_number"
    };

    private static final TestMariaDb SHARED = new TestMariaDb();

    private final int port;
    private final HikariDataSource pool;

    private TestMariaDb() {
        try {
            this.port = MariaDbRelease.start(
                            Files.createTempDirectory("mariadb"),
                            "--innodb-flush-log-at-trx-commit=0",
                            "--max-connections=300")
                    .getConfiguration()
                    .getPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Sql.run(database("mysql", ""), "CREATE DATABASE forthwith");
        this.pool = TestPostgres.pool(database("forthwith", ""));
        JdbcSchema.migrate(pool);
    }

    /** The pool, its tables empty. */
    static DataSource empty() {
        for (String table : TABLES) {
            Sql.run(SHARED.pool, "DELETE FROM " + table);
        }
        return SHARED.pool;
    }

    /** Where the server listens, on the loopback address. */
    static int port() {
        return SHARED.port;
    }

    /** A database of its own on the shared server, without tables. */
    static DataSource newDatabase(String name) {
        Sql.run(SHARED.pool, "DROP DATABASE IF EXISTS " + name);
        Sql.run(SHARED.pool, "CREATE DATABASE " + name);
        return SHARED.database(name, "");
    }

    /** The shared database by connections without a pool, with further settings of the driver. */
    static DataSource with(String settings) {
        return SHARED.database("forthwith", settings);
    }

    private DataSource database(String name, String settings) {
        try {
            MariaDbDataSource database = new MariaDbDataSource(
                    "jdbc:mariadb://127.0.0.1:" + port + "/" + name + "?allowMultiQueries=true" + settings);
            database.setUser("root");
            database.setPassword("");
            return database;
        } catch (SQLException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    static void age(DataSource database, Duration by) {
        String older = " - INTERVAL " + by.toMillis() * 1_000 + " MICROSECOND";
        Sql.run(database, Sql.ageing("job", older, Sql.JOB_TIMES));
        Sql.run(database, Sql.ageing("job_key", older, "expires_at"));
        Sql.run(database, Sql.ageing("job_limit_key", older, "used_until", "rests_until", "paused_at"));
        Sql.run(database, Sql.ageing("job_limit_note", older, "due_at"));
        Sql.run(database, Sql.ageing("job_worker", older, "started_at", "lease_until", "beat_at"));
        Sql.run(database, Sql.ageing("job_failure", older, "started_at", "failed_at"));
        Sql.run(database, Sql.ageing("job_step", older, "started_at", "finished_at", "undone_at"));
        Sql.run(database, Sql.ageing("job_act", older, "until_at", "created_at", "ended_at"));
        Sql.run(database, Sql.ageing("job_audit", older, "done_at"));
    }
}
