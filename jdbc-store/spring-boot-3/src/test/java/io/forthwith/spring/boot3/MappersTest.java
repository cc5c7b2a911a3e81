package io.forthwith.spring.boot3;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.forthwith.jackson2.Jackson2Codec;
import io.forthwith.json.JobCodec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@DisplayName("The codec of an application with the starter")
class MappersTest {
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ForthwithJacksonAutoConfiguration.class));

    @Test
    @DisplayName("is the library's if there is no mapper")
    void none() {
        application.run(
                context -> assertThat(context.getBean(JobCodec.class).write(1)).isEqualTo("1"));
    }

    @Test
    @DisplayName("is not chosen among several mappers, unless the application says which")
    void several() {
        ApplicationContextRunner two = application
                .withBean("one", ObjectMapper.class, ObjectMapper::new)
                .withBean("two", ObjectMapper.class, ObjectMapper::new);
        two.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContainingAll("ObjectMapper", "primary", "JobCodec"));
        two.withBean(JobCodec.class, () -> Jackson2Codec.standard())
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    @DisplayName("is refused if a row could name a class to load, with what to do instead")
    void default_typing() {
        application
                .withBean(
                        ObjectMapper.class,
                        () -> new ObjectMapper()
                                .activateDefaultTyping(new ObjectMapper().getPolymorphicTypeValidator()))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContainingAll("default typing", "bean of type JobCodec"));
    }
}
