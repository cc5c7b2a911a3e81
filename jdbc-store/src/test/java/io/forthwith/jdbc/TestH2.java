package io.forthwith.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** H2 databases in memory, each by itself. */
final class TestH2 {
    private static final List<String> TABLES = tables();

    private TestH2() {}

    /** A new database with the tables in place. */
    static DataSource migrated() {
        DataSource database = empty();
        // One by one, because H2 reads the rest of a list again after each statement.
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : TABLES) {
                statement.execute(each);
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return database;
    }

    /** A new database without tables. */
    static DataSource empty() {
        return at("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    }

    static DataSource at(String url) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL(url);
        database.setUser("sa");
        database.setPassword("");
        return database;
    }

    static void age(DataSource database, Duration by) {
        String older = " - INTERVAL '" + by.toMillis() / 1000 + "." + "%03d".formatted(by.toMillis() % 1000)
                + "' SECOND(10, 3)";
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

    /** The statements that make the tables as all scripts have left them, which are quicker than the scripts. */
    private static List<String> tables() {
        DataSource migrated = empty();
        JdbcSchema.migrate(migrated);
        return Sql.query(migrated, "SCRIPT").stream()
                .map(row -> row.get(0))
                .filter(statement -> !statement.startsWith("CREATE USER") && !statement.startsWith("--"))
                .toList();
    }
}
