package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.store.WorkerInfo;
import java.sql.Connection;
import java.time.Duration;
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

/** On PostgreSQL and MariaDB only: no other database ends a transaction because its client is silent. */
@DisplayName("A worker that goes silent in a transaction")
@Timeout(Patience.SECONDS_OF_A_TEST)
class SilentTransactionsTest {
    private static final Duration SHORT_LEASE = Duration.ofSeconds(2);
    private static final String KEY = "SELECT limit_key FROM job_limit_key WHERE limit_key = 'api:acme' FOR UPDATE";

    /** The statement of a claim that starts jobs. */
    private static final Pattern START = Pattern.compile("(?is)limits = s\\.under|^UPDATE .job. SET status.*worker_id");

    private static UUID worker(JdbcJobStore store, Duration lease) {
        UUID id = UUID.randomUUID();
        store.register(new WorkerInfo(id, "test", "localhost", 1), lease);
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

    @Test
    @DisplayName("has told MariaDB when to end it, and the session is as it was, also if the claim has failed")
    void settings_of_mariadb() {
        DataSource database = TestDatabase.MARIADB.migrated();
        try (HikariDataSource one = new HikariDataSource()) {
            one.setDataSource(database);
            one.setMaximumPoolSize(1);
            Sql.run(one, "SET SESSION idle_transaction_timeout = 77");
            String isolation = Sql.query(one, "SELECT @@SESSION.tx_isolation").toString();
            WatchedDataSource watched = new WatchedDataSource(one, connection -> {});
            JdbcJobStore store = JdbcJobStore.of(watched);
            UUID worker = worker(store, Duration.ofSeconds(12));
            watched.statements().clear();

            Jobs.claim(store, worker, 1);

            assertThat(String.join("\n", watched.statements())).contains("idle_transaction_timeout = 6,");
            assertThat(Sql.query(one, "SELECT @@SESSION.idle_transaction_timeout"))
                    .containsExactly(List.of("77"));
            assertThat(Sql.query(one, "SELECT @@SESSION.tx_isolation").toString())
                    .isEqualTo(isolation);
        }
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
