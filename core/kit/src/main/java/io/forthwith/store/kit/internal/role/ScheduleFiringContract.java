package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public abstract class ScheduleFiringContract extends ScheduleScenario {
    @Test
    @DisplayName(
            "a time that has come enqueues one job with all that the schedule says, and the next time follows from it")
    void fires() {
        ScheduleDefinition definition = ReadModelFactory.scheduleDefinition(
                "report",
                "{\"kind\":\"daily\"}",
                null,
                PERIOD.toString(),
                "UTC",
                null,
                null,
                "LATEST",
                "SKIP",
                null,
                "reports",
                7,
                "anna",
                "p-1",
                4,
                Duration.ofSeconds(90),
                Locale.SIMPLIFIED_CHINESE,
                "{\"tenant\":\"t-1\"}",
                Duration.ofHours(2),
                null);
        put(NAME, definition);
        assertThat(put(NAME, definition)).isEqualTo(DeclarationRule.Outcome.UNCHANGED);
        Instant nominal = nextOf(planned(NAME, Duration.ofMinutes(3)));

        ScheduleStore.Fired fired = schedules().fireDue(10);

        assertThat(fired.schedules()).isEqualTo(1);
        assertThat(fired.jobs()).isEqualTo(1);
        Job run = runs().get(0);
        assertThat(run.status()).isEqualTo(JobStatus.PENDING);
        assertThat(run.queue()).isEqualTo("reports");
        assertThat(run.priority()).isEqualTo(7);
        assertThat(run.userId()).isEqualTo("anna");
        assertThat(run.projectId()).isEqualTo("p-1");
        assertThat(run.maxAttempts()).isEqualTo(4);
        assertThat(run.timeLimit()).isEqualTo(Duration.ofSeconds(90));
        assertThat(Duration.between(run.createdAt(), run.expiresAt()))
                .isBetween(Duration.ofHours(2), Duration.ofMinutes(121));
        assertThat(run.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        assertThat(run.metadata()).containsExactly(Map.entry("tenant", "t-1"));
        if (fixture().store.labels().isPresent()) {
            assertThat(fixture().store.scan(JobQuery.all().label("tenant", "t-1")))
                    .extracting(Job::id)
                    .containsExactly(run.id());
        }
        assertThat(StoreFixture.json(run.input())).isEqualTo(StoreFixture.json("{\"kind\":\"daily\"}"));
        Progress progress = find(NAME).progress();
        assertThat(progress.lastFiredAt()).isEqualTo(nominal);
        assertThat(progress.nextAt()).isEqualTo(nominal.plus(PERIOD));
        assertThat(progress.fired()).isEqualTo(1);
        assertThat(progress.skipped()).isZero();
        assertThat(progress.runs()).containsExactly(run.id());

        ScheduleStore.Fired again = schedules().fireDue(10);
        assertThat(again.schedules()).isZero();
        assertThat(again.untilNext()).isBetween(Duration.ofMinutes(6), Duration.ofMinutes(7));
        assertThat(runs()).hasSize(1);
    }

    @Test
    @DisplayName("the same time has the same run, whatever the row says")
    void sameRun() {
        StoredSchedule before = due(NAME, "LATEST", "ALLOW", Duration.ofMinutes(3));
        schedules().fireDue(10);
        edited(NAME, row -> before);
        schedules().fireDue(10);
        assertThat(runs()).hasSize(1);
    }

    @Test
    @DisplayName("a schedule whose next time is missing gets one, and fires no earlier")
    void computed() {
        put(NAME, every(PERIOD, "LATEST", "SKIP"));
        edited(NAME, row -> row.with(LibraryOnly.KEY, Progress.NONE));
        assertThat(schedules().fireDue(10).jobs()).isZero();
        StoredSchedule read = find(NAME);
        assertThat(nextOf(read))
                .isEqualTo(Objects.requireNonNull(read.progress().anchor()).plus(PERIOD));
        assertThat(schedules().fireDue(10).schedules()).isZero();
    }

    @Test
    @DisplayName("without schedules nothing is due, ever")
    void none() {
        ScheduleStore.Fired fired = schedules().fireDue(10);
        assertThat(fired.untilNext()).isNull();
        assertThat(fired.schedules()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "LATEST, SKIP, 1, 3",
        "SKIP, SKIP, 0, 4",
        "'ALL(PT25M, 100)', ALLOW, 3, 1",
        "'ALL(PT10H, 2)', ALLOW, 2, 2"
    })
    @DisplayName("times that have passed fire or are skipped as the catch-up says")
    void catchesUp(String catchUp, String ifRunning, int jobs, long skipped) {
        Instant oldest = nextOf(due(NAME, catchUp, ifRunning, Duration.ofMinutes(33)));
        schedules().fireDue(10);
        Progress progress = find(NAME).progress();
        assertThat(runs()).hasSize(jobs);
        assertThat(progress.fired()).isEqualTo(jobs);
        assertThat(progress.skipped()).isEqualTo(skipped);
        assertThat(progress.nextAt()).isEqualTo(oldest.plus(PERIOD.multipliedBy(4)));
    }

    @Test
    @DisplayName("with SKIP a time that comes while a run is open is skipped")
    void skips() {
        due(NAME, "LATEST", "SKIP", Duration.ofMinutes(3));
        schedules().fireDue(10);
        planned(NAME, Duration.ofMinutes(2));
        schedules().fireDue(10);
        assertThat(runs()).hasSize(1);
        assertThat(find(NAME).progress().skipped()).isEqualTo(1);

        fixture().complete(fixture().claim(1).get(0));
        planned(NAME, Duration.ofMinutes(1));
        schedules().fireDue(10);
        assertThat(runs()).hasSize(2);
    }

    @Test
    @DisplayName("with BUFFER_ONE one run waits for the open one, and further ones are skipped")
    void buffers() {
        due(NAME, "LATEST", "BUFFER_ONE", Duration.ofMinutes(5));
        schedules().fireDue(10);
        Job first = fixture().claim(1).get(0);
        planned(NAME, Duration.ofMinutes(4));
        schedules().fireDue(10);
        planned(NAME, Duration.ofMinutes(3));
        schedules().fireDue(10);
        assertThat(runs()).extracting(Job::status).containsExactlyInAnyOrder(JobStatus.PROCESSING, JobStatus.WAITING);
        assertThat(find(NAME).progress().skipped()).isEqualTo(1);

        fixture().fail(first);
        assertThat(runs()).extracting(Job::status).containsExactlyInAnyOrder(JobStatus.FAILED, JobStatus.PENDING);
    }

    @Test
    @DisplayName("with CANCEL_RUNNING the open run is cancelled, and the new one waits until it has ended")
    void cancels() {
        due(NAME, "LATEST", "CANCEL_RUNNING", Duration.ofMinutes(5));
        schedules().fireDue(10);
        Job first = fixture().claim(1).get(0);
        planned(NAME, Duration.ofMinutes(4));
        schedules().fireDue(10);
        assertThat(fixture().find(first.id()).cancelRequestedAt()).isNotNull();
        assertThat(fixture().claim(10)).isEmpty();

        fixture().complete(first);
        assertThat(runs()).extracting(Job::status).containsExactlyInAnyOrder(JobStatus.CANCELLED, JobStatus.PENDING);
    }

    @Test
    @DisplayName("a run that is deleted between two times is no open run")
    void deletedRun() {
        due(NAME, "LATEST", "BUFFER_ONE", Duration.ofMinutes(5));
        edited(
                NAME,
                row -> row.with(LibraryOnly.KEY, row.progress().withRuns(LibraryOnly.KEY, List.of(UUID.randomUUID()))));
        schedules().fireDue(10);
        assertThat(runs()).extracting(Job::status).containsExactly(JobStatus.PENDING);
    }

    @Test
    @DisplayName("the times of a paused or retired schedule are skipped")
    void held() {
        due("paused", "LATEST", "SKIP", Duration.ofMinutes(3));
        due("retired", "LATEST", "SKIP", Duration.ofMinutes(13));
        edited("paused", row -> row.with(LibraryOnly.KEY, ReadModelFactory.pause(row.createdAt(), "anna", "holidays")));
        edited(
                "retired",
                row -> row.with(
                        LibraryOnly.KEY,
                        ReadModelFactory.scheduleDeclaration("shop", 1, row.createdAt(), row.createdAt())));
        assertThat(schedules().fireDue(10).jobs()).isZero();
        assertThat(find("paused").progress().skipped()).isEqualTo(1);
        assertThat(find("retired").progress().skipped()).isEqualTo(2);

        StoredSchedule resumed = schedules().change("paused", (row, facts) -> {
            StoredSchedule after = ScheduleRule.resumed(Objects.requireNonNull(row), facts);
            return ScheduleStore.Decision.of(after, after);
        });
        assertThat(resumed.pause()).isNull();
        planned("paused", Duration.ofMinutes(1));
        assertThat(schedules().fireDue(10).jobs()).isEqualTo(1);
    }

    @Test
    @DisplayName("a schedule that cannot be read says why, is looked at again a minute later, and harms no other")
    void unreadable() {
        due("bad-cron", "LATEST", "SKIP", Duration.ofMinutes(3));
        due("bad-queue", "LATEST", "SKIP", Duration.ofMinutes(3));
        due("good", "LATEST", "SKIP", Duration.ofMinutes(3));
        ScheduleDefinition every = every(PERIOD, "LATEST", "SKIP");
        edited(
                "bad-cron",
                row -> row.with(
                        LibraryOnly.KEY,
                        ReadModelFactory.scheduleDefinition(
                                "report",
                                "{}",
                                "61 * * * *",
                                null,
                                "UTC",
                                null,
                                null,
                                "LATEST",
                                "SKIP",
                                null,
                                "default",
                                5,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null)));
        edited(
                "bad-queue",
                row -> row.with(
                        LibraryOnly.KEY,
                        ReadModelFactory.scheduleDefinition(
                                "report",
                                "{}",
                                null,
                                every.period(),
                                "UTC",
                                null,
                                null,
                                "LATEST",
                                "SKIP",
                                null,
                                "no queue",
                                5,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null)));
        due("bad-period", "LATEST", "SKIP", Duration.ofMinutes(3));
        edited(
                "bad-period",
                row -> row.with(LibraryOnly.KEY, every(Duration.ofDays(400_000_000_000L), "LATEST", "SKIP")));
        schedules().fireDue(10);
        assertThat(runs()).hasSize(1);
        assertThat(find("bad-period").progress().error()).contains("PT9600000000000H");
        assertThat(find("good").progress().fired()).isEqualTo(1);
        assertThat(find("bad-cron").progress().error()).contains("61");
        assertThat(find("bad-queue").progress().error()).contains("no queue");
        assertThat(find("bad-queue").progress().skipped()).isEqualTo(1);
        ScheduleStore.Fired next = schedules().fireDue(10);
        assertThat(next.schedules()).isZero();
        assertThat(next.untilNext()).isLessThanOrEqualTo(Duration.ofMinutes(1));
    }

    @Test
    @DisplayName("a call decides about no more schedules than its limit, and the others are due at once")
    void limit() {
        for (int i = 0; i < 5; i++) {
            due("s" + i, "LATEST", "SKIP", Duration.ofMinutes(3));
        }
        assertThat(schedules().fireDue(2).schedules()).isEqualTo(2);
        assertThat(schedules().fireDue(2).untilNext()).isEqualTo(Duration.ZERO);
        schedules().fireDue(2);
        assertThat(runs()).hasSize(5);
    }
}
