package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobListener;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.json.JobCodec;
import io.forthwith.limit.Limit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.opentelemetry.JobTracing;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.spring.WorkerCustomizer;
import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.spring.boot.internal.WorkerHealthDetails;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.WorkerBuilder;
import io.forthwith.worker.WorkerHealth;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What each starter does, whatever the generation of Spring Boot. */
@DisplayName("An application with the starter")
public abstract class StarterContract extends ObservingContract {
    @Test
    @DisplayName("runs a job with no line of configuration")
    void no_configuration() {
        withMailer().run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON)).contains("sent to Ada");
            assertThat(context.getBean(WorkerLifecycle.class).health().status()).isEqualTo(WorkerHealth.Status.UP);
        });
    }

    @Test
    @DisplayName("has no bean of the library if it is switched off, or has no data source")
    void switched_off() {
        withMailer()
                .withPropertyValues("forthwith.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(JobStore.class)
                        .doesNotHaveBean(JobCodec.class)
                        .doesNotHaveBean(WorkerLifecycle.class));
        ours().run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobStore.class));
    }

    @Test
    @DisplayName("enqueues and runs nothing if its worker is disabled, or no bean is a processor")
    void no_worker() {
        withMailer().withPropertyValues("forthwith.worker.enabled=false").run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(WorkerLifecycle.class);
            enqueue(context.getBean(JobClient.class));
            assertThat(healthOf(context)).isEqualTo("UP {}");
        });
        application().run(context -> {
            assertThat(context.getBean(WorkerLifecycle.class).isRunning()).isFalse();
            assertThat(healthOf(context)).isEqualTo("UP {forthwithWorker=NOT_STARTED}");
        });
    }

    @Test
    @DisplayName("says how its worker is: up, and down once it is stopped")
    void health() {
        withMailer().run(context -> {
            assertThat(healthOf(context)).isEqualTo("UP {forthwithWorker=UP}");
            context.getBean(WorkerLifecycle.class).stop();
            assertThat(healthOf(context)).isEqualTo("DOWN {forthwithWorker=DOWN}");
        });
    }

    @Test
    @DisplayName("has the endpoint if it is exposed, which says what this process does")
    void endpoint() {
        withMailer().run(context -> assertThat(context).doesNotHaveBean(ForthwithEndpoint.class));
        withMailer()
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=forthwith",
                        "management.endpoints.jmx.exposure.include=*")
                .run(context -> {
                    ForthwithEndpoint.Description it =
                            context.getBean(ForthwithEndpoint.class).describe();
                    assertThat(it.types()).containsExactly("mail");
                    assertThat(it.workers())
                            .containsExactly(
                                    Map.entry("forthwithWorker", new WorkerHealthDetails(true, true, "UP", List.of())));
                });
    }

    @Test
    @DisplayName("enqueues in its transactions, and after them in one of the library's own")
    void transactions() {
        application().run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            TransactionTemplate transaction =
                    new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
            transaction.executeWithoutResult(status -> {
                enqueue(jobs);
                status.setRollbackOnly();
            });
            assertThat(jobs.countByScan(JobQuery.all())).isZero();
            transaction.executeWithoutResult(status ->
                    TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                        @Override
                        public void afterCommit() {
                            assertThat(context.getBean(JobStore.class).isInTransaction())
                                    .as("the starter has registered the listener")
                                    .isFalse();
                            enqueue(jobs);
                        }
                    }));
            assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
        });
        application().withPropertyValues("forthwith.transaction=own").run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            long before = jobs.countByScan(JobQuery.all());
            new TransactionTemplate(context.getBean(PlatformTransactionManager.class)).executeWithoutResult(status -> {
                enqueue(jobs);
                status.setRollbackOnly();
            });
            assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(before + 1);
        });
    }

    @Test
    @DisplayName("writes inputs as its own mapper does, unless it has a codec")
    void codec() {
        String naming = "spring.jackson.property-naming-strategy=SNAKE_CASE";
        String input = "SELECT input_data FROM job";
        withMailer()
                .withPropertyValues(naming, "forthwith.worker.enabled=false")
                .run(context -> {
                    enqueue(context.getBean(JobClient.class));
                    assertThat(new JdbcTemplate(context.getBean(DataSource.class)).queryForObject(input, String.class))
                            .contains("sent_to");
                });
        withMailer().withPropertyValues(naming).run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            await().atMost(SOON)
                    .until(() -> jobs.countByScan(JobQuery.all().status(io.forthwith.JobStatus.COMPLETED)) == 1);
        });
    }

    @Test
    @DisplayName("writes inputs by the codec of the library if there is no mapper")
    void no_mapper() {
        ours().run(context ->
                assertThat(context.getBean(JobCodec.class).write(1)).isEqualTo("1"));
    }

    @Test
    @DisplayName("does not choose among several mappers, unless it has a codec")
    void several_mappers() {
        ApplicationContextRunner two =
                withMapper("one", mapper()).apply(withMapper("two", mapper()).apply(application()));
        two.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContainingAll(mapper().getClass().getSimpleName(), "primary", "JobCodec"));
        two.withBean(JobCodec.class, () -> CODEC)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    @DisplayName("refuses a mapper with which a row could name a class to load, and says what to do instead")
    void default_typing() {
        withMapper("typing", mapperWithDefaultTyping())
                .apply(application())
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContainingAll("default typing", "bean of type JobCodec"));
    }

    @SuppressWarnings("unchecked") // the class of an object has its type
    private static UnaryOperator<ApplicationContextRunner> withMapper(String name, Object mapper) {
        return runner -> runner.withBean(name, (Class<Object>) mapper.getClass(), () -> mapper);
    }

    /** A bean of each type that gives way to one of the application's. */
    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        JobStore memory() {
            return new InMemoryJobStore();
        }

        @Bean
        ProcessorRegistry ownRegistry() {
            return ProcessorRegistry.of().with(MAIL, job -> "own");
        }
    }

    @Test
    @DisplayName("uses its own beans instead of the library's")
    void own_beans() {
        application().withUserConfiguration(Own.class).run(context -> {
            assertThat(context).hasSingleBean(JobStore.class).hasSingleBean(ProcessorRegistry.class);
            JobClient jobs = context.getBean(JobClient.class);
            assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON)).contains("own");
        });
    }

    @Test
    @DisplayName("gives its listeners and customizers to the worker")
    void customized() {
        List<String> seen = new CopyOnWriteArrayList<>();
        List<WorkerBuilder> customized = new ArrayList<>();
        withMailer()
                .withBean(
                        JobListener.class,
                        () -> event -> seen.add(event.getClass().getSimpleName()))
                .withBean(WorkerCustomizer.class, () -> customized::add)
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    jobs.await(enqueue(jobs), SOON);
                    await().atMost(SOON).until(() -> !seen.isEmpty());
                    assertThat(customized).hasSize(1);
                });
    }

    @Test
    @DisplayName("declares the beans that are limits with its worker, before the worker claims jobs")
    void limits() {
        Limit perTenant = Limit.of("tenant").concurrency(1);
        withMailer().withBean(Limit.class, () -> perTenant).run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            jobs.await(enqueue(jobs), SOON);
            assertThat(jobs.limits().list()).containsExactly(perTenant);
        });
    }

    @Test
    @DisplayName("gives its worker the ageing of the properties, which the worker checks")
    void ageing() {
        withMailer()
                .withPropertyValues("forthwith.worker.ageing=1ms")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasRootCauseMessage("Ageing PT0.001S is out of range: PT1S to PT8760H; leave it out to take"
                                + " jobs strictly by priority"));
    }

    private static DataSource another() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        return database;
    }

    @Test
    @DisplayName("says what to do if it has several data sources, and then uses the one that is named")
    void several_data_sources() {
        DataSource second = another();
        ApplicationContextRunner two = withMailer()
                .withBean("first", DataSource.class, StarterContract::another)
                .withBean("second", DataSource.class, () -> second);
        two.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContainingAll("first", "second", "forthwith.data-source"));
        two.withPropertyValues("forthwith.data-source=second").run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            UUID id = enqueue(jobs);
            assertThat(JdbcJobStore.of(second).find(id)).isPresent();
        });
    }

    @Test
    @DisplayName("makes its tables, only compares them, or leaves them alone, as it is told")
    void schema() {
        application()
                .withPropertyValues("forthwith.schema=validate")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContainingAll("forthwith.schema=migrate", "job"));
        application()
                .withPropertyValues("forthwith.schema=none")
                .run(context -> assertThat(context).as("nothing runs here").hasNotFailed());
        JdbcDataSource database = new JdbcDataSource();
        database.setURL(url);
        database.setUser("sa");
        JdbcSchema.migrate(database);
        withMailer()
                .withPropertyValues("forthwith.schema=validate")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    @DisplayName("keeps its tables where it is told to")
    void names_of_tables() {
        application()
                .withPropertyValues("forthwith.table-prefix=our_")
                .run(context -> assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                                .queryForList("SELECT id FROM our_job"))
                        .isEmpty());
    }

    @Test
    @DisplayName(
            "refuses a processor behind a proxy, which would be one in name only or be overlooked, and says what to do")
    void proxies() {
        for (boolean byClass : List.of(true, false)) {
            ProxyFactory proxy = new ProxyFactory(new Mailer());
            proxy.setProxyTargetClass(byClass);
            application()
                    .withBean("mailer", Processor.class, () -> (Processor) proxy.getProxy())
                    .run(context -> assertThat(context)
                            .getFailure()
                            .rootCause()
                            .hasMessageContainingAll("Mailer", "@Transactional", "SpringJobStore.complete"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Automatic {}

    @Test
    @DisplayName("is configured by Spring Boot alone, its health, its metrics and its traces included")
    void automatic() {
        automaticApplication().run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON)).contains("sent to Ada");
            assertThat(context).hasBean("forthwithHealthIndicator").hasSingleBean(JobTracing.class);
            awaitAttempt(context.getBean(MeterRegistry.class));
        });
    }

    @Test
    @DisplayName("is configured by Spring Boot alone where there is no OpenTelemetry")
    void automatic_without_tracing() {
        automaticApplication()
                .withClassLoader(new FilteredClassLoader("io.opentelemetry", "io.forthwith.opentelemetry"))
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON))
                            .contains("sent to Ada");
                    assertThat(context).hasBean("forthwithHealthIndicator");
                });
    }

    private ApplicationContextRunner automaticApplication() {
        return new ApplicationContextRunner()
                .withUserConfiguration(Automatic.class)
                .withBean(Mailer.class)
                .withPropertyValues("spring.datasource.url=" + url, "spring.datasource.username=sa");
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnTransactions {
        @Bean
        PlatformTransactionManager transactions(DataSource database) {
            return new JdbcTransactionManager(database);
        }
    }

    @Test
    @DisplayName("tracks transactions of a manager of its own, even if that is made late")
    void own_transaction_manager() {
        application()
                .withUserConfiguration(OwnTransactions.class)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                        .executeWithoutResult(status -> TransactionSynchronizationManager.registerSynchronization(
                                new TransactionSynchronization() {
                                    @Override
                                    public void afterCommit() {
                                        assertThat(context.getBean(JobStore.class)
                                                        .isInTransaction())
                                                .isFalse();
                                    }
                                })));
    }

    @Test
    @DisplayName("shows each of its own workers, and makes none then")
    void own_workers() {
        WorkerLifecycle notStarted = new WorkerLifecycle(
                () -> {
                    throw new IllegalStateException("not to be started");
                },
                false);
        withMailer()
                .withBean("one", WorkerLifecycle.class, () -> notStarted)
                .withBean("two", WorkerLifecycle.class, () -> notStarted)
                .run(context -> assertThat(healthOf(context)).isEqualTo("UP {one=NOT_STARTED, two=NOT_STARTED}"));
    }

    @Test
    @DisplayName("hands its store out as what it is, for the processors that complete their job in a transaction")
    void store_type() {
        application().run(context -> assertThat(context).hasSingleBean(SpringJobStore.class));
    }

    @Test
    @DisplayName("starts its worker even if beans are made lazily")
    void lazily() {
        withMailer()
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON))
                            .contains("sent to Ada");
                });
    }
}
