package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.spring.TransactionMode;
import io.forthwith.store.Retention;
import io.forthwith.worker.WorkerBuilder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

@DisplayName("The properties")
class ForthwithPropertiesTest {
    @Configuration
    @EnableConfigurationProperties(ForthwithProperties.class)
    static class OnlyProperties {}

    @Test
    @DisplayName("have the defaults of the library")
    void defaults() {
        new ApplicationContextRunner()
                .withUserConfiguration(OnlyProperties.class)
                .run(context -> {
                    ForthwithProperties it = context.getBean(ForthwithProperties.class);
                    assertThat(it.transaction()).isEqualTo(TransactionMode.JOIN);
                    assertThat(it.schema()).isEqualTo(SchemaAction.MIGRATE);
                    assertThat(it.queryTimeout()).isEqualTo(JdbcJobStore.DEFAULT_QUERY_TIMEOUT);
                    assertThat(it.worker().queues()).containsExactly(NewJob.DEFAULT_QUEUE);
                    assertThat(it.worker().concurrency()).isEqualTo(WorkerBuilder.DEFAULT_CONCURRENCY);
                    assertThat(it.worker().pollInterval()).isEqualTo(WorkerBuilder.DEFAULT_POLL_INTERVAL);
                    assertThat(it.worker().lease()).isEqualTo(WorkerBuilder.DEFAULT_LEASE);
                    assertThat(it.worker().gracePeriod()).isEqualTo(WorkerBuilder.DEFAULT_GRACE_PERIOD);
                    assertThat(new Retention(
                                    it.worker().retention().completed(),
                                    it.worker().retention().failed()))
                            .isEqualTo(Retention.DEFAULT);
                });
    }
}
