package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.store.ReadModelFactory;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On PostgreSQL and MariaDB only: no other database ends a transaction because its client is silent. */
@DisplayName("A worker that goes silent in a transaction")
@Timeout(Patience.SECONDS_OF_A_TEST)
class SilentTransactionsTest {
    private static final Duration SHORT_LEASE = Duration.ofSeconds(2);
    private static final String KEY = "SELECT limit_key FROM job_limit_key WHERE limit_key = 'api:acme' FOR UPDATE";

    /** The statement of a claim that starts jobs. */
    private static final Pattern START = Pattern.compile("(?is)ELSE s\\.under END|^UPDATE .job. SET status.*worker_id");

    private static UUID worker(JdbcJobStore store, Duration lease) {
        UUID id = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(id, "test", "localhost", 1), lease);
        return id;
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("loses it: what it has locked becomes free, it gets no job, and its next claim works, on")
    void claim(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        // The first claim of a key makes its row, in a transaction before its own.
        store.add(Jobs.encoded(Jobs.job().limit("api", "acme")));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        NewJob job = Jobs.job().limit("api", "acme");
        store.add(Jobs.encoded(job));
        CountDownLatch isSilent = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        JdbcJobStore silent = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> START.matcher(statement).find(), database, () -> {
                    isSilent.countDown();
                    try {
                        goesOn.await();
                    } catch (InterruptedException never) {
                        Thread.currentThread().interrupt();
                    }
                }));
        UUID worker = worker(silent, SHORT_LEASE);
        worker(silent, Duration.ofMinutes(1));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try {
            Future<?> claim = thread.submit(() -> {
                try {
                    Jobs.claim(silent, worker, 10);
                } catch (JobStoreException ended) {
                    thrown.set(ended);
                }
            });
            assertThat(isSilent.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            try (Connection other = database.getConnection()) {
                // It waits for the server to end the session of the silent one.
                other.setAutoCommit(false);
                assertThat(Sql.query(other, KEY)).hasSize(1);
                other.rollback();
            }
            assertThat(claim).isNotDone();
            goesOn.countDown();
            claim.get(Patience.SECONDS, TimeUnit.SECONDS);
        } finally {
            goesOn.countDown();
            thread.shutdown();
        }
        assertThat(thrown.get())
                .isInstanceOf(JobStoreException.class)
                .extracting(failure -> ((JobStoreException) failure).kind())
                .isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(Jobs.claim(silent, worker(silent, Duration.ofMinutes(1)), 10))
                .extracting(io.forthwith.Job::id)
                .containsExactly(job.id());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("has told MariaDB when to end it, and the session is as it was, also if the claim fails; auto-commit:")
    void settings_of_mariadb(boolean autoCommit) {
        DataSource database = TestDatabase.MARIADB.migrated();
        try (HikariDataSource one = new HikariDataSource()) {
            one.setDataSource(database);
            one.setMaximumPoolSize(1);
            one.setAutoCommit(autoCommit);
            Sql.run(one, "SET SESSION idle_transaction_timeout = 77");
            List<String> before = settings(one);
            assertThat(before).startsWith("77", autoCommit ? "1" : "0");
            WatchedDataSource watched = new WatchedDataSource(one, connection -> {});
            List<List<String>> isolation = new ArrayList<>();
            JdbcJobStore store = JdbcJobStore.of(HeldUpDataSource.before(
                    statement -> START.matcher(statement).find(), watched, () -> {
                        isolation.addAll(
                                Sql.query(database, "SELECT trx_isolation_level FROM information_schema.innodb_trx"));
                        throw new IllegalStateException("the claim fails");
                    }));
            UUID worker = worker(store, Duration.ofSeconds(12));
            store.add(Jobs.encoded(Jobs.job()));
            watched.statements().clear();

            assertThatThrownBy(() -> Jobs.claim(store, worker, 1)).hasMessageContaining("the claim fails");

            assertThat(isolation).containsExactly(List.of("READ COMMITTED"));
            assertThat(String.join("\n", watched.statements())).contains("idle_transaction_timeout = 6,");
            assertThat(settings(one)).isEqualTo(before);
            assertThat(Jobs.claim(store, worker, 1)).hasSize(1);
            assertThat(settings(one)).isEqualTo(before);
        }
    }

    private static List<String> settings(DataSource one) {
        return Sql.query(one, "SELECT @@SESSION.idle_transaction_timeout, @@SESSION.autocommit, @@SESSION.tx_isolation")
                .get(0);
    }

    @Test
    @DisplayName(
            "has told the server when to end it; a host whose transaction it uses has not, and the session is as it was")
    void settings() throws Exception {
        DataSource database = TestPostgres.empty();
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        UUID worker = worker(store, Duration.ofSeconds(12));
        watched.statements().clear();
        Jobs.claim(store, worker, 1);
        store.add(Jobs.encoded(Jobs.job().limit("api", "acme")));
        Jobs.claim(store, worker, 1);

        assertThat(opening(watched.statements()))
                .contains("idle_in_transaction_session_timeout = 6000", "tcp_user_timeout = 6000")
                .contains("transaction_timeout = 40000");

        watched.statements().clear();
        JobClient.of(store)
                .enqueueAll(List.of(Jobs.job().uniqueKey("a"), Jobs.job().uniqueKey("b")));
        assertThat(opening(watched.statements())).doesNotContain("timeout");
        try (Connection connection = database.getConnection()) {
            assertThat(Sql.query(connection, "SHOW idle_in_transaction_session_timeout"))
                    .containsExactly(List.of("0"));
        }
        assertThat(watched.complaints()).isEmpty();
    }

    private static String opening(List<String> statements) {
        return statements.stream()
                .filter(statement -> statement.contains("SET TRANSACTION ISOLATION"))
                .reduce("", (all, each) -> all + each + "\n");
    }
}
