package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.worker.Worker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("A job that completes with its processor's own writes, when the commit goes wrong,")
@Timeout(Patience.SECONDS_OF_A_TEST)
class CommitOutcomesTest extends Invoicing {
    private static final String SECRET = "what only the customer may know";

    @Test
    @DisplayName("is completed once if the answer to the commit is lost, and the work is not repeated")
    void lost_commit() throws Exception {
        open(TestDatabase.POSTGRESQL);
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore through = JdbcJobStore.of(pool);
            UUID id = enqueue();

            worker(job -> through.complete(job, connection -> {
                        Receipt receipt = insert(connection, job);
                        proxy.swallowAnswerTo("COMMIT\0");
                        return receipt;
                    }))
                    .drain();

            assertThat(thrown.get()).isNull();
            assertThat(works).hasValue(1);
            assertThat(invoices()).hasSize(1);
            assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(events).last().isInstanceOf(JobEvent.Completed.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, false", "POSTGRESQL, true", "MARIADB, false", "MARIADB, true"})
    @DisplayName(
            "is done again a little later, and uses up no attempt, if the connection breaks before the commit was sent")
    void broken_before_commit(TestDatabase kind, boolean inWork) {
        open(kind);
        UUID id =
                JobClient.of(store).enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();
        Worker worker = worker(job -> store.complete(job, connection -> {
            insert(connection, job);
            if (works.get() == 1) {
                end(kind, connection);
                if (inWork) {
                    insertAsLibrary(connection, job);
                }
            }
            return SECRET;
        }));

        worker.drain();

        Job postponed = find(id);
        assertThat(postponed.status()).isEqualTo(JobStatus.PENDING);
        assertThat(postponed.attempt()).isZero();
        assertThat(thrown.get()).isInstanceOf(NotReadyException.class).hasCauseInstanceOf(Exception.class);
        assertThat(invoices()).isEmpty();

        kind.age(database, Duration.ofMinutes(1));
        worker.drain();

        assertThat(works).hasValue(2);
        assertThat(invoices()).hasSize(1);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(id).attempt()).isEqualTo(1);
        assertThat(store.failures(id)).isEmpty();
    }

    @Test
    @DisplayName("tells nothing of its result if the connection breaks while that is written")
    void secret_result() {
        open(TestDatabase.POSTGRESQL);
        enqueue();
        try (StoreLog log = new StoreLog()) {
            worker(job -> store.complete(job, connection -> {
                        insert(connection, job);
                        end(TestDatabase.POSTGRESQL, connection);
                        return SECRET;
                    }))
                    .drain();

            assertThat(thrown.get()).isNotNull();
            assertThat(String.join("\n", log.at(Level.DEBUG))).doesNotContain(SECRET);
        }
        StringWriter trace = new StringWriter();
        thrown.get().printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).contains("SQLException").doesNotContain(SECRET);
        assertThat(events).noneMatch(event -> event.toString().contains(SECRET));
    }

    @Test
    @DisplayName("fails of what its work throws for a reason of its own, although the connection has broken meanwhile")
    void own_reason() {
        open(TestDatabase.POSTGRESQL);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    insert(connection, job);
                    end(TestDatabase.POSTGRESQL, connection);
                    throw JobException.user("no_credits", "Insufficient credits");
                }))
                .drain();

        assertThat(find(id).errorCode()).isEqualTo("no_credits");
        assertThat(invoices()).isEmpty();
    }

    private static Stream<SQLException> refusals() {
        return Stream.of(
                new SQLException("away", "08001"),
                // As HikariCP says that all connections are in use.
                new SQLTransientConnectionException("Connection is not available, request timed out after 30000ms"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    @DisplayName("is done again a little later, and uses up no attempt, if there is no connection for it:")
    void no_connection(SQLException refusal) {
        open(TestDatabase.POSTGRESQL);
        AtomicInteger lent = new AtomicInteger();
        JdbcJobStore away = JdbcJobStore.of(Lending.of(database, () -> {
            // The first one asks what the database is.
            if (lent.incrementAndGet() == 2) {
                throw refusal;
            }
        }));
        UUID id =
                JobClient.of(store).enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();
        Worker worker = worker(job -> away.complete(job, connection -> insert(connection, job)));

        worker.drain();
        assertThat(find(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(find(id).attempt()).isZero();

        TestDatabase.POSTGRESQL.age(database, Duration.ofMinutes(1));
        worker.drain();
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("fails of work that PostgreSQL has ended because it was silent for too long: it would be again")
    void silent_work() {
        open(TestDatabase.POSTGRESQL);
        UUID id =
                JobClient.of(store).enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();

        worker(job -> store.complete(job, connection -> {
                    Sql.query(connection, "SELECT set_config('idle_in_transaction_session_timeout', '100', true)");
                    String session = Sql.query(connection, "SELECT pg_backend_pid()")
                            .get(0)
                            .get(0);
                    await().atMost(Patience.LONG)
                            .until(() -> Sql.query(database, "SELECT 1 FROM pg_stat_activity WHERE pid = " + session)
                                    .isEmpty());
                    return insert(connection, job);
                }))
                .drain();

        assertThat(find(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(invoices()).isEmpty();
    }

    /** The server ends the session of a connection, which learns of it by its next statement. */
    private void end(TestDatabase kind, Connection connection) throws SQLException {
        boolean isPostgres = kind == TestDatabase.POSTGRESQL;
        String session = Sql.query(connection, isPostgres ? "SELECT pg_backend_pid()" : "SELECT connection_id()")
                .get(0)
                .get(0);
        if (isPostgres) {
            Sql.query(database, "SELECT pg_terminate_backend(" + session + ", 10000)");
        } else {
            Sql.run(database, "KILL CONNECTION " + session);
        }
    }

    /** Hides the exception of the driver behind one of its own. */
    private void insertAsLibrary(Connection connection, JobContext job) {
        try {
            insert(connection, job);
        } catch (SQLException broken) {
            throw new IllegalStateException("could not insert", broken);
        }
    }

    @Test
    @DisplayName(
            "waits until it is known what became of a commit, however long the database is away, and undoes nothing")
    void lost_commit_in_an_outage() throws Exception {
        open(TestDatabase.POSTGRESQL);
        AtomicInteger lent = new AtomicInteger();
        AtomicBoolean undone = new AtomicBoolean();
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore through = JdbcJobStore.of(Lending.of(pool, () -> {
                // The first asks what the database is, the second does the work, the next find it gone.
                int which = lent.incrementAndGet();
                if (which == 3 || which == 4) {
                    throw new SQLException("away", "08001");
                }
            }));
            UUID id = enqueue();

            worker(job -> {
                        job.onFailure(() -> undone.set(true));
                        return through.complete(job, connection -> {
                            Receipt receipt = insert(connection, job);
                            proxy.swallowAnswerTo("COMMIT\0");
                            return receipt;
                        });
                    })
                    .drain();

            assertThat(thrown.get()).isNull();
            assertThat(lent).hasValue(5);
            assertThat(undone).isFalse();
            assertThat(works).hasValue(1);
            assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
        }
    }

    @Test
    @DisplayName("is completed if the answer to the commit is lost, and its row is purged before the worker can look")
    void lost_commit_and_purged() throws Exception {
        open(TestDatabase.POSTGRESQL);
        AtomicInteger lent = new AtomicInteger();
        AtomicInteger purged = new AtomicInteger();
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore through = JdbcJobStore.of(Lending.of(pool, () -> {
                if (lent.incrementAndGet() == 3) {
                    purged.addAndGet(store.purge(
                                    Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 10)
                            .jobs());
                }
            }));
            UUID id = enqueue();

            worker(job -> through.complete(job, connection -> {
                        Receipt receipt = insert(connection, job);
                        proxy.swallowAnswerTo("COMMIT\0");
                        return receipt;
                    }))
                    .drain();

            assertThat(purged).hasValue(1);
            assertThat(thrown.get()).isNull();
            assertThat(works).hasValue(1);
            assertThat(store.find(id)).isEmpty();
            assertThat(events).last().isInstanceOf(JobEvent.Completed.class);
        }
    }

    @Test
    @DisplayName(
            "is not completed if the answer to the commit is lost, and so is the commit, and another run has completed the job")
    void lost_commit_and_forgotten() throws Exception {
        open(TestDatabase.POSTGRESQL);
        AtomicInteger lent = new AtomicInteger();
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore through = JdbcJobStore.of(Lending.of(pool, () -> {
                if (lent.incrementAndGet() == 3) {
                    // As it may be after a failover: the number is the same, and the run is another one.
                    Sql.run(database, "UPDATE job SET started_at = created_at");
                }
            }));
            UUID id = enqueue();

            worker(job -> through.complete(job, connection -> {
                        Receipt receipt = insert(connection, job);
                        proxy.swallowAnswerTo("COMMIT\0");
                        return receipt;
                    }))
                    .drain();

            assertThat(thrown.get()).isNotNull();
            assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(events).last().isInstanceOf(JobEvent.Refused.class);
        }
    }

    @ParameterizedTest
    // On SQLite it is committed by a statement, which the test does not refuse.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("never holds a connection while it asks for another, also when the commit is refused")
    void refused_commit(TestDatabase kind) {
        open(kind);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        JdbcJobStore counted = JdbcJobStore.of(Lending.committing(database, Lending::refuse, held, most));
        UUID id = enqueue();

        worker(job -> counted.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(most).hasValue(1);
        assertThat(held).hasValue(0);
        assertThat(invoices()).isEmpty();
        assertThat(find(id).status()).isEqualTo(JobStatus.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        // A definite conflict: a deadlock of a deferred check, or the certification of a cluster.
        "POSTGRESQL, 40001, 0",
        "POSTGRESQL, 40P01, 0",
        "MARIADB, 40001, 1213",
        "H2, 40001, 40001",
        // The node does nothing at the moment.
        "MARIADB, 08S01, 1047",
        // Nobody knows what these mean; the job has not been completed.
        "POSTGRESQL, 08006, 0",
        "POSTGRESQL, XX000, 0",
        "POSTGRESQL, , 0",
        "MARIADB, HY000, 1180"
    })
    @DisplayName("is done again a little later, and uses up no attempt, if only the commit has failed")
    void failed_commit(TestDatabase kind, String state, int code) {
        open(kind);
        JdbcJobStore failing = failing(new SQLException("no commit", state, code));
        UUID id =
                JobClient.of(store).enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();
        Worker worker = worker(job -> failing.complete(job, connection -> insert(connection, job)));

        worker.drain();

        Job postponed = find(id);
        assertThat(postponed.status()).isEqualTo(JobStatus.PENDING);
        assertThat(postponed.attempt()).isZero();
        assertThat(postponed.runAt()).isAfter(postponed.updatedAt());
        assertThat(thrown.get()).hasRootCauseMessage("no commit");
        assertThat(invoices()).isEmpty();

        kind.age(database, Duration.ofMinutes(1));
        worker.drain();

        assertThat(works).hasValue(2);
        assertThat(invoices()).hasSize(1);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(id).attempt()).isEqualTo(1);
        assertThat(store.failures(id)).isEmpty();
    }

    @Test
    @DisplayName("is done again a little later, and uses up no attempt, if its completion meets another transaction")
    void conflict_before_commit() {
        open(TestDatabase.POSTGRESQL);
        UUID id =
                JobClient.of(store).enqueue(NewJob.of(TYPE, "x").maxAttempts(1)).id();
        Worker worker = worker(job -> store.complete(job, connection -> {
            try (Statement isolation = connection.createStatement()) {
                isolation.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            }
            Receipt receipt = insert(connection, job);
            if (works.get() == 1) {
                Sql.run(database, "UPDATE job SET progress = 50");
            }
            return receipt;
        }));

        worker.drain();

        assertThat(find(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(find(id).attempt()).isZero();
        assertThat(invoices()).isEmpty();

        TestDatabase.POSTGRESQL.age(database, Duration.ofMinutes(1));
        worker.drain();

        assertThat(works).hasValue(2);
        assertThat(invoices()).hasSize(1);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("is tried again, but not for ever, if a program in the database may have refused the commit")
    void raised_at_commit() {
        open(TestDatabase.POSTGRESQL);
        JdbcJobStore failing = failing(new SQLException("raised by a deferred trigger", "P0001"));
        UUID id = enqueue();

        worker(job -> failing.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(works).hasValue(2);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(id).attempt()).isEqualTo(2);
    }

    private JdbcJobStore failing(SQLException answer) {
        return JdbcJobStore.of(
                Lending.committing(database, Lending.failing(answer), new AtomicInteger(), new AtomicInteger()));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("gives its connection back before it looks what became of a commit: the pool may have no other")
    void pool_of_one(TestDatabase kind) {
        open(kind);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        JdbcJobStore counted = JdbcJobStore.of(Lending.committing(database, Lending::loseAnswer, held, most));
        UUID id = enqueue();

        worker(job -> counted.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(most).hasValue(1);
        assertThat(held).hasValue(0);
        assertThat(works).hasValue(1);
        assertThat(invoices()).hasSize(1);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    // On SQLite it is committed by a statement, whose answer the test does not lose.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("is completed if the answer to the commit is lost and no line of the store can be logged")
    void broken_log(TestDatabase kind) {
        open(kind);
        AtomicBoolean undone = new AtomicBoolean();
        JdbcJobStore unanswered = JdbcJobStore.of(
                Lending.committing(database, Lending::loseAnswer, new AtomicInteger(), new AtomicInteger()));
        UUID id = enqueue();
        try (BrokenLog log = new BrokenLog()) {
            worker(job -> {
                        job.onFailure(() -> undone.set(true));
                        return unanswered.complete(job, connection -> insert(connection, job));
                    })
                    .drain();

            assertThat(log.refused()).isPositive();
        }
        assertThat(thrown.get()).isNull();
        assertThat(undone).isFalse();
        assertThat(works).hasValue(1);
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    private static HikariDataSource through(AnswerSwallowingProxy proxy) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        server.setPrepareThreshold(0);
        return TestPostgres.pool(server);
    }
}
