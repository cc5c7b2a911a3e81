package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.JdbcSchema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** A PostgreSQL server of its own, as durable as one in production, and a pool of connections to it. */
final class BenchmarkDatabase implements AutoCloseable {
    private static final int CONNECTIONS = 16;

    private final EmbeddedPostgres server;
    private final HikariDataSource pool;

    private BenchmarkDatabase(EmbeddedPostgres server, HikariDataSource pool) {
        this.server = server;
        this.pool = pool;
    }

    static BenchmarkDatabase start() throws IOException {
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB")
                .start();
        HikariConfig config = new HikariConfig();
        config.setDataSource(server.getPostgresDatabase());
        config.setMaximumPoolSize(CONNECTIONS);
        HikariDataSource pool = new HikariDataSource(config);
        JdbcSchema.migrate(pool);
        return new BenchmarkDatabase(server, pool);
    }

    DataSource dataSource() {
        return pool;
    }

    /** A connection outside the pool, as another program would have. */
    Connection outsider() throws SQLException {
        return server.getPostgresDatabase().getConnection();
    }

    void empty() throws SQLException {
        try (Connection connection = outsider();
                Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE job, job_failure, job_step, job_predecessor");
            statement.execute("VACUUM ANALYZE job");
            statement.execute("CHECKPOINT");
        }
    }

    long count(String status) throws SQLException {
        try (Connection connection = outsider();
                var statement = connection.prepareStatement("SELECT count(*) FROM job WHERE status = ?")) {
            statement.setString(1, status);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    String settings() throws SQLException {
        try (Connection connection = outsider();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 'PostgreSQL ' || current_setting('server_version')"
                        + " || ', fsync ' || current_setting('fsync')"
                        + " || ', synchronous_commit ' || current_setting('synchronous_commit')"
                        + " || ', full_page_writes ' || current_setting('full_page_writes')"
                        + " || ', shared_buffers ' || current_setting('shared_buffers')")) {
            rows.next();
            return rows.getString(1) + ", " + Runtime.getRuntime().availableProcessors() + " processors, Java "
                    + Runtime.version().feature();
        }
    }

    @Override
    public void close() throws IOException {
        pool.close();
        server.close();
    }
}
