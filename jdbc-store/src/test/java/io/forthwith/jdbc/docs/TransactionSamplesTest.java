package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.store.StoreHints;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.tools.jdbc.JDBCUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The samples of docs/transactions.md, which {@link DocsTest} finds here word for word. */
class TransactionSamplesTest {
    private static final JobType<Integer> CONFIRM = JobType.of("confirm_order", Integer.class);

    @BeforeAll
    static void quiet() {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    @ParameterizedTest
    @EnumSource
    void spring(TestDatabase kind) {
        DataSource dataSource = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(dataSource);
        NewJob confirm = NewJob.of(CONFIRM, 7);
        JdbcTemplate jdbcTemplate = new JdbcTemplate(dataSource);
        AtomicInteger told = new AtomicInteger();
        TransactionTemplate transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));

        try (StoreHints.Subscription subscription = store.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            int before = transaction.execute(status -> {
                // In a method that is @Transactional:
                jdbcTemplate.execute((ConnectionCallback<?>) connection ->
                        TransactionJobs.of(store.joining(connection)).enqueue(confirm));

                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        store.wake(); // it starts at once, and not at the workers' next poll
                    }
                });
                assertThat(store.find(confirm.id())).isEmpty();
                return told.get();
            });
            assertThat(told).hasValueGreaterThan(before);
        }
        assertThat(store.find(confirm.id())).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void spring_without_a_template(TestDatabase kind) {
        DataSource dataSource = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(dataSource);
        NewJob confirm = NewJob.of(CONFIRM, 7);
        new TransactionTemplate(new JdbcTransactionManager(dataSource)).executeWithoutResult(status -> {
            Connection connection = DataSourceUtils.getConnection(dataSource); // the one of the transaction
            try {
                TransactionJobs.of(store.joining(connection)).enqueue(confirm);
            } finally {
                DataSourceUtils.releaseConnection(connection, dataSource);
            }
            assertThat(store.find(confirm.id())).isEmpty();
        });
        assertThat(store.find(confirm.id())).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void jooq(TestDatabase kind) throws SQLException {
        DataSource dataSource = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(dataSource);
        NewJob confirm = NewJob.of(CONFIRM, 7);
        DSLContext jooq;
        try (Connection connection = dataSource.getConnection()) {
            jooq = DSL.using(dataSource, JDBCUtils.dialect(connection));
        }
        jooq.transaction(inside -> DSL.using(inside)
                .connection(connection ->
                        TransactionJobs.of(store.joining(connection)).enqueue(confirm)));
        store.wake();
        assertThat(store.find(confirm.id())).isPresent();
    }
}
