package io.forthwith.spring.boot4;

import io.forthwith.json.Jackson3Codec;
import io.forthwith.json.JobCodec;
import io.forthwith.spring.boot.ForthwithAutoConfiguration;
import io.forthwith.spring.boot.internal.StarterVersion;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;

/** Inputs and results are written by the application's mapper. */
@AutoConfiguration(after = JacksonAutoConfiguration.class, before = ForthwithAutoConfiguration.class)
@ConditionalOnProperty(prefix = "forthwith", name = "enabled", matchIfMissing = true)
public class ForthwithJacksonAutoConfiguration {
    /** Before any other bean is made, so that nothing is done on another Spring Boot, where this starter would fail late. */
    @Bean
    static BeanFactoryPostProcessor forthwithStarterVersion() {
        StarterVersion.requireBoot(4);
        return beans -> {};
    }

    @Bean
    @ConditionalOnMissingBean
    JobCodec jobCodec(ObjectProvider<JsonMapper> mappers) {
        JsonMapper hosts = mappers.getIfUnique();
        if (hosts != null) {
            return Jackson3Codec.of(hosts);
        }
        if (mappers.stream().findAny().isPresent()) {
            throw new IllegalStateException(
                    "There are several beans of type JsonMapper, and none of them is primary: declare a bean of"
                            + " type JobCodec, for example Jackson3Codec.of(...), which writes the inputs and results of jobs");
        }
        return JobCodec.standard();
    }
}
