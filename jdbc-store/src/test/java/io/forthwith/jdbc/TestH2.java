package io.forthwith.jdbc;

import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** H2 databases in memory, each by itself. */
final class TestH2 {
    private TestH2() {}

    /** A new database with the tables in place. */
    static DataSource migrated() {
        DataSource database = empty();
        JdbcSchema.migrate(database);
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
}
