package io.forthwith.spring;

import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A store in a new database, clients of it within and outside of transactions, and a table of orders. Not thread-safe. */
abstract class SpringStoreFixture {
    static final JobType<String> TYPE = JobType.of("mail", String.class);
    static final Duration SOON = Duration.ofMinutes(1);

    final DataSource database = newDatabase();
    final SpringJobStore store = SpringJobStore.of(JdbcJobStore.of(database));
    final JobClient jobs = JobClient.of(store).codec(new PlainCodec());
    final JobClient outside = JobClient.of(JdbcJobStore.of(database)).codec(new PlainCodec());
    final JdbcTransactionManager transactions = transactionsOf(database);
    final TransactionTemplate transaction = new TransactionTemplate(transactions);
    final JdbcTemplate orders = new JdbcTemplate(database);
    final AtomicInteger woken = new AtomicInteger();

    static DataSource newDatabase() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        return database;
    }

    static JdbcTransactionManager transactionsOf(DataSource database) {
        JdbcTransactionManager manager = new JdbcTransactionManager(database);
        manager.addListener(SpringJobStore.transactionListener());
        return manager;
    }

    @BeforeEach
    void orders_and_a_listener() {
        orders.execute("CREATE TABLE customer_order (id INTEGER PRIMARY KEY)");
        store.onAdded(woken::incrementAndGet);
    }

    static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    TransactionTemplate with(int propagation) {
        TransactionTemplate other = new TransactionTemplate(transactions);
        other.setPropagationBehavior(propagation);
        return other;
    }

    long stored() {
        return outside.countByScan(JobQuery.all());
    }

    int orderCount() {
        return orders.queryForList("SELECT id FROM customer_order").size();
    }

    void order(int id) {
        orders.update("INSERT INTO customer_order (id) VALUES (?)", id);
    }

    /** Before all others. */
    static void after(Runnable committed, Runnable completed) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public int getOrder() {
                return HIGHEST_PRECEDENCE;
            }

            @Override
            public void afterCommit() {
                committed.run();
            }

            @Override
            public void afterCompletion(int status) {
                completed.run();
            }
        });
    }
}
