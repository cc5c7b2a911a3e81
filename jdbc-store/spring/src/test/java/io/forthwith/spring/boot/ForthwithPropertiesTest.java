package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.spring.TransactionMode;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.List;
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
                    assertThat(it.metrics().enabled()).isTrue();
                    assertThat(it.dashboard())
                            .isEqualTo(new ForthwithProperties.Dashboard(false, "/forthwith", null, List.of()));
                    assertThat(it.worker().queues()).containsExactly(NewJob.DEFAULT_QUEUE);
                    assertThat(it.worker().concurrency()).isEqualTo(WorkerBuilder.DEFAULT_CONCURRENCY);
                    assertThat(it.worker().pollInterval()).isEqualTo(WorkerBuilder.DEFAULT_POLL_INTERVAL);
                    assertThat(it.worker().lease()).isEqualTo(WorkerBuilder.DEFAULT_LEASE);
                    assertThat(it.worker().gracePeriod()).isEqualTo(WorkerBuilder.DEFAULT_GRACE_PERIOD);
                    assertThat(it.worker().ageing()).isNull();
                    assertThat(it.worker().retention().retention()).isEqualTo(Retention.DEFAULT);
                });
    }

    @Test
    @DisplayName("of the worker have ageing")
    void ageing() {
        new ApplicationContextRunner()
                .withUserConfiguration(OnlyProperties.class)
                .withPropertyValues("forthwith.worker.ageing=5m")
                .run(context -> assertThat(context.getBean(ForthwithProperties.class)
                                .worker()
                                .ageing())
                        .isEqualTo(Duration.ofMinutes(5)));
    }

    @Test
    @DisplayName("of the retention give single types other times, and what is missing there is as for all types")
    void retention_of_types() {
        new ApplicationContextRunner()
                .withUserConfiguration(OnlyProperties.class)
                .withPropertyValues(
                        "forthwith.worker.retention.completed=2d",
                        "forthwith.worker.retention.types.invoice.completed=365d",
                        "forthwith.worker.retention.types[send_mail].failed=1d")
                .run(context -> {
                    Retention kept = context.getBean(ForthwithProperties.class)
                            .worker()
                            .retention()
                            .retention();
                    assertThat(kept)
                            .isEqualTo(Retention.DEFAULT
                                    .completed(Duration.ofDays(2))
                                    .failed(Duration.ofDays(30))
                                    .type(
                                            "invoice",
                                            Retention.DEFAULT
                                                    .completed(Duration.ofDays(365))
                                                    .failed(Duration.ofDays(30)))
                                    .type(
                                            "send_mail",
                                            Retention.DEFAULT
                                                    .completed(Duration.ofDays(2))
                                                    .failed(Duration.ofDays(1))));
                });
    }
}
