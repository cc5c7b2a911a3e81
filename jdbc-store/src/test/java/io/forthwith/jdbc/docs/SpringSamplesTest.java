package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Patience;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The sample of docs/transactions.md about Spring without a starter, which {@link DocsTest} finds here word for word. */
class SpringSamplesTest {
    private static final JobType<String> GREET = JobType.of("greet", String.class);

    static class Greeter extends BaseProcessor<String, String> {
        Greeter() {
            super(GREET);
        }

        @Override
        protected String process(String name, JobContext job) {
            return "Hello, " + name;
        }
    }

    @Configuration
    static class JobConfiguration {
        @Bean
        JdbcJobStore jobStore(DataSource dataSource) {
            JdbcSchema.migrate(dataSource);
            return JdbcJobStore.of(dataSource);
        }

        @Bean
        JobClient jobClient(JdbcJobStore store) {
            return JobClient.of(store);
        }

        @Bean(initMethod = "start", destroyMethod = "close")
        Worker worker(JdbcJobStore store, List<BaseProcessor<?, ?>> processors) {
            return Worker.of(store, ProcessorRegistry.of(processors)).build();
        }
    }

    @Test
    void three_beans_are_enough() throws Exception {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        Worker worker;
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.registerBean(DataSource.class, () -> database);
            context.register(JobConfiguration.class, Greeter.class);
            context.refresh();
            JobClient jobs = context.getBean(JobClient.class);
            worker = context.getBean(Worker.class);

            UUID id = jobs.enqueue(NewJob.of(GREET, "Ada")).id();

            assertThat(jobs.awaitResult(id, String.class, Patience.LONG)).contains("Hello, Ada");
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
        assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DOWN);
    }
}
