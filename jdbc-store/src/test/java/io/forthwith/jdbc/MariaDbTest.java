package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.internal.mariadb.MariaDbDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JoinedStore;
import io.forthwith.store.Settlement;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("MariaDB, beyond the contract,")
class MariaDbTest {
    private final DataSource database = TestMariaDb.empty();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("answers the same whether the driver counts rows found or rows changed")
    void affected_rows(boolean changedOnly) {
        JdbcJobStore store = JdbcJobStore.of(TestMariaDb.with("&useAffectedRows=" + changedOnly));
        UUID worker = Jobs.worker(store);
        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE).alive())
                .isTrue();
        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE).alive())
                .isTrue();
        List<NewJob> jobs = IntStream.range(0, 5).mapToObj(i -> Jobs.job()).toList();
        store.add(Jobs.encoded(jobs.toArray(NewJob[]::new)));
        assertThat(store.add(Jobs.encoded(jobs.get(0), Jobs.job())))
                .extracting(Added::outcome)
                .containsExactly(Added.Outcome.ID_EXISTS, Added.Outcome.ADDED);
        List<Job> claimed = Jobs.claim(store, worker, 10);
        assertThat(claimed).hasSize(6);
        store.settle(Jobs.completed(claimed));
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(6);
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100)
                        .jobs())
                .isEqualTo(6);
    }

    @Test
    @DisplayName(
            "finds who holds an id or a key that was taken after the host's transaction had begun to read an old snapshot")
    void old_snapshot() throws SQLException {
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob holder = Jobs.job().uniqueKey("taken");
        try (Connection connection = TestMariaDb.with("").getConnection()) {
            connection.setAutoCommit(false);
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
            JoinedStore joined = store.joining(connection);
            assertThat(joined.countByScan(JobQuery.all())).isZero();
            store.add(Jobs.encoded(holder));
            assertThat(joined.countByScan(JobQuery.all()))
                    .as("the snapshot is old")
                    .isZero();

            assertThat(joined.add(Jobs.encoded(Jobs.job().uniqueKey("taken"))))
                    .containsExactly(new Added(holder.id(), Added.Outcome.KEY_TAKEN));
            assertThat(joined.add(Jobs.encoded(holder)))
                    .containsExactly(new Added(holder.id(), Added.Outcome.ID_EXISTS));
            assertThat(joined.add(Jobs.encoded(Jobs.job(), holder)))
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ADDED, Added.Outcome.ID_EXISTS);
            connection.commit();
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("adds children in a transaction with an old snapshot to the family as it stands now")
    void old_snapshot_of_families() throws SQLException {
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob group = Jobs.job().unsealed();
        store.add(Jobs.encoded(group, Jobs.job().parent(group)));
        try (Connection connection = TestMariaDb.with("").getConnection()) {
            connection.setAutoCommit(false);
            JoinedStore joined = store.joining(connection);
            assertThat(joined.countByScan(JobQuery.all())).isEqualTo(2);
            store.add(Jobs.encoded(Jobs.job().parent(group.id()), Jobs.job().parent(group.id())));

            joined.add(Jobs.encoded(Jobs.job().parent(group.id())));
            connection.commit();
        }
        assertThat(store.children(group.id(), 0, 10))
                .extracting(child -> child.relations().position())
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    @DisplayName("sees a circle that another transaction has half closed after the snapshot of this one")
    void old_snapshot_of_circles() throws SQLException {
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob group = Jobs.job().unsealed();
        store.add(Jobs.encoded(group));
        try (Connection connection = TestMariaDb.with("").getConnection()) {
            connection.setAutoCommit(false);
            JoinedStore joined = store.joining(connection);
            assertThat(joined.countByScan(JobQuery.all())).isOne();
            NewJob after = Jobs.job().after(group.id());
            store.add(Jobs.encoded(after));

            Added refused = joined.add(
                            Jobs.encoded(Jobs.job().parent(group.id()).after(after.id())))
                    .get(0);
            assertThat(refused.outcome()).isEqualTo(Added.Outcome.CYCLE);
            connection.rollback();
        }
    }

    @Test
    @DisplayName("answers that the transaction must be repeated if a strict snapshot does not let it lock a newer row")
    void strict_snapshot() throws SQLException {
        JdbcJobStore store = JdbcJobStore.of(database);
        try (Connection connection = TestMariaDb.with("&sessionVariables=innodb_snapshot_isolation=ON")
                .getConnection()) {
            connection.setAutoCommit(false);
            JoinedStore joined = store.joining(connection);
            assertThat(joined.countByScan(JobQuery.all())).isZero();
            store.add(Jobs.encoded(Jobs.job().uniqueKey("taken")));

            assertThatThrownBy(() -> joined.add(Jobs.encoded(Jobs.job().uniqueKey("taken"))))
                    .isInstanceOfSatisfying(
                            JobStoreException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT))
                    .hasMessageContaining("1020")
                    .hasMessageContaining("roll back and begin anew");
            connection.rollback();
        }
    }

    @Test
    @DisplayName("refuses for good what is larger than the driver may send")
    void larger_than_allowed() {
        JdbcJobStore store = JdbcJobStore.of(TestMariaDb.with("&maxAllowedPacket=100000"));
        store.add(Jobs.encoded(Jobs.job()));
        Job claimed = Jobs.claimAll(store).get(0);

        assertThatThrownBy(() ->
                        store.settle(List.of(Settlement.complete(Claim.of(claimed), '"' + "x".repeat(200_000) + '"'))))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(JobStoreException.Kind.PERMANENT));
        store.settle(Jobs.completed(List.of(claimed)));
    }

    @Test
    @DisplayName("tells texts apart that differ in case, accents or a space at the end")
    void exact_text() {
        JdbcJobStore store = JdbcJobStore.of(database);
        for (String key : List.of("key", "KEY")) {
            assertThat(store.add(Jobs.encoded(Jobs.job().uniqueKey(key))))
                    .extracting(Added::outcome)
                    .as("\"%s\"", key)
                    .containsExactly(Added.Outcome.ADDED);
        }
        List<String> users = List.of("ann", "ANN", "ann ", "\u00e4nn", "a\u0308nn");
        users.forEach(user -> store.add(Jobs.encoded(Jobs.job().user(user))));
        assertThat(users)
                .allSatisfy(user -> assertThat(store.countByScan(JobQuery.all().user(user)))
                        .as("\"%s\"", user)
                        .isOne());
    }

    @Test
    @DisplayName("reads a date of zeros, which another program can write, as a time long past")
    void zero_date() {
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob odd = Jobs.job();
        store.add(Jobs.encoded(odd, Jobs.job()));
        Sql.run(
                database,
                "SET STATEMENT sql_mode = '' FOR UPDATE job SET run_at = '0000-00-00', created_at = '0000-00-00',"
                        + " started_at = '0000-00-00' WHERE id = '" + odd.id() + "'");
        assertThat(store.scan(JobQuery.all())).hasSize(2);
        List<Job> claimed = Jobs.claimAll(store);
        assertThat(claimed).hasSize(2);
        store.settle(Jobs.completed(claimed));
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(2);
    }

    @Test
    @DisplayName("takes lists of any length")
    void long_lists() {
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob parent = Jobs.job();
        NewJob[] family = IntStream.range(0, 3_000)
                .mapToObj(i -> i == 0 ? parent : Jobs.job().parent(parent))
                .toArray(NewJob[]::new);
        store.add(Jobs.encoded(family));
        assertThat(store.cancel(parent.id(), Locale.ENGLISH)).isEqualTo(ActResult.DONE);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.CANCELLED)))
                .isEqualTo(3_000);
    }

    @ParameterizedTest
    @CsvSource({
        "MariaDB, 10.6.0-MariaDB, utf8mb4_nopad_bin",
        "MySQL, 5.5.5-10.11.6-MariaDB, utf8mb4_nopad_bin",
        "MySQL, 8.0.17, utf8mb4_0900_bin",
        "MySQL, 9.4.0-commercial, utf8mb4_0900_bin"
    })
    @DisplayName("is distinguished from MySQL by its version, under every name that the driver gives it")
    void products(String product, String version, String collation) throws SQLException {
        assertThat(MariaDbDialect.of(claimingToBe(product, version), TableNames.STANDARD)
                        .text("{table}"))
                .endsWith(collation);
    }

    private static DatabaseMetaData claimingToBe(String product, String version) {
        return (DatabaseMetaData) Proxy.newProxyInstance(
                DatabaseMetaData.class.getClassLoader(),
                new Class<?>[] {DatabaseMetaData.class},
                (proxy, method, arguments) -> method.getName().equals("getDatabaseProductName") ? product : version);
    }

    @ParameterizedTest
    @CsvSource({
        "1020, HY000, CONFLICT", "1205, HY000, TRANSIENT", "1213, 40001, CONFLICT", "3572, HY000, TRANSIENT",
        "1290, HY000, TRANSIENT", "1836, HY000, TRANSIENT", "1062, 23000, DUPLICATE", "1146, 42S02, NOT_SET_UP",
        "1927, 70100, DISCONNECTED", "1406, 22001, PERMANENT", "4025, 23000, PERMANENT", "0, 08000, DISCONNECTED",
        "1047, 08S01, TRANSIENT"
    })
    @DisplayName("is understood by its codes")
    void codes(int code, String state, SqlFailureKind meaning) {
        assertThat(MariaDbDialect.named(MariaDbDialect.MARIADB, TableNames.STANDARD)
                        .failureOf(new SQLException("any text", state, code)))
                .isEqualTo(meaning);
    }

    @Test
    @DisplayName("does not go back to the pool if its node refuses all work")
    void refusing_node() {
        assertThat(MariaDbDialect.named(MariaDbDialect.MARIADB, TableNames.STANDARD)
                        .isOfNoMoreUse(new SQLException("not prepared", "08S01", 1047)))
                .isTrue();
    }
}
