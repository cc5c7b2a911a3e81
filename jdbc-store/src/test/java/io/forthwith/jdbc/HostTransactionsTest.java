package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.client.UniqueKeyTakenException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** On every {@link TestDatabase}, in the transactions of every kind of {@link Host}. */
@DisplayName("A job that is enqueued in the transaction of the host")
class HostTransactionsTest {
    private static final class Unwanted extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @BeforeAll
    static void quiet() {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    static Stream<Arguments> everywhere() {
        return Arrays.stream(TestDatabase.values())
                .flatMap(kind -> Arrays.stream(Host.values()).map(host -> Arguments.of(kind, host)));
    }

    private static DataSource withOrders(TestDatabase kind) {
        DataSource database = kind.migrated();
        Sql.run(database, "DROP TABLE IF EXISTS customer_order");
        Sql.run(database, "CREATE TABLE customer_order (id INTEGER PRIMARY KEY)");
        return database;
    }

    private static void order(Connection connection, int id) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO customer_order VALUES (" + id + ")");
        }
    }

    private static long orders(DataSource database) {
        return Long.parseLong(Sql.query(database, "SELECT count(*) FROM customer_order")
                .get(0)
                .get(0));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("is there once that is committed, and not before")
    void commit(TestDatabase kind, Host host) throws SQLException {
        DataSource database = withOrders(kind);
        JdbcJobStore store = JdbcJobStore.of(database);

        host.transaction(database, connection -> {
            order(connection, 1);
            UUID id = TransactionJobs.of(store.joining(connection))
                    .enqueue(Jobs.job())
                    .id();
            assertThat(store.joining(connection).find(id)).isPresent();
            assertThat(store.find(id)).isEmpty();
            assertThat(connection.getAutoCommit()).isFalse();
        });

        assertThat(store.countByScan(JobQuery.all())).isOne();
        assertThat(orders(database)).isOne();
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("is gone when that is rolled back, with all that the host has done")
    void rollback(TestDatabase kind, Host host) {
        DataSource database = withOrders(kind);
        JdbcJobStore store = JdbcJobStore.of(database);

        assertThatThrownBy(() -> host.transaction(database, connection -> {
                    order(connection, 1);
                    TransactionJobs.of(store.joining(connection)).enqueue(Jobs.job());
                    order(connection, 2);
                    throw new Unwanted();
                }))
                .satisfiesAnyOf(
                        thrown -> assertThat(thrown).isInstanceOf(Unwanted.class),
                        thrown -> assertThat(thrown).hasRootCauseInstanceOf(Unwanted.class));

        assertThat(store.countByScan(JobQuery.all())).isZero();
        assertThat(orders(database)).isZero();
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("that is there already, by its id or its unique key, is answered, and the host goes on and commits")
    void taken(TestDatabase kind, Host host) throws SQLException {
        DataSource database = withOrders(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob holder = Jobs.job().uniqueKey("monday");
        JobClient.of(store).enqueue(holder);

        host.transaction(database, connection -> {
            order(connection, 1);
            TransactionJobs jobs = TransactionJobs.of(store.joining(connection));
            assertThat(jobs.enqueue(Jobs.job().uniqueKey("monday")).id()).isEqualTo(holder.id());
            assertThat(jobs.enqueue(holder).id()).isEqualTo(holder.id());
            order(connection, 2);
            jobs.enqueue(Jobs.job());
        });

        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
        assertThat(orders(database)).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    @DisplayName("with a family one of whose keys is taken adds none of it, and the host goes on and commits")
    void family_taken(TestDatabase kind, Host host) throws SQLException {
        DataSource database = withOrders(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient.of(store).enqueue(Jobs.job().uniqueKey("monday"));
        NewJob parent = Jobs.job();

        host.transaction(database, connection -> {
            order(connection, 1);
            TransactionJobs jobs = TransactionJobs.of(store.joining(connection));
            assertThatThrownBy(() -> jobs.enqueueAll(
                            List.of(parent, Jobs.job().parent(parent).uniqueKey("monday"))))
                    .isInstanceOf(UniqueKeyTakenException.class);
            order(connection, 2);
            jobs.enqueue(Jobs.job());
        });

        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
        assertThat(store.find(parent.id())).isEmpty();
        assertThat(orders(database)).isEqualTo(2);
    }
}
