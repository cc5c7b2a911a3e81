package io.forthwith.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.sqlite.SQLiteDataSource;

/** SQLite databases, each in a file of its own, and pooled. Not durable. */
final class TestSqlite {
    private static final Path FOLDER = folder();
    private static final Path MIGRATED = migratedFile();

    private TestSqlite() {}

    /** A new database with the tables in place. */
    static DataSource migrated() {
        Path file = newFile();
        try {
            Files.copy(MIGRATED, file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return TestPostgres.pool(in(file));
    }

    /** A new database without tables. */
    static DataSource empty() {
        return TestPostgres.pool(in(newFile()));
    }

    static SQLiteDataSource in(Path file) {
        return at("jdbc:sqlite:" + file + "?synchronous=OFF");
    }

    static SQLiteDataSource at(String url) {
        SQLiteDataSource database = new SQLiteDataSource();
        database.setUrl(url);
        return database;
    }

    static void age(DataSource database, Duration by) {
        String older = "'" + BigDecimal.valueOf(-by.toMillis(), 3).toPlainString() + " seconds'";
        age(database, older, "job", Sql.JOB_TIMES);
        age(database, older, "job_key", "expires_at");
        age(database, older, "job_limit_key", "used_until", "rests_until", "paused_at");
        age(database, older, "job_limit_note", "due_at");
        age(database, older, "job_worker", "started_at", "lease_until", "beat_at");
        age(database, older, "job_failure", "started_at", "failed_at");
        age(database, older, "job_step", "started_at", "finished_at", "undone_at");
        age(database, older, "job_act", "until_at", "created_at", "ended_at");
        age(database, older, "job_audit", "done_at");
    }

    private static void age(DataSource database, String older, String table, String... columns) {
        String sets = Stream.of(columns)
                .map(column -> column + " = strftime('%Y-%m-%d %H:%M:%f', " + column + ", " + older + ")")
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        Sql.run(database, "UPDATE " + table + " SET " + sets);
    }

    private static Path newFile() {
        return FOLDER.resolve(UUID.randomUUID() + ".db");
    }

    /** A file with the tables in place, to be copied, which is quicker than to make them. */
    private static Path migratedFile() {
        Path file = newFile();
        JdbcSchema.migrate(in(file));
        return file;
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("sqlite");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }
}
