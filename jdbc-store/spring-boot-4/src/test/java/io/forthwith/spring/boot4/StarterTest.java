package io.forthwith.spring.boot4;

import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.ForthwithDashboardAutoConfiguration;
import io.forthwith.spring.boot.ForthwithEndpointAutoConfiguration;
import io.forthwith.spring.boot.ForthwithMetricsAutoConfiguration;
import io.forthwith.spring.boot.ForthwithTracingAutoConfiguration;
import io.forthwith.spring.boot.StarterContract;
import io.forthwith.spring.boot.internal.WorkerHealthDetails;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

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
        return OpenTelemetrySdkAutoConfiguration.class;
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
        return JsonMapper.builder().build();
    }

    @Override
    protected Object mapperWithDefaultTyping() {
        return JsonMapper.builder()
                .activateDefaultTyping(BasicPolymorphicTypeValidator.builder()
                        .allowIfBaseType(Object.class)
                        .build())
                .build();
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
