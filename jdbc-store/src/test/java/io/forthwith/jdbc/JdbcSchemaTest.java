package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The schema")
class JdbcSchemaTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("can be migrated twice")
    void twice(TestDatabase kind) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database);
        JdbcJobStore.of(database).add(Jobs.encoded(Jobs.job()));
        JdbcSchema.migrate(database);
        assertThat(JdbcJobStore.of(database).countByScan(JobQuery.all())).isOne();
        assertThat(Sql.query(database, "SELECT version FROM job_schema ORDER BY 1"))
                .isEqualTo(Sql.SCHEMA_VERSIONS);
    }

    @Test
    @DisplayName("says in the log that it was made, and nothing when it is there already")
    void logged() {
        DataSource database = TestDatabase.H2.empty();
        try (StoreLog log = new StoreLog()) {
            JdbcSchema.migrate(database);
            assertThat(log.lines()).singleElement().asString().startsWith("Made the tables of jobs: \"JOB\", ");
            JdbcSchema.migrate(database);
            assertThat(log.lines()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("can be migrated by ten at a time")
    void ten_at_a_time(TestDatabase kind) throws Exception {
        DataSource database = kind.empty();
        ExecutorService threads = Executors.newFixedThreadPool(10);
        try {
            CountDownLatch start = new CountDownLatch(1);
            Callable<Void> migrate = () -> {
                start.await();
                JdbcSchema.migrate(database);
                return null;
            };
            List<Future<Void>> migrations = IntStream.range(0, 10)
                    .mapToObj(i -> threads.submit(migrate))
                    .toList();
            start.countDown();
            for (Future<Void> migration : migrations) {
                migration.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(Sql.query(database, "SELECT version FROM job_schema ORDER BY 1"))
                .isEqualTo(Sql.SCHEMA_VERSIONS);
        assertThat(JdbcJobStore.of(database).countByScan(JobQuery.all())).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of version 1 is brought up to date with the jobs in it")
    void upgrade(TestDatabase kind) {
        DataSource database = kind.empty();
        String ddl = JdbcSchema.ddl(kind.databaseName());
        Matcher recorded = Pattern.compile("INSERT INTO \\S+ \\(version\\) VALUES \\(1\\);")
                .matcher(ddl);
        assertThat(recorded.find()).isTrue();
        Sql.run(database, ddl.substring(0, recorded.end()));
        UUID id = UUID.randomUUID();
        Sql.run(database, "INSERT INTO job (id, type, input_data) VALUES ('" + id + "', 'old', '\"x\"')");

        JdbcSchema.migrate(database);

        JdbcJobStore store = JdbcJobStore.of(database);
        Worker.of(store, ProcessorRegistry.of().with(JobType.of("old", String.class), job -> "done"))
                .build()
                .drain();
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    // The others came later.
    @EnumSource(names = {"POSTGRESQL", "H2"})
    @DisplayName(
            "of version 2 is brought up to date with the families in it, also those that an older library adds afterwards")
    void upgrade_of_families(TestDatabase kind) {
        DataSource database = kind.empty();
        Matcher recorded = Pattern.compile("INSERT INTO \\S+ \\(version\\) VALUES \\(2\\);")
                .matcher(JdbcSchema.ddl(kind.databaseName()));
        assertThat(recorded.find()).isTrue();
        Sql.run(database, JdbcSchema.ddl(kind.databaseName()).substring(0, recorded.end()));
        UUID before = new UUID(0, 10);
        insertFamily(database, before);

        JdbcSchema.migrate(database);
        UUID afterwards = new UUID(0, 20);
        insertFamily(database, afterwards);

        JdbcJobStore store = JdbcJobStore.of(database);
        assertThat(store.children(before, 0, 10)).extracting(Job::id).containsExactly(new UUID(0, 11), new UUID(0, 12));
        assertThat(store.children(before, 1, 10)).extracting(Job::id).containsExactly(new UUID(0, 12));
        assertThat(store.children(afterwards, 0, 10))
                .extracting(Job::id)
                .containsExactly(new UUID(0, 21), new UUID(0, 22));
        for (UUID parent : List.of(before, afterwards)) {
            store.cancel(parent, Locale.ENGLISH);
            store.retry(parent);
            assertThat(store.find(parent).orElseThrow().status()).isEqualTo(JobStatus.WAITING);
        }
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        for (UUID parent : List.of(before, afterwards)) {
            Job completed = store.find(parent).orElseThrow();
            assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(completed.progress().percent()).isEqualTo(100);
        }
    }

    /** As a library of version 2 does it. */
    private static void insertFamily(DataSource database, UUID parent) {
        Sql.run(database, "INSERT INTO job (id, type, status) VALUES ('" + parent + "', 'old', 'waiting')");
        for (long i = 1; i <= 2; i++) {
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, parent_id) VALUES ('"
                            + new UUID(0, parent.getLeastSignificantBits() + i) + "', 'old', '" + parent + "')");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of a newer version is refused and not touched")
    void newer(TestDatabase kind) {
        DataSource database = kind.empty();
        Sql.run(database, "CREATE TABLE job_schema (version integer PRIMARY KEY, open_from integer)");
        Sql.run(database, "INSERT INTO job_schema (version) VALUES (1), (99)");
        assertThatThrownBy(() -> JdbcSchema.migrate(database))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("99")
                .hasMessageContaining("update the library");
        assertThat(Sql.query(database, "SELECT version FROM job_schema ORDER BY 1"))
                .containsExactly(List.of("1"), List.of("99"));
        assertThatThrownBy(() -> Sql.query(database, "SELECT * FROM job_worker"))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("as printed makes what migrate makes")
    void printed(TestDatabase kind) {
        DataSource database = kind.empty();
        Sql.run(database, JdbcSchema.ddl(kind.databaseName()));
        JdbcSchema.migrate(database);
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @Test
    @DisplayName("of an unknown database cannot be printed")
    void unknown() {
        assertThatThrownBy(() -> JdbcSchema.ddl("oracle"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("oracle")
                .hasMessageContaining("postgresql");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("refuses a priority that would never be claimed, and an unknown status")
    void checks(TestDatabase kind) {
        DataSource database = kind.migrated();
        String insert = "INSERT INTO job (id, type, priority, status) VALUES ('"
                + Jobs.job().id() + "', 't', ";
        assertThatThrownBy(() -> Sql.run(database, insert + "42, 'pending')"))
                .message()
                .containsIgnoringCase("priority_in_range");
        assertThatThrownBy(() -> Sql.run(database, insert + "-1, 'pending')"))
                .message()
                .containsIgnoringCase("priority_in_range");
        assertThatThrownBy(() -> Sql.run(database, insert + "5, 'done')"))
                .message()
                .containsIgnoringCase("status_known");
        assertThat(JdbcJobStore.of(database).countByScan(JobQuery.all())).isZero();
    }

    @ParameterizedTest
    // SQLite has no schemas but its main one, as SqliteTest shows.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("may be elsewhere, under other names")
    void elsewhere(TestDatabase kind) {
        DataSource database = kind.empty();
        Sql.run(database, "CREATE SCHEMA jobs_of_app");
        JdbcSchema.migrate(database, "jobs_of_app", "my_");
        JdbcJobStore store = JdbcJobStore.of(database).schema("jobs_of_app").tablePrefix("my_");
        store.add(Jobs.encoded(Jobs.job()));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isOne();
        assertThat(Sql.query(database, "SELECT status FROM jobs_of_app.my_job")).containsExactly(List.of("completed"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1st", "a-b", "a b", "a\"b", "a;DROP TABLE job", "ä", "abcdefghijklmnopqrstuvwxyz_123456"})
    @DisplayName("is never put under a name that could be more than a name")
    void names(String name) {
        JdbcJobStore store = JdbcJobStore.of(TestH2.migrated());
        assertThatThrownBy(() -> store.schema(name)).isInstanceOf(IllegalArgumentException.class);
        if (!name.isEmpty()) {
            assertThatThrownBy(() -> store.tablePrefix(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("needs no right to change it once it is there")
    void without_rights() {
        DataSource database = TestPostgres.newDatabase("rights");
        JdbcSchema.migrate(database);
        Sql.run(database, "DROP ROLE IF EXISTS runtime");
        Sql.run(database, "CREATE ROLE runtime LOGIN");
        Sql.run(
                database,
                "GRANT SELECT, INSERT, UPDATE, DELETE ON job, job_worker, job_worker_type, job_failure, job_queue, job_key, job_limit, job_limit_key, job_limit_note, job_limit_change, job_schedule, job_minute, job_minute_write, job_failure_minute, job_depth, job_act, job_audit, job_label, job_label_name, job_number TO runtime");
        Sql.run(database, "GRANT SELECT ON job_schema TO runtime");
        DataSource limited = TestPostgres.as("runtime", "rights");
        JdbcSchema.migrate(limited);
        JdbcJobStore store = JdbcJobStore.of(limited);
        store.add(Jobs.encoded(Jobs.job()));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "of a newer version starts no worker, nor does one whose latest script is open and an earlier one is not")
    void newer_than_the_worker(TestDatabase kind) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database);
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, "INSERT INTO job_schema (version, open_from) VALUES (98, NULL), (99, 9)");

        assertThatThrownBy(() -> Jobs.worker(store))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("version 99")
                .hasMessageContaining("open to libraries that know version 98 or a later one")
                .hasMessageContaining("update the library");
        assertThatThrownBy(() -> JdbcSchema.migrate(database)).isInstanceOf(IllegalStateException.class);
        assertThat(Sql.query(database, "SELECT count(*) FROM job_worker").get(0))
                .containsExactly("0");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of a newer version that is open to this one starts workers, is not migrated, and the log says so")
    void open_to_the_worker(TestDatabase kind) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database);
        Sql.run(database, "ALTER TABLE job ADD COLUMN of_a_later_version INTEGER");
        Sql.run(database, "INSERT INTO job_schema (version, open_from) VALUES (98, 9), (99, 9)");
        List<List<String>> before = Sql.query(database, "SELECT * FROM job_schema ORDER BY version");

        try (StoreLog log = new StoreLog()) {
            JdbcSchema.migrate(database);
            JdbcJobStore store = JdbcJobStore.of(database);
            store.add(Jobs.encoded(Jobs.job()));
            assertThat(Jobs.claimAll(store)).hasSize(1);

            assertThat(log.lines())
                    .contains(
                            "A newer version of this library made the schema, version 99; it is open to this one, version "
                                    + Sql.SCHEMA_VERSIONS.size());
        }
        assertThat(Sql.query(database, "SELECT * FROM job_schema ORDER BY version"))
                .isEqualTo(before);
        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of the version before the way back starts no worker before it is migrated, and says what to run")
    void before_the_way_back(TestDatabase kind) {
        DataSource database = kind.empty();
        String all = JdbcSchema.ddl(kind.databaseName());
        Sql.run(
                database,
                all.substring(
                        0, all.length() - JdbcSchema.ddl(kind.databaseName(), 8).length()));

        assertThatThrownBy(() -> Jobs.worker(JdbcJobStore.of(database)))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("Column open_from of table job_schema is missing")
                .hasMessageContaining("JdbcSchema.migrate");
        JdbcSchema.migrate(database);

        Jobs.worker(JdbcJobStore.of(database));
        assertThat(Sql.query(database, "SELECT version, open_from FROM job_schema WHERE version >= 8 ORDER BY 1"))
                .startsWith(Arrays.asList("8", null), List.of("9", "9"));
    }
}
