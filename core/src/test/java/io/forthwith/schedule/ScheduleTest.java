package io.forthwith.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final JobType<String> REPORT = JobType.of("report", String.class);
    private static final Schedule SCHEDULE = Schedule.of("nightly", REPORT, "daily");

    private static void refused(ThrowingCallable call, String... texts) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(texts);
    }

    @Test
    void fires_at_the_times_of_its_zone() {
        Schedule berlin = SCHEDULE.cron("0 3 * * *").zone(ZoneId.of("Europe/Berlin"));
        assertThat(berlin.next(Instant.parse("2026-10-24T12:00:00Z"), 2))
                .containsExactly(Instant.parse("2026-10-25T02:00:00Z"), Instant.parse("2026-10-26T02:00:00Z"));
        assertThat(SCHEDULE.cron("@hourly").zone()).isEqualTo(ZoneId.of("UTC"));
    }

    @Test
    void a_period_begins_where_the_preview_begins() {
        assertThat(SCHEDULE.every(Duration.ofMinutes(90)).next(Instant.EPOCH, 2))
                .containsExactly(Instant.EPOCH.plusSeconds(5_400), Instant.EPOCH.plusSeconds(10_800));
    }

    @Test
    void does_not_change() {
        assertThat(SCHEDULE.cron("@daily")).isNotSameAs(SCHEDULE);
        refused(SCHEDULE::requireComplete, "nightly", "no times", "cron() or every()");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.999S", "P3661D", "PT1.0000001S", "PT-1S"})
    void refuses_a_period_out_of_range(Duration period) {
        refused(() -> SCHEDULE.every(period), period.toString(), "1 second to 3660 days");
    }

    @Test
    void refuses_two_kinds_of_times() {
        refused(() -> SCHEDULE.cron("@daily").every(Duration.ofHours(1)), "nightly", "two schedules");
        refused(() -> SCHEDULE.every(Duration.ofHours(1)).cron("@daily"), "nightly", "two schedules");
    }

    @Test
    void refuses_what_a_text_or_a_name_cannot_be() {
        refused(() -> SCHEDULE.cron("61 * * * *"), "61");
        refused(() -> Schedule.of("no name", REPORT, "x"), "no name", "not a valid name");
        refused(() -> SCHEDULE.jitter(Duration.ofDays(2)), "PT48H", "zero to 1 day");
    }

    @Test
    void refuses_settings_that_contradict_each_other() {
        refused(
                () -> SCHEDULE.every(Duration.ofHours(1)).gap(ClockGap.SKIP).requireComplete(),
                "nightly",
                "leave gap() and overlap() out");
        refused(
                () -> SCHEDULE.cron("@daily")
                        .catchUp(CatchUp.all(Duration.ofDays(2), 10))
                        .requireComplete(),
                "ALL(PT48H, 10)",
                "SKIP",
                "ifRunning(ALLOW)");
    }

    @Test
    void its_jobs_have_no_relatives_and_no_delay() {
        refused(() -> SCHEDULE.job(job -> job.delay(Duration.ofSeconds(1))), "a delay", "jitter()");
        refused(() -> SCHEDULE.job(job -> job.uniqueKey("k")), "a unique key", "ifRunning()");
        refused(() -> SCHEDULE.job(job -> job.sequence("film:42")), "a sequence", "ifRunning()");
        refused(() -> SCHEDULE.job(NewJob::unsealed), "relatives", "from its processor");
        refused(() -> SCHEDULE.job(job -> job.parent(UUID.randomUUID())), "relatives");
        refused(
                () -> SCHEDULE.job(
                        job -> job.after(UUID.randomUUID()).onPredecessorFailure(PredecessorFailurePolicy.RUN)),
                "relatives");
        refused(() -> SCHEDULE.job(job -> NewJob.of(JobType.of("other"))), "another job");
        assertThat(SCHEDULE.job(job -> job.queue("reports").priority(7)).job().queue())
                .isEqualTo("reports");
    }

    @Test
    void a_catch_up_is_read_as_it_is_written() {
        for (CatchUp catchUp : new CatchUp[] {
            CatchUp.LATEST, CatchUp.SKIP, CatchUp.all(Duration.ofDays(2).plusMillis(5), 1_000)
        }) {
            assertThat(CatchUp.parse(catchUp.text())).isEqualTo(catchUp);
        }
        refused(() -> CatchUp.parse("ALL"), "\"ALL\"", "ALL(PT1H, 10)");
        refused(() -> CatchUp.parse("ALL(P1H, 10)"), "P1H");
        refused(() -> CatchUp.parse("ALL(PT1H, 5000)"), "5000", "1 to 1000");
    }
}
