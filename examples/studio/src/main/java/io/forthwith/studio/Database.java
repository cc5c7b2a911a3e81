package io.forthwith.studio;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The database with the jobs and the credits, and its connection pool. */
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS = 8;

    private final HikariDataSource pool;
    private final @Nullable AutoCloseable server;

    private Database(HikariDataSource pool, @Nullable AutoCloseable server) {
        this.pool = pool;
        this.server = server;
    }

    /** Opens the database that the settings name; by default a new H2 file in the folder of the studio. */
    public static Database open(Settings settings) throws IOException {
        if (settings.jdbcUrl() != null) {
            return new Database(pool(settings.jdbcUrl(), settings.user(), settings.password()), null);
        }
        if (settings.db().equals("postgres")) {
            EmbeddedPostgres server = EmbeddedPostgres.start();
            return new Database(pool(server.jdbcUrl(), null, null), server);
        }
        // By default H2 closes a database as soon as its process is told to stop; the worker still writes what its jobs
        // come to.
        String url = "jdbc:h2:file:" + settings.folder().resolve("jobs") + ";DB_CLOSE_ON_EXIT=FALSE";
        return new Database(pool(url, null, null), null);
    }

    /** The connection pool. */
    public DataSource dataSource() {
        return pool;
    }

    /** Whether another process can open it too. */
    public boolean isShared() {
        return pool.getJdbcUrl().startsWith("jdbc:postgresql:");
    }

    /** The settings with which another process opens the same database. */
    public Settings shared(Settings settings) {
        return new Settings(
                settings.folder(),
                settings.language(),
                settings.db(),
                pool.getJdbcUrl(),
                pool.getUsername(),
                pool.getPassword(),
                settings.imageMinute(),
                null);
    }

    /** Product, version and address, for a person. */
    public String describe() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            DatabaseMetaData facts = connection.getMetaData();
            return facts.getDatabaseProductName() + " " + facts.getDatabaseProductVersion() + ", "
                    + facts.getURL().replaceFirst("[?;].*", "");
        }
    }

    @Override
    public void close() throws Exception {
        pool.close();
        if (server != null) {
            server.close();
        }
    }

    private static HikariDataSource pool(String url, @Nullable String user, @Nullable String password) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("studio");
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(config);
    }
}
