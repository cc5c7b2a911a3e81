package io.forthwith.store.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConflictBackOffTest {
    private final List<Long> pauses = new ArrayList<>();
    private final RuntimeException conflict = new IllegalStateException("serialization failure");

    @Test
    void repeats_at_once_and_then_after_pauses_that_double_up_to_a_quarter_of_a_second() {
        ConflictBackOff backOff = new ConflictBackOff(bound -> bound - 1, pauses::add);

        for (int i = 0; i < 11; i++) {
            backOff.next(conflict);
        }

        assertThat(pauses.stream().map(TimeUnit.NANOSECONDS::toMillis))
                .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 256L);
    }

    @Test
    void gives_up_after_ten_seconds_of_pauses_and_says_that_nothing_was_changed() {
        ConflictBackOff backOff = new ConflictBackOff(bound -> bound - 1, pauses::add);

        assertThatThrownBy(() -> {
                    while (true) {
                        backOff.next(conflict);
                    }
                })
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("nothing was changed")
                .hasCause(conflict)
                .extracting(thrown -> ((JobStoreException) thrown).kind())
                .isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(TimeUnit.NANOSECONDS.toSeconds(
                        pauses.stream().mapToLong(Long::longValue).sum()))
                .isEqualTo(10);
    }

    @Test
    void waits_to_the_end_and_keeps_the_interrupt_of_its_thread() {
        ConflictBackOff backOff = new ConflictBackOff();
        Thread.currentThread().interrupt();

        for (int i = 0; i < 6; i++) {
            backOff.next(conflict);
        }

        assertThat(Thread.interrupted()).isTrue();
    }
}
