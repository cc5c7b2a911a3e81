package io.forthwith.spring.boot3;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.ForthwithDashboardAutoConfiguration;
import io.forthwith.spring.boot.ForthwithEndpointAutoConfiguration;
import io.forthwith.spring.boot.ForthwithMetricsAutoConfiguration;
import io.forthwith.spring.boot.ForthwithTracingAutoConfiguration;
import io.forthwith.spring.boot.StarterContract;
import io.forthwith.spring.boot.internal.WorkerHealthDetails;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.MetricsAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.jackson.JacksonAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.autoconfigure.transaction.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;

class StarterTest extends StarterContract {
    @Override
    protected List<Class<?>> configurations() {
        return List.of(
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                TransactionAutoConfiguration.class,
                JacksonAutoConfiguration.class,
                ForthwithJacksonAutoConfiguration.class,
                ForthwithAutoConfiguration.class,
                ForthwithEndpointAutoConfiguration.class,
                ForthwithTracingAutoConfiguration.class,
                ForthwithMetricsAutoConfiguration.class,
                ForthwithDashboardAutoConfiguration.class,
                ForthwithHealthAutoConfiguration.class);
    }

    @Override
    protected Class<?> openTelemetry() {
        return OpenTelemetryAutoConfiguration.class;
    }

    @Override
    protected List<Class<?>> metrics() {
        return List.of(
                MetricsAutoConfiguration.class,
                SimpleMetricsExportAutoConfiguration.class,
                CompositeMeterRegistryAutoConfiguration.class);
    }

    @Override
    protected Object mapper() {
        return new ObjectMapper();
    }

    @Override
    protected Object mapperWithDefaultTyping() {
        return new ObjectMapper().activateDefaultTyping(new ObjectMapper().getPolymorphicTypeValidator());
    }

    @Override
    protected String healthOf(ApplicationContext context) {
        Health health = context.getBean("forthwithHealthIndicator", HealthIndicator.class)
                .health();
        return health.getStatus()
                + health.getDetails().entrySet().stream()
                        .map(each -> each.getKey() + "=" + ((WorkerHealthDetails) each.getValue()).status())
                        .collect(Collectors.joining(", ", " {", "}"));
    }
}
