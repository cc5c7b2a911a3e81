package io.forthwith.spring.boot3;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.forthwith.jackson2.Jackson2Codec;
import io.forthwith.json.JobCodec;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.internal.StarterVersion;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.jackson.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Inputs and results are written by a copy of the application's mapper. */
@AutoConfiguration(after = JacksonAutoConfiguration.class, before = ForthwithAutoConfiguration.class)
@ConditionalOnProperty(prefix = "forthwith", name = "enabled", matchIfMissing = true)
public class ForthwithJacksonAutoConfiguration {
    /** Before any other bean is made, so that nothing is done on another Spring Boot, where this starter would fail late. */
    @Bean
    static BeanFactoryPostProcessor forthwithStarterVersion() {
        StarterVersion.requireBoot(3);
        return beans -> {};
    }

    @Bean
    @ConditionalOnMissingBean
    JobCodec jobCodec(ObjectProvider<ObjectMapper> mappers) {
        ObjectMapper hosts = mappers.getIfUnique();
        if (hosts != null) {
            return Jackson2Codec.of(hosts);
        }
        if (mappers.stream().findAny().isPresent()) {
            throw new IllegalStateException(
                    "There are several beans of type ObjectMapper, and none of them is primary: declare a bean of"
                            + " type JobCodec, for example Jackson2Codec.of(...), which writes the inputs and results of jobs");
        }
        return Jackson2Codec.standard();
    }
}
