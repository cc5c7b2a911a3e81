package io.forthwith.spring.boot4;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.WorkerState;
import io.forthwith.worker.ProcessorRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health of the worker, where Spring Boot's actuator is. */
@AutoConfiguration(after = ForthwithAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(ProcessorRegistry.class)
@ConditionalOnEnabledHealthIndicator("forthwith")
public class ForthwithHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "forthwithHealthIndicator")
    HealthIndicator forthwithHealthIndicator(ObjectProvider<WorkerLifecycle> worker) {
        return () -> {
            WorkerState state = WorkerState.of(worker.getIfAvailable());
            Health.Builder health = state.isUp() ? Health.up() : Health.down();
            health.withDetail("worker", state.worker());
            if (!state.reasons().isEmpty()) {
                health.withDetail("reasons", state.reasons());
            }
            return health.build();
        };
    }
}
