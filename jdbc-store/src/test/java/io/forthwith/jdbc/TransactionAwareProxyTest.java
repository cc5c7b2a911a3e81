package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobQuery;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What becomes of a transaction of Spring's in which a store is used. One whose data source hands out the connection of that transaction
 * takes it for its own, and commits it: so a store is to be given the data source behind, and joins by {@link JdbcJobStore#joining}.
 */
@DisplayName("A transaction of Spring's that is rolled back, in which a store is used")
class TransactionAwareProxyTest {
    private enum Use implements Consumer<JobStore> {
        ADD_ONE {
            @Override
            public void accept(JobStore store) {
                store.add(Jobs.encoded(Jobs.job()));
            }
        },
        ADD_MANY {
            @Override
            public void accept(JobStore store) {
                store.add(Jobs.many(3));
            }
        },
        READ {
            @Override
            public void accept(JobStore store) {
                store.count(JobQuery.all());
            }
        }
    }

    static Stream<Arguments> everyUse() {
        return Arrays.stream(TestDatabase.values())
                .flatMap(kind -> Arrays.stream(Use.values()).map(use -> Arguments.of(kind, use)));
    }

    private static DataSource withOrders(TestDatabase kind) {
        DataSource database = kind.migrated();
        Sql.run(database, "DROP TABLE IF EXISTS customer_order");
        Sql.run(database, "CREATE TABLE customer_order (id INTEGER PRIMARY KEY)");
        return database;
    }

    /** Takes order 1 before and order 2 after, and rolls back. */
    private static void rollBack(DataSource database, Runnable between) {
        JdbcTemplate orders = new JdbcTemplate(database);
        new TransactionTemplate(new JdbcTransactionManager(database)).executeWithoutResult(status -> {
            orders.update("INSERT INTO customer_order VALUES (1)");
            between.run();
            orders.update("INSERT INTO customer_order VALUES (2)");
            status.setRollbackOnly();
        });
    }

    private static List<Integer> orders(DataSource database) {
        return new JdbcTemplate(database).queryForList("SELECT id FROM customer_order ORDER BY id", Integer.class);
    }

    @ParameterizedTest
    @MethodSource("everyUse")
    @DisplayName("is rolled back as a whole if the store has the data source behind, and what the store added is there")
    void dataSourceBehind(TestDatabase kind, Use use) {
        DataSource database = withOrders(kind);
        JobStore store = JdbcJobStore.of(database);

        rollBack(database, () -> use.accept(store));

        assertThat(orders(database)).isEmpty();
        assertThat(store.count(JobQuery.all()) > 0).isEqualTo(use != Use.READ);
    }

    @ParameterizedTest
    @MethodSource("everyUse")
    @DisplayName(
            "has been committed half-way if the store has a data source that hands out its connection, be it by a read")
    void transactionAware(TestDatabase kind, Use use) {
        DataSource database = withOrders(kind);
        JobStore store = JdbcJobStore.of(new TransactionAwareDataSourceProxy(database));

        rollBack(database, () -> use.accept(store));

        assertThat(orders(database)).as("what was done before, and after").containsExactly(1);
        assertThat(store.count(JobQuery.all()) > 0).isEqualTo(use != Use.READ);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is not that of a worker, which has transactions of its own whatever its data source")
    void worker(TestDatabase kind) {
        DataSource database = withOrders(kind);
        JobStore store = JdbcJobStore.of(new TransactionAwareDataSourceProxy(database));
        NewJob job = Jobs.job();
        JobClient.of(store).enqueue(job);
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, context -> {
            rollBack(database, () -> {});
            return "";
        });

        assertThat(Worker.of(store, processors).build().drain()).isOne();

        assertThat(store.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(orders(database)).isEmpty();
    }
}
