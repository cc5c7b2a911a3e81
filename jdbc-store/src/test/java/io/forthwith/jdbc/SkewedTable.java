package io.forthwith.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** A large table in which nothing is average: one user, worker, parent, predecessor and job has nearly everything. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SkewedTable {
    static final int BATCH = 20;
    static final int BACKLOG = 15_000;
    static final int KEPT_BACK = 2_000;
    static final int CHILDREN = 20_000;
    static final Duration YEAR = Duration.ofDays(365);
    static final Duration NEVER = Duration.ofDays(3_650);

    static final UUID BUSY_WORKER = new UUID(1, 1);
    static final UUID LARGE_PARENT = new UUID(2, 1);
    static final UUID SMALL_PARENT = new UUID(2, 2);
    static final UUID OPEN_PARENT = new UUID(2, 3);
    static final UUID POPULAR = new UUID(3, 1);
    static final UUID RARELY_FOLLOWED = new UUID(3, 2);
    static final UUID LATE = new UUID(3, 3);
    static final UUID MANY_STEPS = new UUID(4, 1);
    static final UUID FEW_STEPS = new UUID(4, 2);

    DataSource database;
    int lastId;

    @BeforeAll
    void fill() {
        database = TestPostgres.newDatabase("skewed_plans");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        for (String table : List.of(
                "job_step",
                "job_failure",
                "job_predecessor",
                "job_worker",
                "job_worker_type",
                "job_queue",
                "job_key",
                "job_limit",
                "job_limit_key",
                "job_limit_note",
                "job_limit_change",
                "job_minute_write",
                "job_failure_minute",
                "job_depth",
                "job_act",
                "job_audit",
                "job_label",
                "job_label_name",
                "job_number")) {
            Sql.run(database, "ALTER TABLE " + table + " SET (autovacuum_enabled = false)");
        }
        String old = "'completed', now() - interval '400 days', now() - interval '400 days'";
        String ended = "status, created_at, completed_at";
        jobs(5, "user_id, " + ended, "'few', 'completed', now(), now()");
        jobs(BACKLOG, ended, old);
        jobs(BACKLOG, ended, old.replace("completed", "failed"));
        jobs(
                KEPT_BACK,
                "parent_id, position, " + ended,
                "'" + OPEN_PARENT + "', i, 'failed', now() - interval '800 days', now() - interval '800 days'");
        jobs(
                CHILDREN,
                "parent_id, position, " + ended,
                "'" + LARGE_PARENT + "', i, CASE i WHEN 20000 THEN 'failed' ELSE 'completed' END, now(), now()");
        jobs(
                3,
                "parent_id, position, " + ended,
                "'" + SMALL_PARENT + "', i, CASE i WHEN 2 THEN 'failed' ELSE 'completed' END, now(), now()");
        jobs(80_000, "user_id, " + ended, "'many', 'completed', now(), now()");
        jobs(200, "error_code, " + ended, "'broken', 'failed', now(), now()");
        jobs(
                20_000,
                "user_id, priority, run_at, start_key, expires_at",
                "'many', i % 10, now() + interval '1 day', 'key-' || i, now() + interval '2 days'");
        jobs(
                20_000,
                "user_id, status, claim, worker_id, started_at",
                "'many', 'processing', 1, '" + BUSY_WORKER + "', now()");
        jobs(
                2_000,
                "status, claim, worker_id, started_at, limits",
                "'processing', 1, '" + BUSY_WORKER + "', now(), 'tenant:t' || i % 100");
        jobs(
                5_000,
                "limits, parked_under, parked_rank, due_at, run_at",
                "'tenant:t' || i % 100, 'tenant:t' || i % 100, 4, now(), '9000-01-01 00:00:00+00'");
        // There have been sequences, open groups and unique jobs: each planning reads a block of an index that was
        // always empty.
        jobs(5, ended + ", sequence_key, sequence_place, sequence_failure", "'failed', now(), now(), 'b', i, 'block'");
        Sql.run(database, "DELETE FROM job WHERE sequence_key IS NOT NULL");
        jobs(5, "status, sealed", "'waiting', false");
        Sql.run(database, "DELETE FROM job WHERE status = 'waiting'");
        jobs(5, "unique_key", "'key-' || i");
        Sql.run(database, "DELETE FROM job WHERE unique_key IS NOT NULL");
        // No limit is declared, but there has been one: to look at an empty table would count as a scan.
        Sql.run(
                database,
                "INSERT INTO job_limit (name, burst) SELECT 'limit-' || i, 0 FROM generate_series(1, 5000) AS i");
        Sql.run(database, "DELETE FROM job_limit");
        Sql.run(database, "ALTER TABLE job_limit SET (vacuum_truncate = false)");
        // Nor are labels.
        Sql.run(
                database,
                "INSERT INTO job_label_name (name, declared_by, declared_at) SELECT 'name-' || i, gen_random_uuid(), now()"
                        + " FROM generate_series(1, 5000) AS i");
        Sql.run(database, "DELETE FROM job_label_name");
        Sql.run(database, "ALTER TABLE job_label_name SET (vacuum_truncate = false)");
        // Nor are numbers, which were drawn once.
        Sql.run(database, "INSERT INTO job_number OVERRIDING SYSTEM VALUE SELECT i FROM generate_series(1, 5000) AS i");
        Sql.run(database, "DELETE FROM job_number");
        Sql.run(database, "ALTER TABLE job_number SET (vacuum_truncate = false)");
        jobs(15_000, "priority, queue", "i % 10, CASE WHEN i % 500 = 0 THEN 'rare' ELSE 'default' END");
        jobs(5_000, "queue", "'other'");
        families();
        history();
        Sql.run(
                database,
                "INSERT INTO job_worker (id, name, host, pid, lease_until) VALUES ('" + BUSY_WORKER
                        + "', 'busy', 'localhost', 1, now() + interval '1 day')");
    }

    private void families() {
        family(LARGE_PARENT, "sealed", "'failed', now(), true");
        family(SMALL_PARENT, "sealed", "'failed', now(), true");
        family(OPEN_PARENT, "sealed", "'waiting', now(), true");
        Sql.run(database, "INSERT INTO job_queue (name) SELECT 'paused-' || i FROM generate_series(1, 20000) AS i");
        Sql.run(
                database,
                "INSERT INTO job_key (type, unique_key, job_id, expires_at) SELECT 'plan', 'key-' || i, " + id("i")
                        + ", now() + interval '1 day' FROM generate_series(1, 20000) AS i");
        family(POPULAR, "has_successors", "'completed', now(), true");
        family(RARELY_FOLLOWED, "has_successors", "'failed', now() - interval '801 days', true");
        family(LATE, "on_predecessor_failure", "'waiting', now(), 'fail'");
        Sql.run(
                database,
                "INSERT INTO job_predecessor (job_id, predecessor_id, place) SELECT " + id("i") + ", '" + POPULAR
                        + "', 1 FROM generate_series(60001, 80000) AS i");
        Sql.run(
                database,
                "INSERT INTO job_predecessor (job_id, predecessor_id, place) VALUES ('" + LATE + "', '"
                        + RARELY_FOLLOWED + "', 1), ('" + LATE + "', '" + POPULAR + "', 2)");
    }

    private void family(UUID id, String tie, String values) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, created_at, " + tie + ", completed_at) SELECT '" + id
                        + "', 'plan', " + values + ", now() - interval '801 days'");
    }

    private void history() {
        Sql.run(
                database,
                "INSERT INTO job_audit (id, done_at, who, what, subjects, answer) SELECT " + id("i")
                        + ", now(), 'ada', 'cancel', 'job', 'done' FROM generate_series(1, 20000) AS i");
        Sql.run(
                database,
                "INSERT INTO job_step (job_id, claim, name, position, has_undo) SELECT CASE WHEN i < 5 THEN '"
                        + FEW_STEPS + "'::uuid ELSE '" + MANY_STEPS
                        + "' END, 1, 'step-' || i, i, false FROM generate_series(1, 30000) AS i");
        Sql.run(
                database,
                "INSERT INTO job_failure (job_id, claim, attempt, kind, code, message) SELECT CASE WHEN i < 5 THEN '"
                        + FEW_STEPS + "'::uuid ELSE '" + MANY_STEPS
                        + "' END, i, 1, 'system', 'broken', 'It broke' FROM generate_series(1, 30000) AS i");
        jobs(5_000, "undoes, status, completed_at", id("i") + ", 'completed', now()");
        jobs(5_000, "undoes, queue, run_at", id("i + 60000") + ", 'undo:plan', now() + interval '1 day'");
    }

    /** Jobs with ascending ids, later ones with higher ids. */
    private void jobs(int count, String columns, String values) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, " + columns + ") SELECT " + id(lastId + " + i") + ", 'plan', " + values
                        + " FROM generate_series(1, " + count + ") AS i");
        lastId += count;
    }

    private static String id(String number) {
        return "('01900000-0000-7000-8000-' || lpad(to_hex(" + number + "), 12, '0'))::uuid";
    }
}
