package io.forthwith.spring.boot4;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.json.JobCodec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

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
                .withBean("one", JsonMapper.class, JsonMapper::new)
                .withBean("two", JsonMapper.class, JsonMapper::new);
        two.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContainingAll("JsonMapper", "primary", "JobCodec"));
        two.withBean(JobCodec.class, () -> JobCodec.standard())
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    @DisplayName("is refused if a row could name a class to load, with what to do instead")
    void default_typing() {
        application
                .withBean(
                        JsonMapper.class,
                        () -> JsonMapper.builder()
                                .activateDefaultTyping(
                                        tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator.builder()
                                                .allowIfBaseType(Object.class)
                                                .build())
                                .build())
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContainingAll("default typing", "bean of type JobCodec"));
    }
}
