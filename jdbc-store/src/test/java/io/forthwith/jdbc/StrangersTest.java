package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Rows that other programs write")
class StrangersTest {
    private static final String SEED = """
            INSERT INTO job (id, user_id, project_id, type, status, input_data)
            VALUES (%s, 'u1', 'p1', 'unknown_task_type', 'pending', '{}')""";

    @Test
    @DisplayName("by the seed's own statement are claimed on PostgreSQL")
    void seed_on_postgres() {
        claimsTheSeed(TestPostgres.empty(), "gen_random_uuid()");
    }

    @Test
    @DisplayName("by its equivalent are claimed on H2")
    void seed_on_h2() {
        claimsTheSeed(TestH2.migrated(), "RANDOM_UUID()");
    }

    @Test
    @DisplayName("by its equivalent are claimed on SQLite")
    void seed_on_sqlite() {
        claimsTheSeed(
                TestSqlite.migrated(),
                "lower(format('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),"
                        + " substr(hex(randomblob(2)), 2), hex(randomblob(6))))");
    }

    @Test
    @DisplayName("can be looked at with the equivalents of the seed's queries on SQLite")
    void seed_queries_on_sqlite() {
        DataSource database = TestSqlite.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        assertThat(Sql.query(database, """
                        SELECT id, status, error_message, created_at, completed_at
                        FROM job WHERE type = 'shot_video_generation' ORDER BY created_at DESC LIMIT 5;""")).hasSize(1);
        assertThat(Sql.query(database, """
                        SELECT id, type, status, progress, error_message,
                               (julianday(completed_at) - julianday(created_at)) * 86400 AS duration_seconds,
                               created_at, completed_at
                        FROM job WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10;""")).isEmpty();
    }

    private static void claimsTheSeed(DataSource database, String id) {
        Sql.run(database, SEED.formatted(id));
        assertThat(Jobs.claimAll(JdbcJobStore.of(database))).singleElement().satisfies(job -> {
            assertThat(job.type()).isEqualTo("unknown_task_type");
            assertThat(job.userId()).isEqualTo("u1");
            assertThat(job.projectId()).isEqualTo("p1");
            assertThat(job.input()).isEqualTo("{}");
            assertThat(job.queue()).isEqualTo("default");
            assertThat(job.priority()).isEqualTo(5);
            assertThat(job.attempt()).isOne();
        });
    }

    @Test
    @DisplayName("can be looked at with the seed's queries on PostgreSQL")
    void seed_queries() {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        assertThat(Sql.query(database, """
                        SELECT id, status, error_message, created_at, completed_at
                        FROM job WHERE type = 'shot_video_generation' ORDER BY created_at DESC LIMIT 5;""")).hasSize(1);
        assertThat(Sql.query(database, """
                        SELECT id, type, status, progress, error_message,
                               EXTRACT(EPOCH FROM (completed_at - created_at)) AS duration_seconds, created_at, completed_at
                        FROM job WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10;""")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may look like a job that undoes steps, and are of an unknown type")
    void looks_like_an_undo(TestDatabase kind) {
        DataSource database = kind.migrated();
        UUID id = UUID.randomUUID();
        Sql.run(database, "INSERT INTO job (id, type, input_data) VALUES ('" + id + "', 'undo:work', '\"x\"')");
        JdbcJobStore store = JdbcJobStore.of(database);
        AtomicBoolean ran = new AtomicBoolean();
        JobType<String> work = JobType.of("work", String.class);

        Worker.of(store, ProcessorRegistry.of().with(work, job -> {
                    ran.set(true);
                    return null;
                }))
                .build()
                .drain();

        assertThat(ran).isFalse();
        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("unknown_job_type");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "may have a key until they start: it keeps a second job away, of SQL and of Java, until the first has started")
    void key_until_started(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        NewJob third = Jobs.job().uniqueKey(UniqueKey.of("k").untilStarted());
        String insert = "INSERT INTO job (id, type, start_key) VALUES ('%s', '" + Jobs.TYPE.name() + "', 'k')";

        Sql.run(database, insert.formatted(first));
        assertThatThrownBy(() -> Sql.run(database, insert.formatted(second))).hasCauseInstanceOf(SQLException.class);
        assertThat(store.add(Jobs.encoded(third))).containsExactly(new Added(first, Added.Outcome.KEY_TAKEN));

        assertThat(Jobs.claimAll(store)).extracting(Job::id).containsExactly(first);
        Sql.run(database, insert.formatted(second));
        assertThat(store.find(second).orElseThrow()).satisfies(job -> {
            assertThat(job.uniqueKey()).isEqualTo("k");
            assertThat(job.keyScope()).isEqualTo(UniqueKey.Scope.UNTIL_STARTED);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may have a deadline: past it they fail and do not run, before it they run")
    void deadline(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID late = UUID.randomUUID();
        UUID early = UUID.randomUUID();
        String insert = "INSERT INTO job (id, type, expires_at) VALUES ('%s', 'greet', %s)";
        Sql.run(database, insert.formatted(late, kind.utc("2020-01-01 00:00:00")));
        Sql.run(database, insert.formatted(early, kind.utc("2999-01-01 00:00:00")));
        List<UUID> ran = new CopyOnWriteArrayList<>();

        Worker.of(store, ProcessorRegistry.of().with(JobType.of("greet"), job -> {
                    ran.add(job.id());
                    return null;
                }))
                .build()
                .drain();

        assertThat(ran).containsExactly(early);
        assertThat(store.find(late).orElseThrow()).satisfies(job -> {
            assertThat(job.status()).isEqualTo(JobStatus.FAILED);
            assertThat(job.errorCode()).isEqualTo("expired");
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may have metadata and a trace, which the processor gets")
    void metadata(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        Sql.run(
                database,
                "INSERT INTO job (id, type, metadata, trace_context) VALUES ('" + UUID.randomUUID()
                        + "', 'greet', '{\"tenant\": \"acme\", \"flag\": \"new\"}', '" + trace + "')");
        List<Job> got = new CopyOnWriteArrayList<>();

        Worker.of(store, ProcessorRegistry.of().with(JobType.of("greet"), job -> {
                    got.add(job.job());
                    return null;
                }))
                .build()
                .drain();

        assertThat(got).singleElement().satisfies(job -> {
            assertThat(job.metadata()).isEqualTo(Map.of("tenant", "acme", "flag", "new"));
            assertThat(job.traceContext()).isEqualTo(trace);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may have no input")
    void no_input(TestDatabase kind) {
        DataSource database = kind.migrated();
        Sql.run(database, "INSERT INTO job (id, type) VALUES ('" + UUID.randomUUID() + "', 't')");
        assertThat(Jobs.claimAll(JdbcJobStore.of(database)))
                .singleElement()
                .extracting(Job::input)
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may hold progress and kinds of error that make no sense")
    void nonsense(TestDatabase kind) {
        DataSource database = kind.migrated();
        UUID id = UUID.randomUUID();
        Sql.run(
                database,
                "INSERT INTO job (id, type, progress, current_step, total_steps, error_kind, max_attempts) VALUES ('"
                        + id + "', 't', 7, -3, 0, 'nobody', -1)");
        assertThat(Jobs.claimAll(JdbcJobStore.of(database))).singleElement().satisfies(job -> {
            assertThat(job.progress().percent()).isEqualTo(7);
            assertThat(job.progress().currentStep()).isZero();
            assertThat(job.errorKind()).isNull();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "H2, not-a-uuid",
        "H2, 1-1-1-1-1",
        "H2, 0189A1B2-0000-7000-8000-0000000000AB",
        "SQLITE, not-a-uuid",
        "SQLITE, 0189A1B2-0000-7000-8000-0000000000AB"
    })
    @DisplayName("with a bad id harm only themselves where ids are text")
    void bad_id(TestDatabase kind, String badId) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, "INSERT INTO job (id, type, priority) VALUES ('" + badId + "', 't', 9)");
        store.add(Jobs.many(3));
        UUID worker = Jobs.worker(store);
        assertThat(Jobs.claim(store, worker, 2)).hasSize(2);
        assertThat(Jobs.claim(store, worker, 10)).hasSize(1);
        assertThat(store.scan(JobQuery.all())).hasSize(3);
        assertThat(Sql.query(database, "SELECT status FROM job WHERE type = 't'"))
                .containsExactly(List.of("pending"));
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "SQLITE"})
    @DisplayName("with bad ids do not stand in the way of others where ids are text, however many they are")
    void many_bad_ids(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        for (int i = 0; i < 50; i++) {
            Sql.run(database, "INSERT INTO job (id, type) VALUES ('bad " + i + "', 't')");
        }
        store.add(Jobs.many(5));
        assertThat(Jobs.claim(store, Jobs.worker(store), 5)).hasSize(5);
    }

    @Test
    @DisplayName("with a bad parent are taken as having none on H2")
    void bad_parent() {
        DataSource database = TestH2.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(
                database,
                "INSERT INTO job (id, parent_id, type) VALUES ('" + UUID.randomUUID() + "', 'my parent', 't')");
        List<Job> claimed = Jobs.claimAll(store);
        assertThat(claimed).singleElement().extracting(Job::parentId).isNull();
        store.settle(Jobs.completed(claimed));
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isOne();
    }

    @Test
    @DisplayName("may never be due on PostgreSQL")
    void infinity() {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, "INSERT INTO job (id, type, run_at) VALUES (gen_random_uuid(), 't', 'infinity')");
        assertThat(Jobs.claimAll(store)).isEmpty();
        assertThat(store.scan(JobQuery.all()))
                .singleElement()
                .satisfies(job -> assertThat(job.runAt()).isAfter(Instant.now().plus(Duration.ofDays(1_000_000))));
    }
}
