package io.forthwith.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void a_type_has_its_own_times_and_all_others_the_general_ones() {
        Retention kept = Retention.DEFAULT.type("mail", DAY, Duration.ZERO).type("mail", DAY, DAY);

        assertThat(kept.of("mail")).isEqualTo(new Retention(DAY, DAY));
        assertThat(kept.of("other").completed()).isEqualTo(Duration.ofDays(7));
        assertThat(kept.types()).hasSize(1);
    }

    @Test
    void negative_times_wrong_names_nested_and_too_many_types_are_refused_with_the_rule() {
        assertThatThrownBy(() -> Retention.DEFAULT.type("mail", DAY.negated(), DAY))
                .hasMessageContaining("Retention must not be negative: completed PT-24H");
        assertThatThrownBy(() -> Retention.DEFAULT.type("no space", DAY, DAY))
                .hasMessageContaining("Job type \"no space\" is not a valid name");
        Map<String, Retention> nested = Map.of("mail", Retention.DEFAULT.type("x", DAY, DAY));
        assertThatThrownBy(() -> new Retention(DAY, DAY, nested))
                .hasMessage("The retention of type mail has types itself: give two times only");
        Retention full = Retention.DEFAULT;
        for (int i = 0; i < 100; i++) {
            full = full.type("type-" + i, DAY, DAY);
        }
        Retention all = full;
        assertThatThrownBy(() -> all.type("one-more", DAY, DAY))
                .hasMessageContaining("Retention names 101 types, at most 100");
    }
}
