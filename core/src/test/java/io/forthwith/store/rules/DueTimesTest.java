package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.CronTexts;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Of the times of a schedule that have passed")
class DueTimesTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");
    private static final FiringTimes HOURLY = times(null, "PT1H");

    private static Instant hour(int hour) {
        return NOON.plus(Duration.ofHours(hour));
    }

    private static FiringTimes times(String cron, String period) {
        return ReadModelFactory.scheduleDefinition(
                        "report", "{}", cron, period, "UTC", null, null, "LATEST", "SKIP", null, "default", 5, null,
                        null, null, null, null, null, null, null)
                .times(LibraryOnly.KEY, NOON);
    }

    private static DueTimes atHalfPastThree(CatchUp catchUp) {
        return DueTimes.at(hour(3).plusSeconds(1_800), hour(0), HOURLY, catchUp);
    }

    @Test
    @DisplayName("the newest fires, and the others are skipped")
    void latest() {
        assertThat(atHalfPastThree(CatchUp.LATEST)).isEqualTo(new DueTimes(List.of(hour(3)), 3, hour(4)));
    }

    @Test
    @DisplayName("none fires if it is more than half a minute ago and all that were missed are to be skipped")
    void skip() {
        assertThat(atHalfPastThree(CatchUp.SKIP)).isEqualTo(new DueTimes(List.of(), 4, hour(4)));
        assertThat(DueTimes.at(hour(3).plusSeconds(30), hour(3), HOURLY, CatchUp.SKIP))
                .isEqualTo(new DueTimes(List.of(hour(3)), 0, hour(4)));
        assertThat(DueTimes.at(hour(3).plusSeconds(31), hour(3), HOURLY, CatchUp.SKIP))
                .isEqualTo(new DueTimes(List.of(), 1, hour(4)));
    }

    @Test
    @DisplayName("all fire within a window, the newest ones up to a number")
    void all() {
        assertThat(atHalfPastThree(CatchUp.all(Duration.ofDays(1), 10)))
                .isEqualTo(new DueTimes(List.of(hour(0), hour(1), hour(2), hour(3)), 0, hour(4)));
        assertThat(atHalfPastThree(CatchUp.all(Duration.ofDays(1), 2)))
                .isEqualTo(new DueTimes(List.of(hour(2), hour(3)), 2, hour(4)));
        assertThat(atHalfPastThree(CatchUp.all(Duration.ofHours(2), 10)))
                .isEqualTo(new DueTimes(List.of(hour(2), hour(3)), 2, hour(4)));
    }

    @Test
    @DisplayName("none fires before its time")
    void early() {
        assertThat(DueTimes.at(hour(3), hour(4), HOURLY, CatchUp.LATEST))
                .isEqualTo(new DueTimes(List.of(), 0, hour(4)));
    }

    @Test
    @DisplayName("a year of seconds is decided in rounds, in which none is lost or counted twice")
    void rounds() {
        Random random = CronTexts.seeded("Due times");
        FiringTimes seconds = times("* * * * * *", null);
        for (CatchUp catchUp : List.of(
                CatchUp.LATEST,
                CatchUp.SKIP,
                CatchUp.all(Duration.ofMinutes(10), 50),
                CatchUp.all(Duration.ofDays(9), 1_000))) {
            long passed = DueTimes.MOST_LOOKED_AT * 3L + random.nextInt(DueTimes.MOST_LOOKED_AT);
            Instant now = NOON.plusSeconds(passed);
            List<Instant> fired = new ArrayList<>();
            long skipped = 0;
            Instant next = NOON;
            for (int rounds = 0; !next.isAfter(now); rounds++) {
                assertThat(rounds).isLessThan(6);
                DueTimes due = DueTimes.at(now, next, seconds, catchUp);
                fired.addAll(due.fire());
                skipped += due.skipped();
                next = due.next();
            }
            assertThat(fired.size() + skipped).isEqualTo(passed + 1);
            assertThat(next).isEqualTo(now.plusSeconds(1));
            assertThat(fired).hasSize(catchUp.atMost()).isSorted().endsWith(now);
        }
    }

    @Test
    @DisplayName("of a period are at equal distances, before and after its anchor")
    void period() {
        FiringTimes times = times(null, "PT90S");
        assertThat(times.after(NOON)).isEqualTo(NOON.plusSeconds(90));
        assertThat(times.after(NOON.minusNanos(1))).isEqualTo(NOON);
        assertThat(times.after(NOON.minusSeconds(90))).isEqualTo(NOON);
        assertThat(times.after(NOON.minusSeconds(91))).isEqualTo(NOON.minusSeconds(90));
        assertThat(times.after(NOON.plusSeconds(179))).isEqualTo(NOON.plusSeconds(180));
        assertThat(times.after(Instant.MAX)).isNull();
        assertThatThrownBy(() -> times(null, "PT0S")).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> times(null, "PT1.0000001S")).hasMessageContainingAll("PT1.0000001S", "milliseconds");
    }

    @Test
    @DisplayName("a policy says what it is, and refuses what makes no sense")
    void policy() {
        assertThat(CatchUp.all(Duration.ofHours(1), 10))
                .hasToString("ALL(PT1H, 10)")
                .isEqualTo(CatchUp.all(Duration.ofHours(1), 10))
                .isNotEqualTo(CatchUp.LATEST);
        assertThatThrownBy(() -> CatchUp.all(Duration.ZERO, 1)).hasMessageContaining("window PT0S is out of range");
        assertThatThrownBy(() -> CatchUp.all(Duration.ofHours(1), 1_001)).hasMessageContaining("1001 times");
    }
}
