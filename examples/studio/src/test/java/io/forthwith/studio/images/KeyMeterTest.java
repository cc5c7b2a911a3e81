package io.forthwith.studio.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The meter of an API key")
class KeyMeterTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final KeyMeter meter = new KeyMeter(Allowance.of(Duration.ofMinutes(1)));

    @Test
    @DisplayName("refuses the fourth call at a time, and lets one start when another is over")
    void at_a_time() {
        for (int i = 0; i < 3; i++) {
            assertThat(meter.starts(i)).isTrue();
        }
        assertThat(meter.starts(3)).isFalse();
        meter.ended();
        assertThat(meter.starts(4)).isTrue();

        assertThat(meter.usage()).isEqualTo(new Usage(5, 4, 5, 1));
    }

    @Test
    @DisplayName("refuses the twenty-first start in any minute, wherever that begins")
    void in_a_minute() {
        for (int i = 0; i < 20; i++) {
            assertThat(meter.starts(i)).isTrue();
            meter.ended();
        }
        assertThat(meter.starts(MINUTE - 1)).isFalse();
        assertThat(meter.starts(MINUTE)).isTrue();
        assertThat(meter.starts(MINUTE)).isFalse();
        assertThat(meter.starts(MINUTE + 1)).isTrue();

        assertThat(meter.usage()).isEqualTo(new Usage(24, 2, 22, 2));
    }
}
