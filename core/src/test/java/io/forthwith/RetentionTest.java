package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void a_type_has_its_own_times_and_all_others_the_general_ones() {
        Retention day = Retention.DEFAULT.completed(DAY).failed(DAY);
        Retention kept =
                Retention.DEFAULT.type("mail", day.failed(Duration.ZERO)).type("mail", day);

        assertThat(kept.of("mail")).isEqualTo(day);
        assertThat(kept.of("other").completed()).isEqualTo(Duration.ofDays(7));
        assertThat(kept.types()).hasSize(1);
    }

    @Test
    void negative_times_wrong_names_nested_and_too_many_types_are_refused_with_the_rule() {
        Retention day = Retention.DEFAULT.completed(DAY).failed(DAY);
        assertThatThrownBy(() -> day.completed(DAY.negated()))
                .hasMessage("Retention must not be negative: completed PT-24H");
        assertThatThrownBy(() -> day.failed(DAY.negated())).hasMessage("Retention must not be negative: failed PT-24H");
        assertThatThrownBy(() -> day.type("no space", day))
                .hasMessageContaining("Job type \"no space\" is not a valid name");
        Retention nested = day.type("x", day);
        assertThatThrownBy(() -> day.type("mail", nested))
                .hasMessage("The retention of type mail has types itself: give two times only");
        Retention full = day;
        for (int i = 0; i < 100; i++) {
            full = full.type("type-" + i, day);
        }
        Retention all = full;
        assertThatThrownBy(() -> all.type("one-more", day))
                .hasMessageContaining("Retention names 101 types, at most 100");
    }
}
