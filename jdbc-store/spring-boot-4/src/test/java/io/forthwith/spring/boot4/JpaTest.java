package io.forthwith.spring.boot4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.PostUpdate;
import jakarta.persistence.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

@DisplayName("A store in transactions of a JpaTransactionManager with Hibernate")
class JpaTest {
    private static final JobType<Void> TYPE = JobType.of("mail");
    private static final AtomicReference<Runnable> ON_UPDATE = new AtomicReference<>(() -> {});

    @Entity
    @Table(name = "customer_order")
    static class CustomerOrder {
        @Id
        private int id;

        private int cents;

        CustomerOrder() {}

        CustomerOrder(int id) {
            this.id = id;
        }

        int id() {
            return id;
        }

        void pay(int amount) {
            cents += amount;
        }

        int cents() {
            return cents;
        }

        /** Hibernate writes entities, and calls this, while it commits. */
        @PostUpdate
        void updated() {
            ON_UPDATE.get().run();
        }
    }

    private final LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
    private final JpaTransactionManager manager = new JpaTransactionManager();
    private final TransactionTemplate transaction = new TransactionTemplate(manager);
    private SpringJobStore store;
    private JobClient jobs;
    private JobClient outside;

    @BeforeEach
    void start() {
        JdbcDataSource plain = new JdbcDataSource();
        plain.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(plain);
        // As Hibernate is often told, for speed; then the mode of the connection says nothing about a transaction.
        DataSource database = new DelegatingDataSource(plain) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                return connection;
            }
        };
        factory.setDataSource(database);
        factory.setManagedTypes(
                org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes.of(CustomerOrder.class.getName()));
        factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        factory.setJpaPropertyMap(Map.of(
                "hibernate.hbm2ddl.auto", "create", "hibernate.connection.provider_disables_autocommit", "true"));
        factory.afterPropertiesSet();
        manager.setEntityManagerFactory(entities());
        manager.afterPropertiesSet();
        manager.addListener(SpringJobStore.transactionListener());
        store = SpringJobStore.of(JdbcJobStore.of(database));
        jobs = JobClient.of(store);
        outside = JobClient.of(JdbcJobStore.of(database));
    }

    @AfterEach
    void stop() {
        ON_UPDATE.set(() -> {});
        factory.destroy();
    }

    private EntityManagerFactory entities() {
        return factory.getObject();
    }

    private EntityManager entityManager() {
        return EntityManagerFactoryUtils.getTransactionalEntityManager(entities());
    }

    private long stored() {
        return outside.countByScan(JobQuery.all());
    }

    private int orders() {
        return transaction.execute(status -> entityManager()
                .createQuery("SELECT o FROM JpaTest$CustomerOrder o", CustomerOrder.class)
                .getResultList()
                .size());
    }

    @Test
    @DisplayName("adds jobs together with entities, or neither")
    void joins() {
        transaction.executeWithoutResult(status -> {
            entityManager().persist(new CustomerOrder(1));
            jobs.enqueue(NewJob.of(TYPE));
            assertThat(stored()).isZero();
        });
        transaction.executeWithoutResult(status -> {
            entityManager().persist(new CustomerOrder(2));
            jobs.enqueue(NewJob.of(TYPE));
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(1);
        assertThat(orders()).isEqualTo(1);
    }

    @Test
    @DisplayName("adds jobs that listeners of entities enqueue during the commit in the same transaction")
    void during_the_commit() {
        transaction.executeWithoutResult(status -> entityManager().persist(new CustomerOrder(1)));
        ON_UPDATE.set(() -> {
            assertThat(store.isInTransaction()).isTrue();
            jobs.enqueue(NewJob.of(TYPE));
        });
        transaction.executeWithoutResult(
                status -> entityManager().find(CustomerOrder.class, 1).pay(5));
        assertThat(stored()).isEqualTo(1);

        ON_UPDATE.set(() -> {
            jobs.enqueue(NewJob.of(TYPE));
            throw new IllegalStateException("the commit fails");
        });
        assertThatThrownBy(() -> transaction.executeWithoutResult(
                        status -> entityManager().find(CustomerOrder.class, 1).pay(5)))
                .hasStackTraceContaining("the commit fails");
        assertThat(stored()).isEqualTo(1);
    }

    /** Runs a job that completes itself with this work; what it has failed with, or null. */
    private @Nullable String completeWith(Runnable work) throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE).maxAttempts(1)).id();
        try (Worker worker = Worker.of(
                        store,
                        ProcessorRegistry.of()
                                .with(
                                        TYPE,
                                        context -> store.complete(context, () -> {
                                            work.run();
                                            return "done";
                                        })))
                .start()) {
            assertThat(worker).isNotNull();
            Job ended = jobs.await(id, Duration.ofMinutes(1)).orElseThrow();
            return ended.status() == JobStatus.COMPLETED
                    ? null
                    : outside.failures(id).get(0).trace();
        }
    }

    @Test
    @DisplayName("does not complete a job whose work has changed entities, which would be lost")
    void entities_in_complete() throws Exception {
        EntityManager shared = SharedEntityManagerCreator.createSharedEntityManager(entities());
        assertThat(completeWith(() -> shared.persist(new CustomerOrder(1)))).contains("An EntityManager takes no part");
        assertThat(completeWith(() -> transaction.executeWithoutResult(
                        status -> entityManager().persist(new CustomerOrder(1)))))
                .contains("Pre-bound JDBC Connection found");
        assertThat(orders()).isZero();
        assertThat(completeWith(() -> {})).isNull();
    }

    @Test
    @DisplayName("has transactions of its own after the commit")
    void after_commit() {
        transaction.executeWithoutResult(status -> {
            entityManager().persist(new CustomerOrder(1));
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    assertThat(store.isInTransaction()).isFalse();
                    jobs.enqueue(NewJob.of(TYPE));
                    assertThat(stored()).isEqualTo(1);
                }
            });
        });
        assertThat(stored()).isEqualTo(1);
    }
}
