package io.forthwith.spring.boot;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.worker.ProcessorRegistry;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint, where Spring Boot's actuator is. */
@AutoConfiguration(after = ForthwithAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean({ProcessorRegistry.class, ForthwithProperties.class})
public class ForthwithEndpointAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint(endpoint = ForthwithEndpoint.class)
    ForthwithEndpoint forthwithEndpoint(
            ForthwithProperties properties, ProcessorRegistry processors, ListableBeanFactory beans) {
        return new ForthwithEndpoint(properties, processors, () -> beans.getBeansOfType(WorkerLifecycle.class));
    }
}
