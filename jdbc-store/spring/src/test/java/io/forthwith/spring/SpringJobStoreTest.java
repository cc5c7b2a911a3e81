package io.forthwith.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

@DisplayName("A store in Spring's transactions")
class SpringJobStoreTest extends SpringStoreFixture {
    @Test
    @DisplayName("adds jobs that exist when the transaction is committed, and wakes workers once, afterwards")
    void commit() {
        transaction.executeWithoutResult(status -> {
            order(1);
            UUID id = jobs.enqueue(job()).id();
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
            assertThat(jobs.countByScan(JobQuery.all())).isZero();
        });
    }

    @Test
    @DisplayName("takes back what was enqueued in a nested transaction that is rolled back, and keeps the rest")
    void nested() {
        transaction.executeWithoutResult(status -> {
            UUID kept = jobs.enqueue(job()).id();
            with(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult(nested -> {
                jobs.enqueue(job());
                nested.setRollbackOnly();
            });
            with(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult(nested -> jobs.enqueue(job()));
            UUID last = jobs.enqueue(job()).id();
            assertThat(List.of(jobs.find(kept), jobs.find(last))).allMatch(found -> found.isPresent());
        });
        assertThat(stored()).isEqualTo(3);
    }

    @Test
    @DisplayName("keeps the limits of a job that is enqueued within a transaction, and says how their keys stand")
    void limits() {
        LimitKey acme = new LimitKey("tenant", "acme");
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        assertThat(Objects.requireNonNull(jobs.limits()
                                .pause(acme, Pause.by("ada").because("why"))
                                .pause())
                        .by())
                .isEqualTo("ada");
        jobs.limits().override(acme, Limit.of("tenant").concurrency(2));

        UUID id = transaction.execute(
                status -> jobs.enqueue(job().limit("tenant", "acme")).id());

        assertThat(jobs.find(id).orElseThrow().limits()).containsExactly(new JobLimit(acme, 1));
        assertThat(jobs.limits().list()).containsExactly(Limit.of("tenant").concurrency(1));
        assertThat(jobs.limits().states("tenant", null, 10))
                .containsExactly(jobs.limits().state(acme));
        assertThat(jobs.limits().resume(acme).wasPaused()).isTrue();
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
            UUID group = jobs.enqueue(job().unsealed()).id();
            assertThatThrownBy(() -> jobs.seal(group))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("seal")
                    .hasMessageContaining("after the commit");
            assertThatThrownBy(() -> jobs.cancel(group)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.retry(group)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.retryAll(JobQuery.all())).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.pauseQueue("default", Pause.of())).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.resumeQueue("default")).isInstanceOf(IllegalStateException.class);
            LimitKey acme = new LimitKey("tenant", "acme");
            assertThatThrownBy(() -> jobs.limits().put(Limit.of("tenant"))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.limits().override(acme, null)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.limits().pause(acme, Pause.of())).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> jobs.limits().resume(acme)).isInstanceOf(IllegalStateException.class);
            assertThat(jobs.pausedQueues()).isEmpty();
        });
        assertThat(jobs.seal(jobs.scan(JobQuery.all()).get(0).id())).isEqualTo(ActResult.DONE);
    }

    @Test
    @DisplayName("has only transactions of its own, if it is told so")
    void own() {
        JobClient own = JobClient.of(store.transactionMode(TransactionMode.OWN)).codec(new PlainCodec());
        transaction.executeWithoutResult(status -> {
            own.enqueue(job());
            assertThat(own.countByScan(JobQuery.all())).isEqualTo(1);
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    @DisplayName("refuses to enqueue without a transaction, if it is told so")
    void required() {
        JobClient required =
                JobClient.of(store.transactionMode(TransactionMode.MANDATORY)).codec(new PlainCodec());
        assertThatThrownBy(() -> required.enqueue(job()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("MANDATORY");
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
}
