package io.forthwith.store.kit.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Declaration;
import io.forthwith.schedule.StoredSchedule.Pause;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public abstract class SchedulingContract {
    private static final String NAME = "nightly";
    private static final Duration PERIOD = Duration.ofMinutes(10);

    public abstract StoreFixture fixture();

    @BeforeEach
    void hasSchedules() {
        assumeTrue(fixture().store.schedules().isPresent(), "this store has no schedules");
    }

    private ScheduleStore schedules() {
        return fixture().store.schedules().orElseThrow();
    }

    private static ScheduleDefinition every(Duration period, String catchUp, String ifRunning) {
        return new ScheduleDefinition(
                "report",
                "{\"kind\":\"daily\"}",
                null,
                period.toString(),
                "UTC",
                null,
                null,
                catchUp,
                ifRunning,
                null,
                "default",
                5,
                null,
                null,
                null,
                null,
                null);
    }

    /** A schedule of ten minutes whose next times are these long ago and later. */
    private StoredSchedule due(String name, String catchUp, String ifRunning, Duration ago) {
        put(name, every(PERIOD, catchUp, ifRunning));
        return planned(name, ago);
    }

    private DeclarationRule.Outcome put(String name, ScheduleDefinition definition) {
        return schedules()
                .change(name, (row, facts) -> DeclarationRule.put(row, facts, name, UUID.randomUUID(), definition));
    }

    /** Moves the next time to so long ago, and the anchor with it. */
    private StoredSchedule planned(String name, Duration ago) {
        return schedules().change(name, (row, facts) -> {
            Progress before = Objects.requireNonNull(row).progress();
            Instant next = facts.now().minus(ago);
            StoredSchedule after = row.with(new Progress(
                    next, before.fingerprint(), next, null, before.fired(), before.skipped(), null, before.runs()));
            return ScheduleStore.Decision.of(after, after);
        });
    }

    private StoredSchedule edited(String name, UnaryOperator<StoredSchedule> edit) {
        return schedules().change(name, (row, facts) -> {
            StoredSchedule after = edit.apply(Objects.requireNonNull(row));
            return ScheduleStore.Decision.of(after, after);
        });
    }

    private StoredSchedule find(String name) {
        return schedules().find(name).orElseThrow();
    }

    private List<Job> runs() {
        return fixture().store.list(JobQuery.all().type("report"));
    }

    private static Instant nextOf(StoredSchedule schedule) {
        return Objects.requireNonNull(schedule.progress().nextAt());
    }

    @Test
    @DisplayName("a schedule keeps all that it is told")
    void keepsAll() {
        Instant time = Instant.parse("2031-02-03T04:05:06.789Z");
        ScheduleDefinition definition = new ScheduleDefinition(
                "report",
                "{\"kind\":\"日报\"}",
                "0 3 * * *",
                null,
                "Europe/Berlin",
                "SKIP",
                "BOTH",
                "ALL(PT1H, 7)",
                "ALLOW",
                "PT30S",
                "reports",
                7,
                "Zoë",
                "p-1",
                4,
                Duration.ofMillis(1500),
                Locale.SIMPLIFIED_CHINESE);
        StoredSchedule whole = new StoredSchedule(
                NAME,
                UUID.randomUUID(),
                time.minusSeconds(9),
                definition,
                new Declaration("shop", 9_000_000_000L, time.minusSeconds(5), time.minusSeconds(4)),
                new Pause(time.minusSeconds(3), "anna", "线路维护"),
                new Progress(
                        null,
                        "abc",
                        time,
                        time.minusSeconds(2),
                        5_000_000_000L,
                        6_000_000_000L,
                        "Broken",
                        List.of(UUID.randomUUID(), UUID.randomUUID())));
        schedules().change(NAME, (row, facts) -> ScheduleStore.Decision.of(true, whole));

        StoredSchedule read = find(NAME);
        assertThat(StoreFixture.json(read.definition().input())).isEqualTo(StoreFixture.json(definition.input()));
        ScheduleDefinition kept = read.definition();
        assertThat(read.with(definition)).isEqualTo(whole);
        assertThat(kept).usingRecursiveComparison().ignoringFields("input").isEqualTo(definition);
        assertThat(schedules().find("none")).isEmpty();
    }

    @Test
    @DisplayName("schedules are listed page by page in the order of their names, and can be deleted")
    void lists() {
        for (String name : List.of("b", "C", "a", "d-1", "B")) {
            put(name, every(PERIOD, "LATEST", "SKIP"));
        }
        List<String> names = new ArrayList<>();
        List<StoredSchedule> page = schedules().list(null, 2);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(2);
            page.forEach(schedule -> names.add(schedule.name()));
            page = schedules().list(names.get(names.size() - 1), 2);
        }
        assertThat(names).containsExactly("B", "C", "a", "b", "d-1");

        schedules().change("a", (row, facts) -> ScheduleStore.Decision.of(true, null));
        assertThat(schedules().find("a")).isEmpty();
        assertThat(schedules().list(null, 10)).hasSize(4);
    }

    @Test
    @DisplayName("a change that throws writes nothing, and its exception reaches the caller")
    void throwing() {
        put(NAME, every(PERIOD, "LATEST", "SKIP"));
        StoredSchedule before = find(NAME);
        assertThatThrownBy(() -> schedules().change(NAME, (row, facts) -> {
                    throw new IllegalStateException("on purpose");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("on purpose");
        assertThat(find(NAME)).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "a time that has come enqueues one job with all that the schedule says, and the next time follows from it")
    void fires() {
        ScheduleDefinition definition = new ScheduleDefinition(
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
                Locale.SIMPLIFIED_CHINESE);
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
        assertThat(run.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
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
        edited(NAME, row -> row.with(Progress.NONE));
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
        edited(NAME, row -> row.with(row.progress().withRuns(List.of(UUID.randomUUID()))));
        schedules().fireDue(10);
        assertThat(runs()).extracting(Job::status).containsExactly(JobStatus.PENDING);
    }

    @Test
    @DisplayName("the times of a paused or retired schedule are skipped")
    void held() {
        due("paused", "LATEST", "SKIP", Duration.ofMinutes(3));
        due("retired", "LATEST", "SKIP", Duration.ofMinutes(13));
        edited("paused", row -> row.with(new Pause(row.createdAt(), "anna", "holidays")));
        edited("retired", row -> row.with(new Declaration("shop", 1, row.createdAt(), row.createdAt())));
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
                row -> row.with(new ScheduleDefinition(
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
                        null)));
        edited(
                "bad-queue",
                row -> row.with(new ScheduleDefinition(
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
                        null)));
        due("bad-period", "LATEST", "SKIP", Duration.ofMinutes(3));
        edited("bad-period", row -> row.with(every(Duration.ofDays(400_000_000_000L), "LATEST", "SKIP")));
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
    @DisplayName("what is run by hand has a job at once, also while the schedule is paused, and keeps to ifRunning")
    void runNow() {
        put(NAME, every(PERIOD, "LATEST", "SKIP"));
        edited(NAME, row -> row.with(new Pause(row.createdAt(), null, null)));
        UUID first = new UUID(1, 1);
        UUID second = new UUID(1, 2);
        assertThat(runNow(first)).isEqualTo(first);
        assertThat(runNow(first)).isEqualTo(first);
        assertThat(runNow(second)).isEqualTo(first);
        assertThat(runs()).extracting(Job::id).containsExactly(first);
    }

    private UUID runNow(UUID id) {
        return schedules().change(NAME, (row, facts) -> ScheduleRule.runNow(Objects.requireNonNull(row), facts, id));
    }

    @Test
    @DisplayName("a backfill enqueues each past time once, in pieces, and never a time to come")
    void backfill() {
        put(NAME, every(PERIOD, "LATEST", "ALLOW"));
        Instant anchor = Objects.requireNonNull(find(NAME).progress().anchor());
        Instant from = anchor.minus(PERIOD.multipliedBy(5));
        List<Instant> first = backfill(from, anchor, 3);
        assertThat(first).containsExactly(from, from.plus(PERIOD), from.plus(PERIOD.multipliedBy(2)));
        assertThat(backfill(from, anchor, 100)).hasSize(5);
        assertThat(runs()).hasSize(5);
        assertThatThrownBy(() -> backfill(from, anchor.plus(1, ChronoUnit.DAYS), 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("before they come");
        put(NAME, every(PERIOD, "LATEST", "SKIP"));
        assertThatThrownBy(() -> backfill(from, anchor, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ALLOW");
        assertThat(runs()).hasSize(5);
    }

    private List<Instant> backfill(Instant from, Instant to, int most) {
        return schedules()
                .change(
                        NAME,
                        (row, facts) -> ScheduleRule.backfill(Objects.requireNonNull(row), facts, from, to, most));
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

    @Test
    @DisplayName("workers that look at the same moment fire each time once")
    void atTheSameMoment() {
        int count = 20;
        for (int i = 0; i < count; i++) {
            due("s" + i, "ALL(PT10H, 100)", "ALLOW", Duration.ofMinutes(25));
        }
        RacingThreads.race(4, thread -> () -> {
            int jobs = 0;
            for (int round = 0; round < 4; round++) {
                jobs += schedules().fireDue(8).jobs();
            }
            return jobs;
        });
        while (schedules().fireDue(8).schedules() > 0) {
            // The last of them may have met locks.
        }
        Set<UUID> ids = new HashSet<>();
        runs().forEach(run -> ids.add(run.id()));
        assertThat(ids).hasSize(3 * count);
        for (int i = 0; i < count; i++) {
            assertThat(find("s" + i).progress().fired()).isEqualTo(3);
        }
    }

    @Test
    @DisplayName("calls that make the same schedule at the same moment make one")
    void madeAtOnce() {
        List<UUID> answers = RacingThreads.race(
                4,
                thread -> () -> schedules().change(NAME, (row, facts) -> {
                    if (row != null) {
                        return ScheduleStore.Decision.of(row.creationId(), row);
                    }
                    UUID id = UUID.randomUUID();
                    StoredSchedule made = DeclarationRule.put(null, facts, NAME, id, every(PERIOD, "LATEST", "SKIP"))
                            .row();
                    return ScheduleStore.Decision.of(id, made);
                }));
        assertThat(new HashSet<>(answers)).containsExactly(find(NAME).creationId());
    }

    @Test
    @DisplayName("fireDue and a run by hand at the same moment never open two runs of a schedule that skips")
    void neverTwo() {
        for (int round = 0; round < 10; round++) {
            String name = "s" + round;
            due(name, "LATEST", "SKIP", Duration.ofMinutes(3));
            UUID id = UUID.randomUUID();
            RacingThreads.race(
                    3,
                    thread -> () -> thread == 0
                            ? schedules()
                                    .change(
                                            name,
                                            (row, facts) -> ScheduleRule.runNow(Objects.requireNonNull(row), facts, id))
                            : schedules().fireDue(10));
            assertThat(runs()).as(name).hasSize(round + 1);
        }
    }
}
