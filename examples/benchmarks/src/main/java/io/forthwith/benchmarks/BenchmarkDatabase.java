package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.JdbcSchema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server as durable as one in production: one of our own, or one that runs already. Everything happens in a schema of its
 * own, so that a database that is used for something else is not harmed. To be used by one thread.
 */
final class BenchmarkDatabase implements AutoCloseable {
    private static final String SCHEMA = "forthwith_benchmark";
    private static final String NAME = "forthwith-benchmark";
    private static final List<String> DURABLE = List.of("fsync", "synchronous_commit", "full_page_writes");
    private static final int CONNECTIONS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final @Nullable EmbeddedPostgres server;
    private final String url;
    private final Connection watch;
    /** Opened when something is measured in this process. */
    private @Nullable HikariDataSource pool;

    private BenchmarkDatabase(@Nullable EmbeddedPostgres server, String url) throws SQLException {
        this.server = server;
        this.url = url;
        this.watch = outsider();
        clear();
    }

    /** The one that {@code jdbc.url} names, or a new server. */
    static BenchmarkDatabase start(Options options) throws IOException, SQLException {
        String theirs = options.text("jdbc.url").orElse(null);
        if (theirs != null) {
            return new BenchmarkDatabase(null, inSchema(theirs));
        }
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB")
                .start();
        return new BenchmarkDatabase(server, inSchema(server.getJdbcUrl("postgres", "postgres")));
    }

    /** reWriteBatchedInserts is what PostgreSQL's driver advises for batches; some contenders send those. */
    private static String inSchema(String url) {
        return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + SCHEMA + "&ApplicationName=" + NAME
                + "&reWriteBatchedInserts=true";
    }

    /** For another process. */
    String url() {
        return url;
    }

    /** For work in this process. */
    DataSource dataSource() {
        if (pool == null) {
            pool = Pools.open(url, CONNECTIONS);
        }
        return pool;
    }

    /** A connection outside the pool, as another program would have. */
    Connection outsider() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /** Leaves nothing of what was there. */
    void clear() throws SQLException {
        execute("DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
        execute("CREATE SCHEMA " + SCHEMA);
    }

    /** Leaves Forthwith's tables, empty. */
    void empty() throws SQLException {
        clear();
        JdbcSchema.migrate(dataSource());
        rest();
    }

    /** Leaves the tables of a responder, empty. */
    void prepare(Responder responder) throws Exception {
        clear();
        try (HikariDataSource maker = Pools.open(url, 2)) {
            responder.createTables(maker);
        }
        rest();
        awaitDisconnected();
    }

    /** What was written so far shall not cost those who come next: statistics are taken and everything is on disk. */
    void rest() throws SQLException {
        for (String table : tables()) {
            execute("VACUUM (ANALYZE) " + table);
        }
        execute("CHECKPOINT");
    }

    private List<String> tables() throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Statement statement = watch.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = '" + SCHEMA + "'")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    /** Waits until this run has no other connections: only then are the server's statistics complete. */
    void awaitDisconnected() throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + NAME
                + "' AND datname = current_database() AND pid <> pg_backend_pid()";
        while (number(others) > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Connections have been left open");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Dead rows that vacuum has not removed yet. */
    long deadRows() throws SQLException {
        return number(
                "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE schemaname = '" + SCHEMA + "'");
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = watch.createStatement()) {
            statement.execute(sql);
        }
    }

    long number(String sql) throws SQLException {
        return Long.parseLong(text(sql));
    }

    boolean isTrue(String sql) throws SQLException {
        return text(sql).equals("t");
    }

    private String text(String sql) throws SQLException {
        try (Statement statement = watch.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Fails unless a query gives this number. */
    void require(long expected, String sql) throws SQLException {
        long actual = number(sql);
        if (actual != expected) {
            throw new IllegalStateException("Expected " + expected + " but found " + actual + ": " + sql);
        }
    }

    /** Fails unless what is committed survives a loss of power. */
    void requireDurable() throws SQLException {
        for (String setting : DURABLE) {
            if (!text("SHOW " + setting).equals("on")) {
                throw new IllegalStateException("PostgreSQL's " + setting + " is " + text("SHOW " + setting)
                        + ": figures of a database that may lose what it has committed mean nothing");
            }
        }
    }

    String settings() throws SQLException {
        StringBuilder words = new StringBuilder("PostgreSQL ").append(text("SHOW server_version"));
        for (String setting : DURABLE) {
            words.append(", ").append(setting).append(' ').append(text("SHOW " + setting));
        }
        for (String setting : List.of("wal_sync_method", "shared_buffers", "max_wal_size", "autovacuum")) {
            words.append(", ").append(setting).append(' ').append(text("SHOW " + setting));
        }
        return words.toString();
    }

    @Override
    public void close() throws IOException, SQLException {
        if (pool != null) {
            pool.close();
        }
        if (server == null) {
            execute("DROP SCHEMA " + SCHEMA + " CASCADE");
        }
        watch.close();
        if (server != null) {
            server.close();
        }
    }
}
