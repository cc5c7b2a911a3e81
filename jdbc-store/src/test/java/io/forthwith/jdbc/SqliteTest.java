package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.WriterTurn;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.JoinedJobs;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteDataSource;

@DisplayName("A store in an SQLite database")
class SqliteTest {
    private static final JobType<String> COUNTED = JobType.of("counted", String.class);

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<HikariDataSource> pools = new ArrayList<>();
    private DataSource database;
    private JdbcJobStore store;

    @BeforeEach
    void migrate() {
        database = pool(file());
        JdbcSchema.migrate(database);
        store = JdbcJobStore.of(database);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        pools.forEach(HikariDataSource::close);
    }

    private Path file() {
        return folder.resolve("jobs.db");
    }

    private HikariDataSource pool(Path file) {
        HikariDataSource pool = TestPostgres.pool(TestSqlite.in(file));
        pools.add(pool);
        return pool;
    }

    /** As another process has it, which knows nothing of our turns. */
    private Connection stranger() throws SQLException {
        return TestSqlite.in(file()).getConnection();
    }

    private static void run(Connection connection, String statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(statements);
        }
    }

    private static JobStoreException failure(Runnable call) {
        return catchThrowableOfType(JobStoreException.class, call::run);
    }

    @Test
    @DisplayName("has its readers not wait for writers, from when it was migrated")
    void writeAheadLog() throws SQLException {
        assertThat(Sql.query(TestSqlite.in(file()), "PRAGMA journal_mode")).containsExactly(List.of("wal"));
        store.add(Jobs.many(3));
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE; DELETE FROM job");
            JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
            assertThat(impatient.count(JobQuery.all())).isEqualTo(3);
            assertThat(impatient.list(JobQuery.all())).hasSize(3);
            run(writer, "ROLLBACK");
        }
    }

    @Test
    @DisplayName("waits for a writer of another process")
    void waits() throws Exception {
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE");
            Future<List<Added>> adding = threads.submit(() -> store.add(Jobs.many(2)));
            assertThatThrownBy(() -> adding.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            run(writer, "COMMIT");
            assertThat(adding.get(20, TimeUnit.SECONDS)).hasSize(2);
        }
        assertThat(Jobs.claimAll(store)).hasSize(2);
    }

    @Test
    @DisplayName("gives up after a while, for the moment, and has changed nothing")
    void givesUp() throws SQLException {
        store.add(Jobs.many(2));
        UUID worker = Jobs.worker(store);
        List<Job> claimed = Jobs.claim(store, worker, 1);
        JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE");
            for (Runnable call : List.<Runnable>of(
                    () -> impatient.add(Jobs.many(1)),
                    () -> Jobs.claim(impatient, worker, 1),
                    () -> impatient.settle(Jobs.completed(claimed)))) {
                JobStoreException busy = failure(call);
                assertThat(busy.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
                assertThat(busy).hasMessageContaining("vendor code 5");
            }
            run(writer, "COMMIT");
        }
        assertThat(impatient.count(JobQuery.all())).isEqualTo(2);
        assertThat(impatient.settle(Jobs.completed(claimed))).hasSize(1);
        assertThat(Jobs.claim(impatient, worker, 10)).hasSize(1);
    }

    @Test
    @DisplayName("comes back with its connections in order after it has given up")
    void connectionAfterwards() throws SQLException {
        for (boolean autoCommit : new boolean[] {true, false}) {
            SingleConnection one = new SingleConnection(stranger());
            one.connection().setAutoCommit(autoCommit);
            JdbcJobStore impatient = JdbcJobStore.of(one).queryTimeout(Duration.ofSeconds(1));
            try (Connection writer = stranger()) {
                run(writer, "BEGIN IMMEDIATE");
                assertThat(failure(() -> impatient.add(Jobs.many(2))).kind())
                        .isEqualTo(JobStoreException.Kind.TRANSIENT);
                run(writer, "COMMIT");
            }
            assertThat(one.connection().isClosed()).isFalse();
            assertThat(one.connection().getAutoCommit()).isEqualTo(autoCommit);
            impatient.add(Jobs.many(2));
            one.close();
        }
        assertThat(store.count(JobQuery.all())).isEqualTo(4);
    }

    @Test
    @DisplayName("says so when other threads of the process take too long")
    void busyWithin() throws Exception {
        Database other = new Database(pool(file()), dialect(pool(file())), true, Duration.ofSeconds(20));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Future<Boolean> writing = threads.submit(() -> other.transaction("write for long", session -> {
            begun.countDown();
            return isOver(end);
        }));
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

        JobStoreException busy =
                failure(() -> store.queryTimeout(Duration.ofSeconds(1)).add(Jobs.many(1)));

        end.countDown();
        assertThat(writing.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(busy).hasMessageContaining("vendor code 5");
        assertThat(busy.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(busy)
                .cause()
                .hasMessageContaining("Other threads of this process")
                .hasMessageContaining("PT1S");
        assertThat(store.count(JobQuery.all())).isZero();
    }

    private static boolean isOver(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            return false;
        }
    }

    private static SqlDialect dialect(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return SupportedDatabases.of(connection, TableNames.STANDARD).dialect();
        }
    }

    @Test
    @DisplayName("takes turns with all stores of the process that lead to the same file")
    void oneFile() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link.db"), file());
        Path roundabout = folder.resolve("x").resolve("..").resolve("jobs.db");
        Files.createDirectory(folder.resolve("x"));
        JobStoreException busy;
        try (WriterTurn turn = dialect(pool(link)).turn(true, Duration.ofSeconds(20))) {
            assertThat(turn).isNotNull();
            JdbcJobStore other = JdbcJobStore.of(pool(roundabout)).queryTimeout(Duration.ofSeconds(1));
            busy = threads.submit(() -> failure(() -> other.add(Jobs.many(1)))).get(20, TimeUnit.SECONDS);
        }
        assertThat(busy).cause().hasMessageContaining("Other threads of this process");
    }

    @Test
    @DisplayName("is never refused for what others have written since it began to read")
    void noSnapshots() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        Future<Boolean> stranger = threads.submit(() -> {
            try (Connection writer = stranger()) {
                while (!isOver.get()) {
                    run(
                            writer,
                            "INSERT INTO job (id, type, status) VALUES ('" + UUID.randomUUID() + "', 'x', 'failed')");
                    written.incrementAndGet();
                }
                return true;
            }
        });
        UUID worker = Jobs.worker(store);
        for (int i = 0; i < 100; i++) {
            NewJob parent = Jobs.job();
            assertThat(store.add(Jobs.encoded(parent, Jobs.job().parent(parent))))
                    .extracting(Added::outcome)
                    .containsOnly(Added.Outcome.ADDED);
            assertThat(store.settle(Jobs.completed(Jobs.claim(store, worker, 10))))
                    .hasSize(1);
        }
        isOver.set(true);
        assertThat(stranger.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(written).hasPositiveValue();
        assertThat(store.count(JobQuery.all().status(JobStatus.COMPLETED))).isEqualTo(200);
    }

    @Test
    @DisplayName("that joins a transaction takes its turn before it reads")
    void joining() throws Exception {
        try (Connection writer = stranger();
                Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            JoinedJobs joined = store.joining(host);
            run(writer, "BEGIN IMMEDIATE; INSERT INTO job (id, type, status) VALUES ('x', 'x', 'failed')");
            NewJob parent = Jobs.job();
            Future<List<Added>> adding = threads.submit(
                    () -> joined.add(Jobs.encoded(parent, Jobs.job().parent(parent))));
            assertThatThrownBy(() -> adding.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            run(writer, "COMMIT");
            assertThat(adding.get(20, TimeUnit.SECONDS))
                    .extracting(Added::outcome)
                    .containsOnly(Added.Outcome.ADDED);
            host.commit();
        }
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @Test
    @DisplayName("is refused for the moment in a transaction that has read what others have changed since")
    void joiningTooLate() throws Exception {
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            JoinedJobs joined = store.joining(host);
            assertThat(joined.count(JobQuery.all())).isZero();
            store.add(Jobs.many(2));
            assertThat(failure(() -> joined.add(Jobs.many(1))).kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
            host.rollback();
            assertThat(joined.add(Jobs.many(1))).hasSize(1);
            host.commit();
        }
        assertThat(store.count(JobQuery.all())).isEqualTo(3);
    }

    @Test
    @DisplayName("cuts times off at the millisecond")
    void cutOff() throws SQLException {
        SqlDialect dialect = dialect(database);
        Sql.run(database, "CREATE TABLE times (at TEXT)");
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO times VALUES (?)")) {
            for (String time : List.of(
                    "2020-12-31T23:59:59.999999999Z",
                    "1969-12-31T23:59:59.9999Z",
                    "-4000-01-01T00:00:00Z",
                    "+20000-01-01T00:00:00Z")) {
                dialect.bindTime(insert, 1, Instant.parse(time));
                insert.executeUpdate();
            }
        }
        assertThat(Sql.query(database, "SELECT at FROM times ORDER BY rowid"))
                .containsExactly(
                        List.of("2020-12-31 23:59:59.999"),
                        List.of("1969-12-31 23:59:59.999"),
                        List.of("0001-01-01 00:00:00.000"),
                        List.of("9999-12-31 23:59:59.999"));
    }

    @Test
    @DisplayName("has several workers of one process run each job once")
    void workers() {
        ConcurrentMap<UUID, AtomicInteger> runs = new ConcurrentHashMap<>();
        List<Worker> workers = IntStream.range(0, 3)
                .mapToObj(i -> Worker.of(
                                JdbcJobStore.of(pool(file())),
                                ProcessorRegistry.of().with(COUNTED, job -> {
                                    runs.computeIfAbsent(job.id(), id -> new AtomicInteger())
                                            .incrementAndGet();
                                    return "done";
                                }))
                        .concurrency(4)
                        .start())
                .toList();
        for (int i = 0; i < 20; i++) {
            store.add(IntStream.range(0, 20)
                    .mapToObj(job -> new EncodedJob(NewJob.of(COUNTED, ""), "\"\""))
                    .toList());
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> store.count(JobQuery.all().status(JobStatus.COMPLETED)) == 400);
        workers.forEach(Worker::close);
        assertThat(runs).hasSize(400);
        assertThat(runs.values()).allMatch(count -> count.get() == 1);
    }

    @Test
    @DisplayName("is refused for the moment when the disk is full, and has changed nothing")
    void diskFull() throws SQLException {
        SingleConnection one = new SingleConnection(stranger());
        JdbcJobStore full = JdbcJobStore.of(one);
        full.add(Jobs.many(1));
        String pages = Sql.query(one, "PRAGMA page_count").get(0).get(0);
        Sql.query(one, "PRAGMA max_page_count = " + pages);
        JobStoreException refused = failure(() -> full.add(Jobs.many(1_000)));
        assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(refused).hasMessageContaining("vendor code 13");
        assertThat(store.count(JobQuery.all())).isOne();

        Sql.query(one, "PRAGMA max_page_count = 1000000");
        assertThat(full.add(Jobs.many(1_000))).hasSize(1_000);
        one.close();
    }

    @Test
    @DisplayName("is refused for the moment when the file is read-only, and can be read")
    void readOnly() {
        store.add(Jobs.many(1));
        SQLiteDataSource unwritable = TestSqlite.in(file());
        unwritable.setReadOnly(true);
        JdbcJobStore readOnly = JdbcJobStore.of(unwritable);
        assertThat(readOnly.list(JobQuery.all())).hasSize(1);
        JobStoreException refused = failure(() -> readOnly.add(Jobs.many(1)));
        assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(store.count(JobQuery.all())).isOne();
    }

    @Test
    @DisplayName("has the main schema and no other")
    void schemas() {
        store.add(Jobs.many(1));
        assertThat(store.schema("main").count(JobQuery.all())).isOne();
        assertThat(Jobs.claimAll(store.schema("MAIN"))).hasSize(1);
        JdbcSchema.migrate(database, "main", "my_");
        assertThat(store.tablePrefix("my_").count(JobQuery.all())).isZero();
        assertThatThrownBy(() -> store.schema("other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"other\"")
                .hasMessageContaining("table prefix");
        assertThatThrownBy(() -> JdbcSchema.migrate(database, "other", ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("goes on where it was left")
    void reopened() {
        NewJob keyed = Jobs.job().uniqueKey("k");
        store.add(Jobs.encoded(keyed));
        List<Job> claimed = Jobs.claimAll(store);
        pools.forEach(HikariDataSource::close);

        JdbcJobStore reopened = JdbcJobStore.of(pool(file()));
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .containsExactly(new Added(keyed.id(), Added.Outcome.KEY_TAKEN));
        reopened.settle(Jobs.completed(claimed));
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .extracting(Added::outcome)
                .containsExactly(Added.Outcome.ADDED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"datetime('now')", "CURRENT_TIMESTAMP", "'2020-02-29 23:59:59.999999'", "'0000-01-01 00:00:00'"})
    @DisplayName("takes times of strangers that sort as they should")
    void times(String time) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, run_at, created_at) VALUES ('" + UUID.randomUUID() + "', 't', " + time
                        + ", " + time + ")");
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'2020-01-01T00:00:00Z'",
                "'2020-01-01 00:00:00+02:00'",
                "'2020-01-01 00:00:00Z'",
                "'2020-01-01'",
                "'2020-02-30 00:00:00'",
                "'2020-01-01 25:00:00'",
                "'2020-01-01 00:00:00.1 '",
                "'now'",
                "'soon'",
                "''",
                "1577836800",
                "1577836800.5",
                "x'00'"
            })
    @DisplayName("refuses times of strangers that would have a job wait too long, or for ever")
    void badTimes(String time) {
        assertThatThrownBy(() -> Sql.run(
                        database,
                        "INSERT INTO job (id, type, run_at) VALUES ('" + UUID.randomUUID() + "', 't', " + time + ")"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("reads what a stranger has put in place of a time as one that is far away")
    void noTime() {
        store.add(Jobs.many(2));
        Sql.run(database, "UPDATE job SET started_at = 'yesterday', cancel_requested_at = 17 WHERE rowid = 1");
        assertThat(store.list(JobQuery.all()))
                .filteredOn(job -> job.startedAt() != null)
                .singleElement()
                .satisfies(job -> assertThat(job.startedAt()).isAfter(Instant.parse("9999-12-31T00:00:00Z")));
        assertThat(Jobs.claimAll(store)).hasSize(2);
    }

    @Test
    @DisplayName("reads days that there are not as those that follow")
    void noDay() {
        store.add(Jobs.many(1));
        Sql.run(database, "UPDATE job SET started_at = '2021-02-30 01:02:03.4'");
        assertThat(store.list(JobQuery.all()))
                .extracting(Job::startedAt)
                .containsExactly(Instant.parse("2021-03-02T01:02:03.400Z"));
    }

    @ParameterizedTest
    @CsvSource({"priority, 'high'", "attempt, 'many'", "type, NULL", "status, x'00'", "progress, 101"})
    @DisplayName("refuses values of strangers that do not fit their column")
    void badValues(String column, String value) {
        store.add(Jobs.many(1));
        assertThatThrownBy(() -> Sql.run(database, "UPDATE job SET " + column + " = " + value))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("in memory is shared by connections that name it, and nobody is refused for it")
    void sharedMemory() throws Exception {
        String url = "jdbc:sqlite:file:" + UUID.randomUUID() + "?mode=memory&cache=shared";
        HikariDataSource pool = TestPostgres.pool(TestSqlite.at(url));
        pools.add(pool);
        try (Connection keepsItAlive = pool.getConnection()) {
            assertThat(keepsItAlive.isClosed()).isFalse();
            JdbcSchema.migrate(pool);
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> addClaimAndSettle(JdbcJobStore.of(pool))));
            }
            int settled = 0;
            for (Future<Integer> each : all) {
                settled += each.get(60, TimeUnit.SECONDS);
            }
            assertThat(settled).isEqualTo(400);
            assertThat(JdbcJobStore.of(pool).count(JobQuery.all().status(JobStatus.COMPLETED)))
                    .isEqualTo(400);
        }
    }

    /** Until nothing is left that is its own or another's. */
    private static int addClaimAndSettle(JobStore store) {
        UUID worker = Jobs.worker(store);
        int settled = 0;
        for (int i = 0; i < 10; i++) {
            store.add(Jobs.many(10));
            store.list(JobQuery.all());
            List<Job> claimed = Jobs.claim(store, worker, 100);
            store.settle(Jobs.completed(claimed));
            settled += claimed.size();
        }
        return settled;
    }

    @Test
    @DisplayName("in memory may be that of the only connection of a pool")
    void onlyConnection() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(TestSqlite.at("jdbc:sqlite::memory:"));
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(2_000);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            JdbcSchema.migrate(pool);
            assertThat(addClaimAndSettle(JdbcJobStore.of(pool))).isEqualTo(100);
        }
    }

    @Test
    @DisplayName("in memory that each connection has for itself has no tables, and says so")
    void eachItsOwn() {
        DataSource each = TestSqlite.at("jdbc:sqlite::memory:");
        JdbcSchema.migrate(each);
        assertThat(failure(() -> JdbcJobStore.of(each).add(Jobs.many(1))))
                .hasMessageContaining("has JdbcSchema.migrate been run");
    }

    @Test
    @DisplayName("finds what is due by its index, in order, and lists of ids by theirs")
    void plans() {
        assertThat(
                        plan(
                                "SELECT id FROM job WHERE status = 'pending' AND queue = 'q' AND priority = 5"
                                        + " AND run_at <= '2020' AND lost_workers < 2 ORDER BY status, queue, priority, run_at, id LIMIT 10"))
                .contains("USING INDEX job_ready (queue=? AND priority=? AND run_at<?)")
                .doesNotContain("TEMP B-TREE");
        String ids = "IN (SELECT value FROM json_each('[]'))";
        assertThat(plan("SELECT * FROM job WHERE id " + ids + " ORDER BY id"))
                .contains("USING INDEX sqlite_autoindex_job_1 (id=?)")
                .doesNotContain("TEMP B-TREE");
        assertThat(plan("SELECT id FROM job WHERE parent_id " + ids)).contains("job_child (parent_id=?)");
        assertThat(plan("SELECT * FROM job_step WHERE job_id " + ids + " AND job_id >= '' AND job_id <= 'x'"))
                .contains("job_id=?");
        assertThat(plan("SELECT id FROM job WHERE worker_id = 'x' AND status = 'processing'"))
                .contains("job_running (worker_id=?)");
        assertThat(plan("SELECT id FROM job WHERE type " + ids + " AND unique_key " + ids
                        + " AND unique_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting')"))
                .contains("job_unique (type=? AND unique_key=?)");
        assertThat(plan("SELECT id FROM job WHERE status IN ('completed', 'cancelled') AND completed_at <= '2020'"
                        + " AND created_at <= '2020' LIMIT 10"))
                .contains("job_ended (completed_at<?)");
    }

    private String plan(String query) {
        return Sql.query(database, "EXPLAIN QUERY PLAN " + query).toString();
    }
}
