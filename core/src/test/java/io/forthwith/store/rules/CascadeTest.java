package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CascadeTest {
    @Test
    void writes_the_progress_of_a_parent_once_a_second_and_less_often_the_more_children_have_to_be_counted() {
        assertThat(Cascade.progressEvery(0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(Cascade.progressEvery(20_000)).isEqualTo(Duration.ofSeconds(1));
        assertThat(Cascade.progressEvery(20_001)).isEqualTo(Duration.ofSeconds(2));
        assertThat(Cascade.progressEvery(100_000)).isEqualTo(Duration.ofSeconds(5));
    }
}
