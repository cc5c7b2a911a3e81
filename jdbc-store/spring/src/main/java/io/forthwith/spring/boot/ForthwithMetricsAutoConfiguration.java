package io.forthwith.spring.boot;

import io.forthwith.micrometer.JobMetrics;
import io.forthwith.spring.JobStoreCustomizer;
import io.forthwith.store.JobStore;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Metrics of the jobs, where Micrometer is and the application has one registry, or a primary one; with several, where it has a
 * {@link JobMetrics} of its own.
 */
@AutoConfiguration(
        after = ForthwithAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass({MeterRegistry.class, JobMetrics.class})
@ConditionalOnBean({JobStore.class, ForthwithProperties.class})
@ConditionalOnProperty(prefix = "forthwith.metrics", name = "enabled", matchIfMissing = true)
public class ForthwithMetricsAutoConfiguration {
    /** Comes first: the other one asks whether there is a bean. */
    @Configuration(proxyBeanMethods = false)
    @Order(1)
    @ConditionalOnSingleCandidate(MeterRegistry.class)
    static class Metrics {
        /** The worker gets it as it gets every listener. */
        @Bean
        @ConditionalOnMissingBean
        JobMetrics jobMetrics(MeterRegistry registry) {
            return JobMetrics.of(registry);
        }
    }

    /** Also of a {@link JobMetrics} of the application's. */
    @Configuration(proxyBeanMethods = false)
    @Order(2)
    @ConditionalOnSingleCandidate(JobMetrics.class)
    static class Observing {
        /** The first, so that it observes the bean: what others wrap around it may be new each time, and jobs would be counted twice. */
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        JobStoreCustomizer jobMetricsStoreCustomizer(JobMetrics metrics) {
            return metrics::observe;
        }
    }
}
