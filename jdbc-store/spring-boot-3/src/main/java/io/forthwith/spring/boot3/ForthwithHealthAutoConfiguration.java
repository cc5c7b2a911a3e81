package io.forthwith.spring.boot3;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.internal.WorkerHealthDetails;
import io.forthwith.store.JobStore;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The health of the worker, where Spring Boot's actuator is. */
@AutoConfiguration(after = ForthwithAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(value = JobStore.class, type = "io.forthwith.spring.boot.ForthwithProperties")
@ConditionalOnEnabledHealthIndicator("forthwith")
public class ForthwithHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "forthwithHealthIndicator")
    HealthIndicator forthwithHealthIndicator(ListableBeanFactory beans) {
        return () -> {
            Health.Builder health = Health.up();
            beans.getBeansOfType(WorkerLifecycle.class).forEach((name, worker) -> {
                WorkerHealthDetails state = WorkerHealthDetails.of(worker);
                if (!state.isUp()) {
                    health.down();
                }
                health.withDetail(name, state);
            });
            return health.build();
        };
    }
}
