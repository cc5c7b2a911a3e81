package io.forthwith.spring.boot;

import io.forthwith.event.JobInterceptor;
import io.forthwith.opentelemetry.JobTracing;
import io.opentelemetry.api.OpenTelemetry;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Jobs are traced where {@code forthwith-opentelemetry} is, and OpenTelemetry is configured. */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration",
            "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration",
            // OpenTelemetry's own starter
            "io.opentelemetry.instrumentation.spring.autoconfigure.OpenTelemetryAutoConfiguration"
        })
@ConditionalOnClass({OpenTelemetry.class, JobTracing.class})
@ConditionalOnProperty(prefix = "forthwith", name = "enabled", matchIfMissing = true)
public class ForthwithTracingAutoConfiguration {
    private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnSingleCandidate(OpenTelemetry.class)
    @ConditionalOnProperty(prefix = "forthwith.tracing", name = "enabled", matchIfMissing = true)
    JobTracing jobTracing(OpenTelemetry openTelemetry) {
        return JobTracing.of(openTelemetry);
    }

    /**
     * Tracing without an order of its own, also a bean of the application, is around {@link JobInterceptor}s that have none, so that what they
     * do is in the span of the attempt.
     */
    @Bean
    static BeanFactoryPostProcessor jobTracingOrder() {
        return beans -> {
            for (String name : beans.getBeanNamesForType(JobTracing.class, true, false)) {
                if (beans.containsBeanDefinition(name) && !isOrdered(beans, name)) {
                    beans.getBeanDefinition(name).setAttribute(AbstractBeanDefinition.ORDER_ATTRIBUTE, ORDER);
                }
            }
        };
    }

    private static boolean isOrdered(ConfigurableListableBeanFactory beans, String name) {
        return beans.getBeanDefinition(name).hasAttribute(AbstractBeanDefinition.ORDER_ATTRIBUTE)
                || beans.findAnnotationOnBean(name, Order.class, false) != null;
    }
}
