package io.forthwith.jdbc;

import static io.forthwith.JobStoreException.Kind.UNKNOWN_OUTCOME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.limit.Limit;
import io.forthwith.limit.Pause;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PostgreSQL commits here before it waits for the standby. If the wait is cancelled, it answers with success and a warning. An operator
 * cancels all such waits here, unless the test says otherwise.
 */
@DisplayName("While the synchronous standby of PostgreSQL is away,")
@Timeout(Patience.SECONDS_OF_A_TEST)
@Tag("slow")
class SynchronousReplicationTest extends Invoicing {
    private static final Duration SOON = Patience.LONG;
    private static final StepName STEP = new StepName("pay", "");

    private static EmbeddedPostgres server;
    private static HikariDataSource pool;

    private Operator operator;

    /** Cancels all that waits for the standby. */
    private static final class Operator implements AutoCloseable {
        private final Connection connection;
        private final Thread thread = new Thread(this::cancelAll, "operator");
        private final CountDownLatch end = new CountDownLatch(1);

        Operator() throws SQLException {
            connection = server.getPostgresDatabase().getConnection();
            thread.start();
        }

        private void cancelAll() {
            try (Statement statement = connection.createStatement()) {
                while (!end.await(5, TimeUnit.MILLISECONDS)) {
                    statement.execute(
                            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
                }
            } catch (SQLException | InterruptedException broken) {
                throw new IllegalStateException(broken);
            }
        }

        @Override
        public void close() throws SQLException, InterruptedException {
            end.countDown();
            thread.join();
            connection.close();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off")
                .setServerConfig("synchronous_commit", "on")
                .start();
        pool = TestPostgres.pool(server.getPostgresDatabase());
        JdbcSchema.migrate(pool);
        Sql.run(pool, "CREATE TABLE invoice (job_id VARCHAR(36), claim BIGINT)");
        Sql.run(pool, "CREATE TABLE probe (at INTEGER)");
    }

    @AfterAll
    static void end() throws IOException {
        pool.close();
        server.close();
    }

    @BeforeEach
    void open() throws SQLException {
        Sql.run(
                pool,
                "TRUNCATE job, job_worker, job_worker_type, job_failure, job_step, job_predecessor, job_queue, job_key, job_limit, job_limit_key, job_limit_note, job_limit_change, job_schedule, job_minute, job_minute_write, job_failure_minute, job_depth, job_act, job_audit, job_label, job_label_name, job_number, invoice");
        database = pool;
        store = JdbcJobStore.of(pool);
        operator = new Operator();
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
        standby(true);
    }

    /** Returns when the server does as it was told. */
    private static void standby(boolean isThere) {
        DataSource direct = server.getPostgresDatabase();
        Sql.run(direct, "ALTER SYSTEM SET synchronous_standby_names = " + (isThere ? "''" : "'missing'"));
        Sql.query(direct, "SELECT pg_reload_conf()");
        await().atMost(SOON).until(() -> answersAtOnce() == isThere);
    }

    private static boolean answersAtOnce() throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeUpdate("INSERT INTO probe VALUES (1)");
            return statement.getWarnings() == null;
        }
    }

    private static void assertUnknown(ThrowingCallable call) {
        JobStoreException unknown = catchThrowableOfType(JobStoreException.class, call);
        assertThat(unknown).as("must not be acknowledged").isNotNull();
        assertThat(unknown.kind()).isEqualTo(UNKNOWN_OUTCOME);
    }

    /** Neither the call nor its repetition succeeds before the standby is back; then the jobs are there, once. */
    private void assertAddedOnce(JdbcJobStore adding, List<EncodedJob> jobs) {
        standby(false);
        assertUnknown(() -> adding.add(jobs));
        assertUnknown(() -> adding.add(jobs));

        standby(true);
        assertThat(adding.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(jobs.size());
    }

    @Test
    @DisplayName("an enqueue whose time-out cancels the wait for it is not acknowledged")
    void query_timeout() throws Exception {
        operator.close();
        assertAddedOnce(store.queryTimeout(Duration.ofSeconds(1)), Jobs.encoded(Jobs.job()));
    }

    @Test
    @DisplayName(
            "transactions that wait for it are given up in time, say what they have waited for, and leave no session behind")
    void no_sessions() throws Exception {
        operator.close();
        standby(false);
        JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
        for (int i = 0; i < 4; i++) {
            String key = "key-" + i;
            JobStoreException unknown = catchThrowableOfType(
                    JobStoreException.class,
                    () -> impatient.add(
                            Jobs.encoded(Jobs.job().uniqueKey(key), Jobs.job().uniqueKey(key + "b"))));
            assertThat(unknown.kind()).isEqualTo(UNKNOWN_OUTCOME);
            assertThat(unknown).hasMessageContaining("the synchronous standby does not answer");
        }

        assertThat(Sql.query(
                        server.getPostgresDatabase(),
                        "SELECT query FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))
                .isEmpty();
    }

    @Test
    @DisplayName("a worker starts and stops, says what is wrong with its jobs, and runs them when it is back")
    void worker_starts() throws Exception {
        operator.close();
        standby(false);
        JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
        assertUnknown(() -> impatient.add(Jobs.encoded(Jobs.job())));
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, job -> "done");
        try (Worker worker = Worker.of(impatient, processors).start()) {
            await().atMost(SOON)
                    .until(() ->
                            worker.health().reasons().toString().contains("the synchronous standby does not answer"));
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DEGRADED);
            standby(true);
            await().atMost(SOON).until(() -> store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 1);
        }
        standby(false);
        Worker.of(impatient, processors).start().close();
    }

    @Test
    @DisplayName("an enqueue is not acknowledged")
    void enqueue_one() {
        assertAddedOnce(store, Jobs.encoded(Jobs.job()));
    }

    @Test
    @DisplayName(
            "an enqueue that waits for it holds up no notification of others, although jobs are announced by their own commits")
    void others_notify() throws Exception {
        operator.close();
        standby(false);
        CompletableFuture<List<Added>> adding =
                CompletableFuture.supplyAsync(() -> JdbcJobStore.of(pool).add(Jobs.encoded(Jobs.job())));
        await().atMost(SOON)
                .until(() -> Sql.query(
                                server.getPostgresDatabase(),
                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%pg_notify%'")
                        .get(0)
                        .get(0)
                        .equals("1"));

        try (Connection other = server.getPostgresDatabase().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute("SET lock_timeout = '2s'");
            statement.execute("SET synchronous_commit = off");
            statement.execute("SELECT pg_notify('a', 'b')");
        }

        assertThat(adding).isNotDone();
        standby(true);
        assertThat(adding).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("an enqueue of many is not acknowledged: one statement")
    void enqueue_many() {
        assertAddedOnce(store, Jobs.many(3));
    }

    @Test
    @DisplayName("an enqueue of many with keys is not acknowledged: a transaction")
    void enqueue_with_keys() {
        assertAddedOnce(
                store, Jobs.encoded(Jobs.job().uniqueKey("a"), Jobs.job().uniqueKey("b")));
    }

    @Test
    @DisplayName("an enqueue of a family is not acknowledged")
    void enqueue_family() {
        NewJob parent = Jobs.job();
        assertAddedOnce(store, Jobs.encoded(parent, Jobs.job().parent(parent)));
    }

    @Test
    @DisplayName("an enqueue by COPY is not acknowledged")
    void copy() {
        assertAddedOnce(CopyingTest.copying(pool), Jobs.many(3));
    }

    @Test
    @DisplayName("the holder of a unique key is not given as an answer")
    void key_taken() {
        NewJob holder = Jobs.job().uniqueKey("taken");
        List<EncodedJob> other = Jobs.encoded(Jobs.job().uniqueKey("taken"));
        standby(false);
        assertUnknown(() -> store.add(Jobs.encoded(holder)));
        assertUnknown(() -> store.add(other));

        standby(true);
        assertThat(store.add(other)).containsExactly(new Added(holder.id(), Added.Outcome.KEY_TAKEN));
    }

    @Test
    @DisplayName("a role without further rights is told the same")
    void plain_role() {
        Sql.run(pool, "DROP ROLE IF EXISTS plain");
        Sql.run(pool, "CREATE ROLE plain LOGIN");
        Sql.run(pool, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain");
        assertAddedOnce(JdbcJobStore.of(server.getDatabase("plain", "postgres")), Jobs.encoded(Jobs.job()));
    }

    @Test
    @DisplayName("a settlement is not acknowledged, nor when it is repeated")
    void settle() {
        store.add(Jobs.many(2));
        List<Job> jobs = Jobs.claimAll(store);
        List<Settlement> completed = Jobs.completed(jobs);
        standby(false);
        assertUnknown(() -> store.settle(completed));
        assertUnknown(() -> store.settle(completed));

        standby(true);
        assertThat(store.settle(completed)).containsOnly(Settled.ALREADY_APPLIED);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(2);
    }

    @Test
    @DisplayName("a settlement that deletes is not acknowledged, nor when it is repeated and finds the job gone")
    void settle_and_delete() {
        store.add(Jobs.many(1));
        List<Settlement> completed = List.of(
                Settlement.completeAndDelete(Claim.of(Jobs.claimAll(store).get(0)), null));
        standby(false);
        assertUnknown(() -> store.settle(completed));
        assertUnknown(() -> store.settle(completed));

        standby(true);
        assertThat(store.settle(completed)).containsOnly(Settled.LOST);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a claim, also under a limit, is not made known, and what it holds can be given back")
    void claim(boolean isLimited) {
        if (isLimited) {
            store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
            store.add(Jobs.encoded(Jobs.job().limit("api", "key")));
            // The first claim of a key makes its row, in a transaction before that of the claim.
            store.settle(Jobs.completed(Jobs.claimAll(store)));
        }
        store.add(Jobs.encoded(isLimited ? Jobs.job().limit("api", "key") : Jobs.job()));
        UUID worker = Jobs.worker(store);
        standby(false);
        assertUnknown(() -> Jobs.claim(store, worker, 10));

        standby(true);
        List<Claim> held = store.held(worker);
        assertThat(held).hasSize(1);
        assertThat(store.settle(List.of(Settlement.giveBack(held.get(0))))).containsOnly(Settled.APPLIED);
    }

    @Test
    @DisplayName("steps are neither begun nor finished, nor when that is repeated")
    void steps() {
        store.add(Jobs.many(1));
        Claim claim = Claim.of(Jobs.claimAll(store).get(0));
        standby(false);
        assertUnknown(() -> store.beginStep(claim, STEP, false));
        assertUnknown(() -> store.beginStep(claim, STEP, false));

        standby(true);
        assertThat(store.beginStep(claim, STEP, false).outcome()).isEqualTo(Settled.ALREADY_APPLIED);

        standby(false);
        assertUnknown(() -> store.finishStep(claim, STEP, "1"));
        assertUnknown(() -> store.finishStep(claim, STEP, "1"));

        standby(true);
        assertThat(store.finishStep(claim, STEP, "1")).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(store.steps(claim.jobId())).hasSize(1);
    }

    @Test
    @DisplayName("a queue is neither paused nor resumed, nor when that is repeated")
    void pauses() {
        standby(false);
        assertUnknown(() -> store.pauseQueue("default", Pause.by("ada")));
        assertUnknown(() -> store.pauseQueue("default", Pause.by("bob")));

        standby(true);
        assertThat(store.pauseQueue("default", Pause.by("bob")).by()).isEqualTo("ada");

        standby(false);
        assertUnknown(() -> store.resumeQueue("default"));
        assertUnknown(() -> store.resumeQueue("default"));

        standby(true);
        assertThat(store.pausedQueues()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "complete() does not return, even if the row is purged; it does when the standby is back, and the work is not repeated")
    void complete(boolean isPurged) throws InterruptedException {
        UUID id = enqueue();
        CountDownLatch returned = new CountDownLatch(1);
        Thread worker = new Thread(() -> worker(job -> {
                    Object receipt = store.complete(job, connection -> {
                        standby(false);
                        return insert(connection, job);
                    });
                    returned.countDown();
                    return receipt;
                })
                .drain());
        worker.start();
        await().atMost(SOON).until(() -> invoices().size() == 1);
        if (isPurged) {
            Sql.run(pool, "DELETE FROM job");
        }
        assertThat(returned.await(500, TimeUnit.MILLISECONDS)).isFalse();

        standby(true);
        worker.join();

        assertThat(returned.getCount()).isZero();
        assertThat(works).hasValue(1);
        assertThat(invoices()).hasSize(1);
        assertThat(store.find(id).map(Job::status))
                .isEqualTo(isPurged ? Optional.empty() : Optional.of(JobStatus.COMPLETED));
        assertThat(events).last().isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    @DisplayName("leases are kept all the same")
    void beats() {
        UUID worker = Jobs.worker(store);
        standby(false);

        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE).alive())
                .isTrue();
    }

    @Test
    @DisplayName("other processes still hear of jobs")
    void notifications() throws InterruptedException {
        CountDownLatch heard = new CountDownLatch(1);
        JdbcJobStore other = JdbcJobStore.of(pool);
        try (var subscription = other.onAdded(heard::countDown)) {
            await().atMost(SOON).until(other::hearsOthers);
            standby(false);

            store.wake();

            assertThat(heard.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    @DisplayName("a migration is not acknowledged")
    void migration() {
        DataSource fresh = newDatabase("fresh");
        standby(false);
        assertUnknown(() -> JdbcSchema.migrate(fresh));

        standby(true);
        JdbcSchema.migrate(fresh);
        assertThat(JdbcSchema.drift(fresh)).isEmpty();
    }

    @Test
    @DisplayName("other warnings, of a statement and of a commit, still change nothing")
    void other_warnings() {
        DataSource other = newDatabase("warning");
        JdbcSchema.migrate(other);
        Sql.run(other, """
                CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$""");
        Sql.run(other, "CREATE TRIGGER at_once AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION warn()");
        Sql.run(
                other,
                "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED"
                        + " FOR EACH ROW EXECUTE FUNCTION warn()");
        JdbcJobStore warned = JdbcJobStore.of(other);

        assertThat(warned.add(Jobs.many(1))).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        assertThat(warned.add(Jobs.encoded(Jobs.job().uniqueKey("a"), Jobs.job().uniqueKey("b"))))
                .extracting(Added::outcome)
                .containsOnly(Added.Outcome.ADDED);
    }

    private static DataSource newDatabase(String name) {
        Sql.run(pool, "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        Sql.run(pool, "CREATE DATABASE " + name);
        return server.getDatabase("postgres", name);
    }
}
