package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.internal.data.PastScheduleTimes;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page of the runs of a schedule")
class ScheduleRunsPageTest {
    private final Stand stand = new Stand();

    private Schedule hourly() {
        return Schedule.of("hourly", Stand.MAIL, "x").every(Duration.ofHours(1)).ifRunning(IfRunning.ALLOW);
    }

    private void put(Schedule schedule) {
        stand.jobs.schedules().put(schedule);
    }

    private void fireAfterAnHour() {
        stand.later(Duration.ofHours(1));
        stand.schedules().fireDue(10);
    }

    private UUID run(Instant planned) {
        return ScheduledRunIds.of("hourly", stand.schedule("hourly").creationId(), planned);
    }

    @Test
    @DisplayName("shows each time with the state, the duration and the error of its job, the newest first")
    void runs() {
        put(hourly());
        fireAfterAnHour();
        stand.jobs.cancel(run(Stand.BEGIN.plus(Duration.ofHours(1))));
        fireAfterAnHour();

        String page = stand.page("runs?name=hourly");

        assertThat(Stand.words(page))
                .contains("Runs of schedule hourly")
                .containsSubsequence(
                        "2026-03-04 12:30:00.000 UTC now ○ pending", "2026-03-04 11:30:00.000 UTC 1 h ago ⊘ cancelled")
                .doesNotContain("10:30:00.000 UTC 2 h ago");
        assertThat(page).contains("job?id=" + run(Stand.BEGIN.plus(Duration.ofHours(2))), "schedules?from=hourly");
    }

    @Test
    @DisplayName("says of a time that was skipped that it has no job, and leaves out one that is still to be decided")
    void skipped() {
        put(hourly());
        stand.later(Duration.ofHours(2));
        stand.schedules().fireDue(10);
        stand.later(Duration.ofHours(1));

        assertThat(stand.text("runs?name=hourly"))
                .contains("12:30:00.000 UTC 1 h ago ○ pending", "11:30:00.000 UTC 2 h ago no job: skipped, or deleted")
                .doesNotContain("13:30:00.000 UTC now", "10:30:00.000 UTC 3 h ago");
    }

    @Test
    @DisplayName("shows what was backfilled for times before the schedule was made, and no other such times")
    void backfilled() {
        put(hourly());
        stand.jobs
                .schedules()
                .backfill("hourly", Stand.BEGIN.minus(Duration.ofHours(5)), Stand.BEGIN.minus(Duration.ofHours(4)));

        assertThat(stand.text("runs?name=hourly"))
                .contains("05:30:00.000 UTC 5 h ago ○ pending")
                .doesNotContain("no job");
    }

    @Test
    @DisplayName("shows open runs by hand, and those of times that the schedule had before")
    void unplanned() {
        put(hourly());
        fireAfterAnHour();
        UUID before = run(Stand.BEGIN.plus(Duration.ofHours(1)));
        put(Schedule.of("hourly", Stand.MAIL, "x").cron("15 * * * *").ifRunning(IfRunning.ALLOW));
        UUID byHand = stand.jobs.schedules().runNow("hourly").id();

        assertThat(stand.page("runs?name=hourly"))
                .contains("by hand, or of other times")
                .containsSubsequence("job?id=" + byHand, "job?id=" + before);
    }

    @Test
    @DisplayName("shows the newest fifty times however often or seldom they come, and none before the first one")
    void fifty() {
        put(Schedule.of("hourly", Stand.MAIL, "x").cron("* * * * *"));
        StoredSchedule often = stand.schedule("hourly");
        Instant now = Instant.parse("2026-03-04T10:30:30Z");

        assertThat(PastScheduleTimes.before(PastScheduleTimes.of(often, now), now, 50))
                .hasSize(50)
                .startsWith(Stand.BEGIN)
                .endsWith(Stand.BEGIN.minus(Duration.ofMinutes(49)));

        put(Schedule.of("hourly", Stand.MAIL, "x").cron("0 0 29 2 *"));
        StoredSchedule seldom = stand.schedule("hourly");
        assertThat(PastScheduleTimes.before(PastScheduleTimes.of(seldom, now), now, 3))
                .extracting(Instant::toString)
                .containsExactly("2024-02-29T00:00:00Z", "2020-02-29T00:00:00Z", "2016-02-29T00:00:00Z");
        assertThat(stand.text("runs?name=hourly")).contains("No time of this schedule has come yet");
    }

    @Test
    @DisplayName("says why the times of a schedule by SQL are not known, and finds no schedule that is not there")
    void unreadable() {
        stand.write(Stand.row("broken", "<b>never", "UTC", "LATEST", "SKIP"));

        assertThat(stand.text("runs?name=broken")).contains("&lt;b&gt;never");
        assertThat(stand.get("runs?name=none", Access.view("me")).status()).isEqualTo(404);
        assertThat(stand.get("runs", Access.view("me")).status()).isEqualTo(404);
        assertThat(stand.get("runs?name=broken", Access.view("me").onlyUser("u"))
                        .status())
                .isEqualTo(404);
    }
}
