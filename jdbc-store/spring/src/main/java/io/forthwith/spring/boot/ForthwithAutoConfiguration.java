package io.forthwith.spring.boot;

import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobInterceptor;
import io.forthwith.event.JobListener;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.json.JobCodec;
import io.forthwith.limit.Limit;
import io.forthwith.schedule.Schedule;
import io.forthwith.spring.JobHandler;
import io.forthwith.spring.JobStoreCustomizer;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.spring.WorkerCustomizer;
import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.store.JobStore;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.ConfigurableTransactionManager;

/**
 * A {@link JobStore} in the application's database, a {@link JobClient}, and a worker that runs all beans that are {@link BaseProcessor}s or
 * {@link BatchProcessor}s, and all methods that are a {@link JobHandler}. Each bean gives way to one of the application's.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
        })
@ConditionalOnProperty(prefix = "forthwith", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(ForthwithProperties.class)
@ImportRuntimeHints(SchemaHints.class)
public class ForthwithAutoConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(ForthwithAutoConfiguration.class);

    private static final String PHASE_TIMEOUT = "spring.lifecycle.timeout-per-shutdown-phase";
    /** The default of Spring Boot. */
    private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(30);
    /** How long a worker waits for jobs that it has interrupted. */
    private static final Duration INTERRUPTED = Duration.ofSeconds(5);

    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

    @Bean
    @ConditionalOnBean(DataSource.class)
    @ConditionalOnMissingBean(JobStore.class)
    @DependsOnDatabaseInitialization
    SpringJobStore jobStore(ForthwithProperties properties, ListableBeanFactory beans) {
        DataSource dataSource = withoutTransactions(dataSource(properties, beans));
        prepare(dataSource, properties);
        JdbcJobStore store = JdbcJobStore.of(dataSource).queryTimeout(properties.queryTimeout());
        if (properties.databaseSchema() != null) {
            store = store.schema(properties.databaseSchema());
        }
        if (!properties.tablePrefix().isEmpty()) {
            store = store.tablePrefix(properties.tablePrefix());
        }
        if (!properties.labels().isEmpty()) {
            store = store.labels(properties.labels().toArray(String[]::new));
        }
        return SpringJobStore.of(store).transactionMode(properties.transaction());
    }

    private static DataSource dataSource(ForthwithProperties properties, ListableBeanFactory beans) {
        if (properties.dataSource() != null) {
            return beans.getBean(properties.dataSource(), DataSource.class);
        }
        DataSource only = beans.getBeanProvider(DataSource.class).getIfUnique();
        if (only == null) {
            throw new IllegalStateException("There are several data sources, and none of them is primary: "
                    + List.of(beans.getBeanNamesForType(DataSource.class))
                    + ". Set forthwith.data-source to the name of the one that leads to the jobs");
        }
        return only;
    }

    /** The store has transactions of its own, on connections of its own. */
    private static DataSource withoutTransactions(DataSource dataSource) {
        return dataSource instanceof TransactionAwareDataSourceProxy proxy && proxy.getTargetDataSource() != null
                ? proxy.getTargetDataSource()
                : dataSource;
    }

    private static void prepare(DataSource dataSource, ForthwithProperties properties) {
        @Nullable String schema = properties.databaseSchema();
        switch (properties.schema()) {
            case MIGRATE -> JdbcSchema.migrate(dataSource, schema, properties.tablePrefix());
            case VALIDATE -> {
                List<String> drift = JdbcSchema.drift(dataSource, schema, properties.tablePrefix());
                if (!drift.isEmpty()) {
                    throw new IllegalStateException(
                            "The tables are not those of this version of the library: "
                                    + String.join("; ", drift)
                                    + ". Migrate them with your tool (JdbcSchema.ddl gives the statements), or set forthwith.schema=migrate");
                }
            }
            case NONE -> {}
        }
    }

    /** Registers the listener with all transaction managers, also with those of the application, before anybody uses them. */
    @Bean
    static BeanPostProcessor forthwithTransactionTracking() {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                if (bean instanceof ConfigurableTransactionManager manager) {
                    manager.addListener(SpringJobStore.transactionListener());
                }
                return bean;
            }
        };
    }

    @Bean
    @ConditionalOnBean(JobStore.class)
    @ConditionalOnMissingBean
    JobClient jobClient(
            JobStore store,
            JobCodec codec,
            ObjectProvider<JobStoreCustomizer> wrappers,
            ObjectProvider<JobInterceptor> interceptors) {
        JobClient client = JobClient.of(wrapped(store, wrappers)).codec(codec);
        for (JobInterceptor interceptor : interceptors.orderedStream().toList()) {
            client = client.interceptor(interceptor);
        }
        return client;
    }

    private static JobStore wrapped(JobStore store, ObjectProvider<JobStoreCustomizer> wrappers) {
        JobStore outermost = store;
        for (JobStoreCustomizer each : wrappers.orderedStream().toList()) {
            outermost = each.customize(outermost);
        }
        return outermost;
    }

    @Bean
    @ConditionalOnBean(JobStore.class)
    HandlerMethods forthwithHandlerMethods(ConfigurableListableBeanFactory beans) {
        return new HandlerMethods(beans);
    }

    /** A proxy by interface is no {@link BaseProcessor}: it would be overlooked. */
    @Bean
    @ConditionalOnBean(JobStore.class)
    @ConditionalOnMissingBean
    ProcessorRegistry processorRegistry(
            ObjectProvider<BaseProcessor<?, ?>> processors,
            ObjectProvider<BatchProcessor<?, ?>> batches,
            ObjectProvider<Processor> withProxies,
            HandlerMethods methods) {
        withProxies.forEach(ForthwithAutoConfiguration::requireNoProxy);
        ProcessorRegistry registry =
                ProcessorRegistry.of(processors.orderedStream().toList());
        for (BatchProcessor<?, ?> each : batches.orderedStream().toList()) {
            registry = registry.with(each);
        }
        return methods.in(registry);
    }

    private static void requireNoProxy(Processor processor) {
        if (AopUtils.isAopProxy(processor)
                && BaseProcessor.class.isAssignableFrom(AopUtils.getTargetClass(processor))) {
            throw new IllegalStateException(
                    "The processor " + AopUtils.getTargetClass(processor).getName()
                            + " is behind a proxy, because it or a method of it is annotated, for example with @Transactional or @Async, or because an aspect"
                            + " matches it. This would do nothing for the method that runs jobs: leave it out of the aspect, annotate a method of another bean that the processor calls, or use"
                            + " SpringJobStore.complete");
        }
    }

    @Bean
    @ConditionalOnBean(JobStore.class)
    @ConditionalOnMissingBean
    @ConditionalOnProperty(prefix = "forthwith.worker", name = "enabled", matchIfMissing = true)
    WorkerLifecycle forthwithWorker(
            JobStore store,
            ProcessorRegistry registry,
            HandlerMethods methods,
            JobCodec codec,
            ForthwithProperties properties,
            Environment environment,
            ObjectProvider<Schedule> schedules,
            ObjectProvider<Limit> limits,
            ObjectProvider<JobListener> listeners,
            ObjectProvider<JobInterceptor> interceptors,
            ObjectProvider<ErrorClassifier> classifier,
            ObjectProvider<JobStoreCustomizer> wrappers,
            ObjectProvider<WorkerCustomizer> customizers) {
        ProcessorRegistry processors = methods.in(registry);
        boolean hasProcessors = !processors.types().isEmpty();
        if (!hasProcessors) {
            LOG.info(
                    "No bean is a BaseProcessor or a BatchProcessor, or has a @JobHandler method: this process enqueues jobs, and runs none");
        }
        warnOfLongGrace(properties.worker().gracePeriod(), environment);
        return new WorkerLifecycle(
                () -> {
                    WorkerBuilder worker = worker(Worker.of(wrapped(store, wrappers), processors), properties.worker())
                            .codec(codec);
                    if (usesVirtualThreads(environment)) {
                        SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor("forthwith-job-");
                        threads.setVirtualThreads(true);
                        worker.executor(threads);
                    }
                    worker.schedules(Stream.concat(schedules.orderedStream(), methods.schedules().stream())
                            .toArray(Schedule[]::new));
                    Limit[] declared = limits.orderedStream().toArray(Limit[]::new);
                    if (declared.length > 0) {
                        worker.limits(declared);
                    }
                    listeners.orderedStream().forEach(worker::listener);
                    interceptors.orderedStream().forEach(worker::interceptor);
                    classifier.ifUnique(worker::errorClassifier);
                    customizers.orderedStream().forEach(each -> each.customize(worker));
                    return worker;
                },
                hasProcessors);
    }

    private static WorkerBuilder worker(WorkerBuilder worker, ForthwithProperties.Worker properties) {
        if (properties.name() != null) {
            worker.name(properties.name());
        }
        return worker.queues(properties.queues().toArray(String[]::new))
                .concurrency(properties.concurrency())
                .pollInterval(properties.pollInterval())
                .lease(properties.lease())
                .gracePeriod(properties.gracePeriod())
                .onlyRegisteredTypes(properties.onlyRegisteredTypes())
                .ageing(properties.ageing())
                .declarationOwner(properties.declarationOwner(), properties.declarationVersion())
                .retention(properties.retention().retention());
    }

    private static boolean usesVirtualThreads(Environment environment) {
        return environment.getProperty("spring.threads.virtual.enabled", Boolean.class, false)
                && Runtime.version().feature() >= FIRST_WITH_VIRTUAL_THREADS;
    }

    private static void warnOfLongGrace(Duration grace, Environment environment) {
        Duration phase = environment.getProperty(PHASE_TIMEOUT, Duration.class, DEFAULT_PHASE_TIMEOUT);
        if (grace.plus(INTERRUPTED).compareTo(phase) > 0) {
            LOG.warn(
                    "When the application stops, its jobs may run for {} and get {} more after an interrupt, but Spring closes the connection"
                            + " pool after {}: make forthwith.worker.grace-period shorter, or {} longer",
                    grace,
                    INTERRUPTED,
                    phase,
                    PHASE_TIMEOUT);
        }
    }
}
