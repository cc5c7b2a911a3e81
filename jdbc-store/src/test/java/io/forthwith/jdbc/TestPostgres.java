package io.forthwith.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** One PostgreSQL server for all tests of this JVM, with the schema in place. Not durable, but for {@link #durable}. */
final class TestPostgres {
    private static final TestPostgres SHARED = new TestPostgres(start(false));

    private final EmbeddedPostgres server;
    private final HikariDataSource pool;

    private TestPostgres(EmbeddedPostgres server) {
        this.server = server;
        this.pool = pool(server.getPostgresDatabase());
        JdbcSchema.migrate(pool);
    }

    /** The pool, its tables empty. Only those that were written to are truncated, because that makes new files for each index. */
    static DataSource empty() {
        Sql.run(SHARED.pool, """
                DO $$
                DECLARE written text;
                BEGIN
                    SELECT string_agg(oid::regclass::text, ', ') INTO written FROM pg_class
                    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                        AND relname <> 'job_schema' AND pg_relation_size(oid) > 0;
                    IF written IS NOT NULL THEN
                        EXECUTE 'TRUNCATE ' || written;
                    END IF;
                END $$""");
        return SHARED.pool;
    }

    /** Where the server listens, on the loopback address. */
    static int port() {
        return SHARED.server.getPort();
    }

    /** Connections of their own, without a pool. */
    static DataSource unpooled() {
        return SHARED.server.getPostgresDatabase();
    }

    /** A database of its own on the shared server, without tables. */
    static DataSource newDatabase(String name) {
        Sql.run(SHARED.pool, "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        Sql.run(SHARED.pool, "CREATE DATABASE " + name);
        return SHARED.server.getDatabase("postgres", name);
    }

    /** Keeps autovacuum from the jobs, also from summarizing their BRIN index: its scans would count as those of a test. */
    static void quiet(DataSource database) {
        Sql.run(database, "ALTER TABLE job SET (autovacuum_enabled = false)");
        Sql.run(database, "ALTER INDEX job_created SET (autosummarize = off)");
    }

    /** Another role on the shared server. */
    static DataSource as(String role, String database) {
        return SHARED.server.getDatabase(role, database);
    }

    /** The shared server, with further settings of the driver or the session in the URL. */
    static DataSource with(String settings) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(SHARED.server.getJdbcUrl("postgres", "postgres") + "&" + settings);
        return database;
    }

    /** A server that really writes to disk, to be closed by the caller. */
    static EmbeddedPostgres durable() {
        return start(true);
    }

    static HikariDataSource pool(DataSource server) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(server);
        config.setMaximumPoolSize(16);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    static void age(Duration by) {
        age(SHARED.pool, by);
    }

    static void age(DataSource database, Duration by) {
        String older = " - " + by.toMillis() + " * interval '1 millisecond'";
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

    private static EmbeddedPostgres start(boolean durable) {
        String setting = durable ? "on" : "off";
        try {
            return EmbeddedPostgres.builder()
                    .setServerConfig("fsync", setting)
                    .setServerConfig("synchronous_commit", setting)
                    .setServerConfig("full_page_writes", setting)
                    .start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
