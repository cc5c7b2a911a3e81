package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ScheduleChangesContract extends ScheduleScenario {
    @Test
    @DisplayName("a schedule keeps all that it is told")
    void keepsAll() {
        Instant time = Instant.parse("2031-02-03T04:05:06.789Z");
        ScheduleDefinition definition = ReadModelFactory.scheduleDefinition(
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
                Locale.SIMPLIFIED_CHINESE,
                "{\"tenant\":\"zürich\"}",
                Duration.ofMillis(2500),
                null);
        StoredSchedule whole = ReadModelFactory.storedSchedule(
                NAME,
                UUID.randomUUID(),
                time.minusSeconds(9),
                definition,
                ReadModelFactory.scheduleDeclaration(
                        "shop", 9_000_000_000L, time.minusSeconds(5), time.minusSeconds(4)),
                ReadModelFactory.pause(time.minusSeconds(3), "anna", "线路维护"),
                ReadModelFactory.scheduleProgress(
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
        assertThat(read.with(LibraryOnly.KEY, definition)).isEqualTo(whole);
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
            "several schedules change in one call: made, changed and deleted ones; all of them, or none if one change throws")
    void severalAtOnce() {
        put("b", every(PERIOD, "LATEST", "SKIP"));
        put("c", every(PERIOD, "LATEST", "SKIP"));
        Map<String, ScheduleStore.Change<Boolean>> changes = new HashMap<>();
        changes.put("a", (row, facts) -> {
            StoredSchedule made = DeclarationRule.put(row, facts, "a", new UUID(1, 1), every(PERIOD, "LATEST", "ALLOW"))
                    .row();
            return ScheduleStore.Decision.of(row == null, made);
        });
        changes.put(
                "b",
                (row, facts) -> ScheduleStore.Decision.of(
                        row != null,
                        Objects.requireNonNull(row)
                                .with(LibraryOnly.KEY, ReadModelFactory.pause(facts.now(), "me", null))));
        changes.put("c", (row, facts) -> ScheduleStore.Decision.of(row != null, null));
        changes.put("d", (row, facts) -> {
            throw new IllegalStateException("on purpose");
        });
        List<StoredSchedule> before = schedules().list(null, 10);
        assertThatThrownBy(() -> schedules().changeAll(changes)).hasMessage("on purpose");
        assertThat(schedules().list(null, 10)).isEqualTo(before);

        changes.put("d", (row, facts) -> ScheduleStore.Decision.of(row != null, row));
        assertThat(schedules().changeAll(changes))
                .containsOnly(entry("a", true), entry("b", true), entry("c", true), entry("d", false));
        assertThat(schedules().list(null, 10)).extracting(StoredSchedule::name).containsExactly("a", "b");
        assertThat(find("a").creationId()).isEqualTo(new UUID(1, 1));
        assertThat(Objects.requireNonNull(find("b").pause()).by()).isEqualTo("me");
    }

    @Test
    @DisplayName(
            "those that cannot fire are named with their errors, without those that are paused, and not after another definition was put")
    void failing() {
        for (String name : List.of("a", "b", "c")) {
            put(name, every(PERIOD, "LATEST", "SKIP"));
            schedules()
                    .change(
                            name,
                            (row, facts) -> ScheduleRule.cannotFire(
                                    Objects.requireNonNull(row), facts, "no paper for " + name));
        }
        put("d", every(PERIOD, "LATEST", "SKIP"));
        edited("b", row -> row.with(LibraryOnly.KEY, ReadModelFactory.pause(row.createdAt(), null, null)));
        assertThat(schedules().failing(10)).containsOnly(entry("a", "no paper for a"), entry("c", "no paper for c"));
        assertThat(schedules().failing(1)).containsOnlyKeys("a");
        put("a", every(PERIOD.multipliedBy(2), "LATEST", "SKIP"));
        put("c", every(PERIOD, "LATEST", "ALLOW"));
        assertThat(schedules().failing(10)).isEmpty();
    }

    @Test
    @DisplayName("what is run by hand has a job at once, also while the schedule is paused, and keeps to ifRunning")
    void runNow() {
        put(NAME, every(PERIOD, "LATEST", "SKIP"));
        edited(NAME, row -> row.with(LibraryOnly.KEY, ReadModelFactory.pause(row.createdAt(), null, null)));
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

    private List<Instant> backfill(Instant from, Instant to, int atMost) {
        return schedules()
                .change(
                        NAME,
                        (row, facts) -> ScheduleRule.backfill(Objects.requireNonNull(row), facts, from, to, atMost));
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
    @DisplayName("calls that make and change the same schedules at the same moment do so one after the other")
    void severalAtTheSameMoment() {
        int count = 12;
        int rounds = 5;
        int threads = 4;
        RacingThreads.race(threads, thread -> () -> {
            for (int round = 0; round < rounds; round++) {
                Map<String, ScheduleStore.Change<Boolean>> changes = new HashMap<>();
                for (int i = 0; i < count; i++) {
                    String name = "s" + i;
                    changes.put(name, (row, facts) -> {
                        StoredSchedule made = row != null
                                ? row
                                : Objects.requireNonNull(DeclarationRule.put(
                                                null, facts, name, UUID.randomUUID(), every(PERIOD, "LATEST", "SKIP"))
                                        .row());
                        Progress progress = made.progress();
                        return ScheduleStore.Decision.of(
                                true,
                                made.with(
                                        LibraryOnly.KEY,
                                        ReadModelFactory.scheduleProgress(
                                                progress.anchor(),
                                                progress.fingerprint(),
                                                progress.nextAt(),
                                                null,
                                                progress.fired() + 1,
                                                0,
                                                null,
                                                progress.runs())));
                    });
                }
                changedAtLast(changes);
            }
            return true;
        });
        assertThat(schedules().list(null, 100))
                .hasSize(count)
                .allSatisfy(schedule -> assertThat(schedule.progress().fired()).isEqualTo((long) threads * rounds));
    }

    /** Repeats it while others have locked one of them. */
    private void changedAtLast(Map<String, ScheduleStore.Change<Boolean>> changes) {
        while (true) {
            try {
                schedules().changeAll(changes);
                return;
            } catch (JobStoreException held) {
                assertThat(held.kind()).as("%s", held).isEqualTo(JobStoreException.Kind.TRANSIENT);
                Thread.onSpinWait();
            }
        }
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
