package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleClientTest {
    private static final JobType<String> REPORT = JobType.of("report", String.class);
    private static final Instant START = Instant.parse("2026-03-04T05:06:07Z");

    private Instant now = START;
    private final InMemoryJobStore store = new InMemoryJobStore(() -> now, new Random(1));
    private final JobClient jobs = JobClient.of(store);
    private final ScheduleClient schedules = jobs.schedules();

    private static Schedule hourly() {
        return Schedule.of("hourly", REPORT, "x").cron("@hourly");
    }

    private void pass(Duration time) {
        now = now.plus(time);
        store.schedules().orElseThrow().fireDue(100);
    }

    private StoredSchedule stored() {
        return schedules.find("hourly").orElseThrow();
    }

    private List<Job> runs() {
        return jobs.scan(JobQuery.all());
    }

    @Test
    void a_schedule_is_put_once_and_changed_by_another_put() {
        assertThat(schedules.put(hourly())).isTrue();
        StoredSchedule first = stored();
        assertThat(schedules.put(hourly())).isFalse();
        assertThat(schedules.put(hourly().job(job -> job.priority(7)))).isTrue();
        assertThat(stored().creationId()).isEqualTo(first.creationId());
        assertThat(stored().progress()).isEqualTo(first.progress());
        assertThat(stored().definition().priority()).isEqualTo(7);
    }

    @Test
    void the_limits_of_its_jobs_go_along() {
        Schedule limited = hourly().job(job -> job.limit("tenant", "acme").limit("api", "key-1", 5));
        assertThat(schedules.put(limited)).isTrue();
        assertThat(schedules.put(limited)).isFalse();
        assertThat(stored().definition().limits()).isEqualTo("+api:key-1=5 tenant:acme=1");

        schedules.runNow("hourly");
        assertThat(runs()).extracting(Job::limits).containsExactly(limited.job().limits());

        assertThat(schedules.put(hourly())).isTrue();
        assertThat(stored().definition().limits()).isNull();
    }

    @Test
    void other_times_begin_now() {
        schedules.put(hourly());
        now = START.plus(Duration.ofHours(2));
        schedules.put(Schedule.of("hourly", REPORT, "x").cron("30 * * * *"));
        assertThat(schedules.next("hourly", 1)).containsExactly(Instant.parse("2026-03-04T07:30:00Z"));
        pass(Duration.ZERO);
        assertThat(runs()).isEmpty();
    }

    @Test
    void the_anchor_of_a_period_stays() {
        Schedule often = Schedule.of("hourly", REPORT, "x").every(Duration.ofMinutes(10));
        schedules.put(often);
        now = START.plus(Duration.ofMinutes(15));
        schedules.put(often.every(Duration.ofMinutes(20)));
        assertThat(schedules.next("hourly", 2))
                .containsExactly(START.plus(Duration.ofMinutes(20)), START.plus(Duration.ofMinutes(40)));
    }

    @Test
    void times_that_pass_during_a_pause_never_fire() {
        schedules.put(hourly());
        Pause pause = schedules.pause("hourly", Pause.by("anna").because("holidays"));
        assertThat(schedules.pause("hourly", Pause.by("bert").because("other"))).isEqualTo(pause);
        assertThat(stored().pause()).isEqualTo(pause);
        assertThat(pause.by()).isEqualTo("anna");
        assertThat(pause.since()).isEqualTo(START);
        pass(Duration.ofHours(2));
        now = now.plus(Duration.ofHours(3));

        assertThat(schedules.resume("hourly")).isTrue();
        assertThat(schedules.resume("hourly")).isFalse();
        pass(Duration.ZERO);
        assertThat(runs()).isEmpty();
        assertThat(stored().progress().skipped()).isEqualTo(5);
        pass(Duration.ofHours(1));
        assertThat(runs()).hasSize(1);
    }

    @Test
    void a_run_by_hand_is_the_open_one_if_only_one_may_be_open() {
        schedules.put(hourly());
        schedules.pause("hourly", Pause.by("anna").because("holidays"));
        Enqueued first = schedules.runNow("hourly");
        assertThat(first.isNew()).isTrue();
        Enqueued same = schedules.runNow("hourly");
        assertThat(same.id()).isEqualTo(first.id());
        assertThat(same.isNew()).isFalse();
        schedules.put(hourly().ifRunning(IfRunning.ALLOW));
        Enqueued second = schedules.runNow("hourly");
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(second.isNew()).isTrue();
        assertThat(runs()).hasSize(2);
    }

    @Test
    void a_backfill_goes_on_where_it_ended() {
        schedules.put(hourly().ifRunning(IfRunning.ALLOW));
        Instant from = START.minus(Duration.ofHours(1_500));
        ScheduleClient.Backfilled first = schedules.backfill("hourly", from, START);
        assertThat(first.times()).isEqualTo(1_000);
        ScheduleClient.Backfilled second = schedules.backfill("hourly", Objects.requireNonNull(first.next()), START);
        assertThat(second.times()).isEqualTo(500);
        assertThat(second.next()).isNull();
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1_500);
        assertThat(schedules.backfill("hourly", from, START).times()).isEqualTo(1_000);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1_500);
    }

    @Test
    void a_look_for_a_name_that_is_not_there_finds_nothing() {
        assertThat(schedules.find("none")).isEmpty();
        assertThat(schedules.delete("none")).isFalse();
    }

    @Test
    void what_needs_a_schedule_refuses_a_name_that_is_not_there() {
        Map<String, Runnable> calls = Map.of(
                "pause", () -> schedules.pause("none", Pause.by("anna").because("x")),
                "resume", () -> schedules.resume("none"),
                "runNow", () -> schedules.runNow("none"),
                "next", () -> schedules.next("none", 3),
                "backfill", () -> schedules.backfill("none", START, START));
        calls.forEach((name, call) -> assertThatThrownBy(call::run)
                .as(name)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There is no schedule \"none\": schedules().list() shows those that there are"));
        assertThat(schedules.list()).isEmpty();
    }

    @Test
    void all_are_listed_by_name() {
        for (int i = 0; i < 450; i++) {
            schedules.put(Schedule.of("s" + i, REPORT, "x").cron("@daily"));
        }
        assertThat(schedules.list().map(StoredSchedule::name)).hasSize(450).isSorted();
        schedules.delete("s7");
        assertThat(schedules.list()).hasSize(449);
    }

    @Test
    void what_workers_declare_is_changed_there() {
        schedules.put(hourly());
        store.schedules()
                .orElseThrow()
                .change(
                        "hourly",
                        (row, facts) -> ScheduleStore.Decision.of(
                                true,
                                Objects.requireNonNull(row)
                                        .with(
                                                LibraryOnly.KEY,
                                                ReadModelFactory.scheduleDeclaration("shop", 1, START, null))));
        assertThatThrownBy(() -> schedules.put(hourly().cron("@daily")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("hourly", "declared by workers");
    }

    @Test
    void a_late_run_has_no_jitter_left() {
        Schedule late = hourly().jitter(Duration.ofMinutes(20)).ifRunning(IfRunning.ALLOW);
        schedules.put(late);
        pass(Duration.ofHours(1));
        Instant nominal = Objects.requireNonNull(stored().progress().lastFiredAt());
        Instant due = runs().get(0).runAt();
        assertThat(due).isBetween(now, nominal.plus(Duration.ofMinutes(20)));
        now = now.plus(Duration.ofMinutes(65));
        pass(Duration.ofMinutes(30));
        assertThat(runs().get(0).runAt()).isEqualTo(now);
    }
}
