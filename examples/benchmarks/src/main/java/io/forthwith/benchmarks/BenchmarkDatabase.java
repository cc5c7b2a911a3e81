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
 * A PostgreSQL server with the durability of production: a new server, or one that is already running. It uses its own
 * schemas and changes no other data in the database. Not thread-safe.
 */
final class BenchmarkDatabase implements AutoCloseable {
    private static final String SCHEMA = "forthwith_benchmark";
    private static final int FIRST_WITH_FORCED_STATISTICS = 150_000;
    private static final String NAME = "forthwith-benchmark";
    private static final String OF_OTHERS =
            " FROM pg_stat_activity WHERE application_name = '" + NAME + "' AND datname = current_database()";
    private static final String OPEN_CONNECTIONS =
            "SELECT string_agg(concat_ws(' ', pid, backend_type, state, wait_event, now() - backend_start, now() - state_change, query), '; ')"
                    + OF_OTHERS;
    private static final List<String> DURABLE = List.of("fsync", "synchronous_commit", "full_page_writes");
    private static final int CONNECTIONS = 16;
    /** A connection that is left open stays so, however long this waits. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final @Nullable EmbeddedPostgres server;
    private final String baseUrl;
    private final String schema;
    private final Connection watch;
    /** The number of statements that {@link #watch} has run. */
    private long watched;
    /** Opened when something is measured in this process. */
    private @Nullable HikariDataSource pool;

    private BenchmarkDatabase(@Nullable EmbeddedPostgres server, String baseUrl, String schema) throws SQLException {
        this.server = server;
        this.baseUrl = baseUrl;
        this.schema = schema;
        this.watch = outsider();
        execute("SET application_name = 'watch'");
        clear();
    }

    /** The server that {@code jdbc.url} names, or a new one. */
    static BenchmarkDatabase start(Options options) throws IOException, SQLException {
        String theirs = options.text("jdbc.url").orElse(null);
        if (theirs != null) {
            return new BenchmarkDatabase(null, theirs, SCHEMA);
        }
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB")
                .start();
        return new BenchmarkDatabase(server, server.getJdbcUrl("postgres", "postgres"), SCHEMA);
    }

    /** The same database with another schema. */
    BenchmarkDatabase beside(String name) throws SQLException {
        return new BenchmarkDatabase(null, baseUrl, SCHEMA + "_" + name);
    }

    /** The URL for another process. The PostgreSQL driver advises reWriteBatchedInserts for batches, which some contenders send. */
    String url() {
        return baseUrl + (baseUrl.contains("?") ? "&" : "?") + "currentSchema=" + schema + "&ApplicationName=" + NAME
                + "&reWriteBatchedInserts=true";
    }

    /** The pool for work in this process. */
    DataSource dataSource() throws SQLException {
        if (pool == null) {
            pool = Pools.open(url(), CONNECTIONS);
        }
        return pool;
    }

    /** A connection outside the pool, like that of another program. */
    Connection outsider() throws SQLException {
        return DriverManager.getConnection(url());
    }

    /** Replaces the schema by an empty one. */
    void clear() throws SQLException {
        execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
        execute("CREATE SCHEMA " + schema);
    }

    /** Leaves empty tables of Forthwith. */
    void empty() throws SQLException {
        clear();
        JdbcSchema.migrate(dataSource());
        rest();
    }

    /** Leaves this many jobs of a contender, and no rows of earlier rounds. */
    void prepare(Contender contender, int jobs) throws Exception {
        contender.reset(this);
        if (jobs > 0) {
            try (HikariDataSource connections = Pools.open(url(), Pools.FEW)) {
                contender.enqueue(connections, 0, jobs);
            }
        }
        rest();
        awaitDisconnected();
    }

    /** Leaves empty tables of a responder. */
    void prepare(Responder responder) throws Exception {
        clear();
        try (HikariDataSource connections = Pools.open(url(), Pools.FEW)) {
            responder.createTables(connections);
        }
        rest();
        awaitDisconnected();
    }

    /** Collects statistics and writes everything to disk, so that earlier writes do not slow down the next round. */
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
                        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = '" + schema + "'")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    /** Waits until only watching connections are open, because only then are the statistics of the server complete. */
    void awaitDisconnected() throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (number("SELECT count(*)" + OF_OTHERS) > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Connections have been left open: " + text(OPEN_CONNECTIONS));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Transactions committed in this database by other connections. Only the growth of this figure has a meaning. */
    long othersCommits() throws SQLException {
        if (number("SHOW server_version_num") >= FIRST_WITH_FORCED_STATISTICS) {
            // Otherwise the server might not count yet what this connection did in the last second.
            text("SELECT pg_stat_force_next_flush()");
        }
        long ours = watched;
        return number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()") - ours;
    }

    /** Dead rows that vacuum has not removed yet. */
    long deadRows() throws SQLException {
        return number(
                "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE schemaname = '" + schema + "'");
    }

    void execute(String sql) throws SQLException {
        watched++;
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
        watched++;
        try (Statement statement = watch.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Fails unless a query returns this number. */
    void require(long expected, String sql) throws SQLException {
        long actual = number(sql);
        if (actual != expected) {
            throw new IllegalStateException("Expected " + expected + " but found " + actual + ": " + sql);
        }
    }

    /** Fails unless committed transactions survive a loss of power. */
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
        for (String setting :
                List.of("wal_sync_method", "shared_buffers", "max_wal_size", "autovacuum", "max_connections", "jit")) {
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
            execute("DROP SCHEMA " + schema + " CASCADE");
        }
        watch.close();
        if (server != null) {
            server.close();
        }
    }
}
