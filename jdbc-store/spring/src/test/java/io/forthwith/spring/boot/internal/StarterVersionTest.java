package io.forthwith.spring.boot.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A starter on another Spring Boot than its own")
class StarterVersionTest {
    @Test
    @DisplayName("is refused, and the other one is named")
    void other() {
        assertThatThrownBy(() -> StarterVersion.requireBoot(4, "3.5.7"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this is Spring Boot 3.5.7: use forthwith-spring-boot-3-starter");
        assertThatThrownBy(() -> StarterVersion.requireBoot(3, "4.0.7"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this is Spring Boot 4.0.7: use forthwith-spring-boot-4-starter");
        assertThatThrownBy(() -> StarterVersion.requireBoot(4, "5.0.0"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this is Spring Boot 5.0.0: there are starters for Spring Boot 3.5 and 4");
    }

    @Test
    @DisplayName("is not what these are")
    void same() {
        assertThatCode(() -> {
                    StarterVersion.requireBoot(4, "4.1.0-M1");
                    StarterVersion.requireBoot(3, "3.5.7");
                    // A repackaged Spring Boot may not know its version.
                    StarterVersion.requireBoot(4, null);
                })
                .doesNotThrowAnyException();
    }
}
