package io.forthwith.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.SealResult;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

@DisplayName("A store in Spring's transactions")
class SpringJobStoreTest {
    private static final JobType<String> TYPE = JobType.of("mail", String.class);
    private static final Duration SOON = Duration.ofSeconds(20);

    private final DataSource database = newDatabase();
    private final SpringJobStore store = SpringJobStore.of(JdbcJobStore.of(database));
    private final JobClient jobs = JobClient.of(store).codec(new PlainCodec());
    private final JobClient outside = JobClient.of(JdbcJobStore.of(database)).codec(new PlainCodec());
    private final JdbcTransactionManager transactions = transactionsOf(database);
    private final TransactionTemplate transaction = new TransactionTemplate(transactions);
    private final JdbcTemplate orders = new JdbcTemplate(database);
    private final AtomicInteger woken = new AtomicInteger();

    private static DataSource newDatabase() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        return database;
    }

    private static JdbcTransactionManager transactionsOf(DataSource database) {
        JdbcTransactionManager manager = new JdbcTransactionManager(database);
        manager.addListener(SpringJobStore.transactionListener());
        return manager;
    }

    @BeforeEach
    void orders_and_a_listener() {
        orders.execute("CREATE TABLE customer_order (id INTEGER PRIMARY KEY)");
        store.onAdded(woken::incrementAndGet);
    }

    private static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    private TransactionTemplate with(int propagation) {
        TransactionTemplate other = new TransactionTemplate(transactions);
        other.setPropagationBehavior(propagation);
        return other;
    }

    private long stored() {
        return outside.count(JobQuery.all());
    }

    private int orderCount() {
        return orders.queryForList("SELECT id FROM customer_order").size();
    }

    private void order(int id) {
        orders.update("INSERT INTO customer_order (id) VALUES (?)", id);
    }

    @Test
    @DisplayName("adds jobs that exist when the transaction is committed, and wakes workers once, afterwards")
    void commit() {
        transaction.executeWithoutResult(status -> {
            order(1);
            UUID id = jobs.enqueue(job());
            jobs.enqueue(job());
            assertThat(jobs.find(id)).as("seen within").isPresent();
            assertThat(stored()).as("seen outside").isZero();
            assertThat(woken).hasValue(0);
        });
        assertThat(stored()).isEqualTo(2);
        assertThat(woken).hasValue(1);
    }

    @Test
    @DisplayName("adds nothing, and wakes nobody, when the transaction is rolled back")
    void rollback() {
        transaction.executeWithoutResult(status -> {
            order(1);
            jobs.enqueue(job());
            status.setRollbackOnly();
        });
        assertThat(stored()).isZero();
        assertThat(orderCount()).isZero();
        assertThat(woken).hasValue(0);
    }

    @Test
    @DisplayName("has transactions of its own where there is none")
    void none() {
        jobs.enqueue(job());
        assertThat(stored()).isEqualTo(1);
        assertThat(woken).hasValue(1);
    }

    @Test
    @DisplayName("wakes after the commit when it is asked to within a transaction")
    void wake() {
        transaction.executeWithoutResult(status -> {
            jobs.wake();
            assertThat(woken).hasValue(0);
        });
        assertThat(woken).hasValue(1);
        jobs.wake();
        assertThat(woken).hasValue(2);
    }

    @Test
    @DisplayName("refuses to enqueue in a read-only transaction, and says how to do it")
    void read_only() {
        TransactionTemplate readOnly = new TransactionTemplate(transactions);
        readOnly.setReadOnly(true);
        readOnly.executeWithoutResult(status -> {
            assertThatThrownBy(() -> jobs.enqueue(job()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("read-only")
                    .hasMessageContaining("REQUIRES_NEW");
            assertThat(jobs.count(JobQuery.all())).isZero();
        });
    }

    @Test
    @DisplayName("takes back what was enqueued in a nested transaction that is rolled back, and keeps the rest")
    void nested() {
        transaction.executeWithoutResult(status -> {
            UUID kept = jobs.enqueue(job());
            with(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult(nested -> {
                jobs.enqueue(job());
                nested.setRollbackOnly();
            });
            with(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult(nested -> jobs.enqueue(job()));
            UUID last = jobs.enqueue(job());
            assertThat(List.of(jobs.find(kept), jobs.find(last))).allMatch(found -> found.isPresent());
        });
        assertThat(stored()).isEqualTo(3);
    }

    @Test
    @DisplayName("follows the inner transaction while the outer one is suspended")
    void suspended() {
        transaction.executeWithoutResult(status -> {
            jobs.enqueue(job());
            with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> jobs.enqueue(job()));
            assertThat(stored()).as("of the inner one").isEqualTo(1);
            with(TransactionDefinition.PROPAGATION_NOT_SUPPORTED).executeWithoutResult(without -> {
                assertThat(store.isInTransaction()).isFalse();
                jobs.enqueue(job());
            });
            assertThat(stored()).as("without one").isEqualTo(2);
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(2);
    }

    /** Before all others. */
    private static void after(Runnable committed, Runnable completed) {
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

    @Test
    @DisplayName("has transactions of its own in code that runs after the commit")
    void after_commit() {
        transaction.executeWithoutResult(status -> {
            order(1);
            after(
                    () -> {
                        assertThat(store.isInTransaction()).isFalse();
                        jobs.enqueue(job());
                        assertThat(stored()).as("durable at once").isEqualTo(1);
                        with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> {
                            jobs.enqueue(job());
                            inner.setRollbackOnly();
                        });
                        with(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
                                .executeWithoutResult(inner -> jobs.enqueue(job()));
                        assertThat(store.isInTransaction()).isFalse();
                    },
                    () -> {
                        jobs.enqueue(job());
                        assertThat(stored()).isEqualTo(3);
                    });
        });
        assertThat(stored()).isEqualTo(3);
        transaction.executeWithoutResult(
                status -> assertThat(store.isInTransaction()).isTrue());
    }

    @Test
    @DisplayName("has transactions of its own in code that runs after a rollback")
    void after_rollback() {
        transaction.executeWithoutResult(status -> {
            jobs.enqueue(job());
            after(() -> {}, () -> jobs.enqueue(job()));
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("takes no part in transactions of another data source")
    void two_data_sources() {
        TransactionTemplate other = new TransactionTemplate(transactionsOf(newDatabase()));
        other.executeWithoutResult(status -> {
            jobs.enqueue(job());
            assertThat(stored()).isEqualTo(1);
            transaction.executeWithoutResult(ours -> {
                jobs.enqueue(job());
                ours.setRollbackOnly();
            });
            assertThat(orderCount())
                    .as("binds a connection without a transaction")
                    .isZero();
            jobs.enqueue(job());
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(2);
    }

    private DataSource withoutAutoCommit() {
        return new DelegatingDataSource(database) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                return connection;
            }
        };
    }

    @Test
    @DisplayName("does not take a connection without auto-commit for a transaction, within one of another data source")
    void without_auto_commit() {
        DataSource manual = withoutAutoCommit();
        JobClient ours =
                JobClient.of(SpringJobStore.of(JdbcJobStore.of(manual))).codec(new PlainCodec());
        new TransactionTemplate(transactionsOf(newDatabase())).executeWithoutResult(status -> {
            assertThat(new JdbcTemplate(manual).queryForList("SELECT id FROM customer_order"))
                    .as("binds a connection of ours")
                    .isEmpty();
            ours.enqueue(job());
            assertThat(stored()).isEqualTo(1);
        });
    }

    /** Of something that is no database. */
    private static final class OtherTransactions extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1;

        OtherTransactions() {
            addListener(SpringJobStore.transactionListener());
        }

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }

    @Test
    @DisplayName("takes no part in transactions of something that is no database")
    void no_database() {
        DataSource manual = withoutAutoCommit();
        JobClient ours =
                JobClient.of(SpringJobStore.of(JdbcJobStore.of(manual))).codec(new PlainCodec());
        new TransactionTemplate(new OtherTransactions()).executeWithoutResult(status -> {
            assertThat(new JdbcTemplate(manual).queryForList("SELECT id FROM customer_order"))
                    .isEmpty();
            ours.enqueue(job());
            assertThat(stored()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName(
            "asks its own transaction, and not one of another data source within it, whether it may write and when to wake")
    void one_within_another() {
        TransactionTemplate readOnly = new TransactionTemplate(transactionsOf(newDatabase()));
        readOnly.setReadOnly(true);
        transaction.executeWithoutResult(status -> {
            readOnly.executeWithoutResult(inner -> jobs.enqueue(job()));
            assertThat(woken).as("not with the inner one").hasValue(0);
        });
        assertThat(stored()).isEqualTo(1);
        assertThat(woken).hasValue(1);
    }

    @Test
    @DisplayName("refuses what has a transaction of its own within one that it would not see")
    void by_hand() {
        transaction.executeWithoutResult(status -> {
            UUID group = jobs.enqueue(job().unsealed());
            assertThatThrownBy(() -> jobs.seal(group))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("seal")
                    .hasMessageContaining("after the commit");
            assertThatThrownBy(() -> jobs.cancel(group)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.retry(group)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.retryAll(JobQuery.all())).isInstanceOf(IllegalStateException.class);
        });
        assertThat(jobs.seal(jobs.list(JobQuery.all()).get(0).id())).isEqualTo(SealResult.SEALED);
    }

    @Test
    @DisplayName("has only transactions of its own, if it is told so")
    void own() {
        JobClient own = JobClient.of(store.transactionMode(TransactionMode.OWN)).codec(new PlainCodec());
        transaction.executeWithoutResult(status -> {
            own.enqueue(job());
            assertThat(own.count(JobQuery.all())).isEqualTo(1);
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("refuses to enqueue without a transaction, if it is told so")
    void required() {
        JobClient required =
                JobClient.of(store.transactionMode(TransactionMode.REQUIRED)).codec(new PlainCodec());
        assertThatThrownBy(() -> required.enqueue(job()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("REQUIRED");
        new TransactionTemplate(transactionsOf(newDatabase()))
                .executeWithoutResult(status ->
                        assertThatThrownBy(() -> required.enqueue(job())).isInstanceOf(IllegalStateException.class));
        transaction.executeWithoutResult(status -> required.enqueue(job()));
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("does not enqueue on another thread what belongs to a transaction of this one")
    void asynchronously() throws Exception {
        transaction.executeWithoutResult(status -> assertThatThrownBy(() -> jobs.enqueueAsync(job()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use enqueue"));
        jobs.enqueueAsync(job()).get();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("joins the transaction of a data source behind a TransactionAwareDataSourceProxy")
    void proxy() {
        TransactionTemplate behind =
                new TransactionTemplate(transactionsOf(new TransactionAwareDataSourceProxy(database)));
        behind.executeWithoutResult(status -> {
            jobs.enqueue(job());
            status.setRollbackOnly();
        });
        assertThat(stored()).isZero();
    }

    /** Runs one job by a worker of the store. */
    private Job run(ThrowingWork work) throws InterruptedException {
        UUID id = jobs.enqueue(job().maxAttempts(1));
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(new BaseProcessor<String, String>(TYPE) {
                    @Override
                    protected @Nullable String process(String input, JobContext context) throws Exception {
                        return work.run(context);
                    }
                }))
                .codec(new PlainCodec())
                .start()) {
            assertThat(worker).isNotNull();
            return jobs.await(id, SOON).orElseThrow();
        }
    }

    private interface ThrowingWork {
        @Nullable
        String run(JobContext context) throws Exception;
    }

    private <R> R complete(JobContext context, Callable<R> work) throws Exception {
        return store.complete(context, work);
    }

    /** Errors in processors fail their jobs. */
    private static void requireNothingLeft() {
        if (TransactionSynchronizationManager.isSynchronizationActive()
                || TransactionSynchronizationManager.isActualTransactionActive()
                || !TransactionSynchronizationManager.getResourceMap().isEmpty()) {
            throw JobException.user("left", "Something of the transaction is left on the thread");
        }
    }

    private static void beforeCommit(Runnable work) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                work.run();
            }
        });
    }

    @Test
    @DisplayName(
            "completes nothing if something that runs before the commit fails, or marks the transaction for rollback")
    void before_the_commit() throws Exception {
        List<Runnable> failing = List.of(
                () -> {
                    throw JobException.user("refused", "before the commit");
                },
                () -> transaction.executeWithoutResult(TransactionStatus::setRollbackOnly));
        for (Runnable each : failing) {
            AtomicInteger status = new AtomicInteger(-1);
            Job ended = run(context -> {
                try {
                    return complete(context, () -> {
                        order(1);
                        beforeCommit(each);
                        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                            @Override
                            public void afterCompletion(int outcome) {
                                status.set(outcome);
                            }
                        });
                        return "done";
                    });
                } finally {
                    requireNothingLeft();
                }
            });
            assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
            assertThat(ended.errorCode()).isNotEqualTo("left");
            assertThat(status).hasValue(TransactionSynchronization.STATUS_ROLLED_BACK);
            assertThat(orderCount()).isZero();
        }
    }

    @Test
    @DisplayName("keeps what an inner transaction has committed, if the completion fails")
    void complete_with_an_inner_one() throws Exception {
        Job ended = run(context -> complete(context, () -> {
            order(1);
            with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> order(2));
            with(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult(inner -> jobs.enqueue(job()));
            throw JobException.user("refused", "You cannot have that.");
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(orderCount()).isEqualTo(1);
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    @DisplayName("completes a job together with what JdbcTemplates, transactional methods and enqueue do")
    void complete() throws Exception {
        AtomicInteger afterCommit = new AtomicInteger();
        Job ended = run(context -> complete(context, () -> {
            order(1);
            transaction.executeWithoutResult(status -> order(2));
            jobs.enqueue(NewJob.of(JobType.of("other", String.class), ""));
            after(afterCommit::incrementAndGet, afterCommit::incrementAndGet);
            assertThat(stored()).as("nothing is committed yet").isEqualTo(1);
            return "done";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(orderCount()).isEqualTo(2);
        assertThat(stored()).isEqualTo(2);
        await().untilAsserted(() -> assertThat(afterCommit).hasValue(2));
    }

    @Test
    @DisplayName("commits nothing if the work fails, and lets the job fail with what it threw")
    void complete_fails() throws Exception {
        Job ended = run(context -> {
            try {
                return complete(context, () -> {
                    order(1);
                    jobs.enqueue(job());
                    throw JobException.user("refused", "You cannot have that.");
                });
            } finally {
                requireNothingLeft();
            }
        });
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(ended.errorCode()).isEqualTo("refused");
        assertThat(orderCount()).isZero();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("does not complete a job whose transaction a method has marked for rollback")
    void complete_marked_for_rollback() throws Exception {
        Job ended = run(context -> complete(context, () -> {
            order(1);
            transaction.executeWithoutResult(status -> status.setRollbackOnly());
            return "done";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
        assertThat(orderCount()).isZero();
    }

    @Test
    @DisplayName("refuses to complete a job within a transaction")
    void complete_within() throws Exception {
        Job ended = run(context -> transaction.execute(status -> {
            assertThatThrownBy(() -> store.complete(context, () -> "done"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("outside");
            return "refused";
        }));
        assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
    }
}
