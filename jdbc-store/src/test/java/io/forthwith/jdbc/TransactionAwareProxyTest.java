package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobQuery;
import io.forthwith.store.JobStore;
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
 * What becomes of a transaction of Spring's in which a store is used. On a data source that hands out the connection of that transaction a
 * store would take it for its own, and commit it: so it is to be given the data source behind, and joins by {@link JdbcJobStore#joining}.
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
                store.countByScan(JobQuery.all());
            }
        }
    }

    static Stream<Arguments> everyUse() {
        // On SQLite a transaction that has written keeps all others from writing, and would wait for itself.
        return Arrays.stream(TestDatabase.values())
                .filter(kind -> kind != TestDatabase.SQLITE)
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
    void data_source_behind(TestDatabase kind, Use use) {
        DataSource database = withOrders(kind);
        JobStore store = JdbcJobStore.of(database);

        rollBack(database, () -> use.accept(store));

        assertThat(orders(database)).isEmpty();
        assertThat(store.countByScan(JobQuery.all()) > 0).isEqualTo(use != Use.READ);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is never shared by way of the data source: a store refuses one that hands out its connection")
    void transaction_aware(TestDatabase kind) {
        DataSource proxy = new TransactionAwareDataSourceProxy(withOrders(kind));

        assertThatThrownBy(() -> JdbcJobStore.of(proxy))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("getTargetDataSource()")
                .hasMessageContaining("joining");
    }
}
