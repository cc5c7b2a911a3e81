package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.internal.data.NextRuns;
import io.forthwith.dashboard.internal.page.SchedulesPage;
import io.forthwith.dashboard.internal.view.ScheduleLinks;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page of schedules")
class SchedulesPageTest {
    private final Stand stand = new Stand();

    private void put(Schedule schedule) {
        stand.jobs.schedules().put(schedule);
    }

    private static Schedule often(String name) {
        return Schedule.of(name, Stand.MAIL, "x").every(Duration.ofMinutes(1));
    }

    private void fireAfterAMinute() {
        stand.later(Duration.ofMinutes(1));
        stand.schedules().fireDue(10);
    }

    /** The row in the lower table, as text. */
    private String row(String name) {
        String page = stand.page("schedules");
        int begin = page.indexOf("<tr id=\"" + ScheduleLinks.anchor(name) + "\"");
        assertThat(begin).as("the row of %s", name).isPositive();
        return Stand.words(page.substring(begin, page.indexOf("<td class=\"message\"", begin)))
                + Stand.words(page.substring(page.indexOf("<td class=\"message\"", begin)));
    }

    @Test
    @DisplayName("shows how to declare one if there is none")
    void none() {
        assertThat(stand.text("schedules")).contains("Schedule nightly = Schedule.of(", "No run is planned");
    }

    @Test
    @DisplayName("shows the next five times in the zone of the schedule and in that of the viewer")
    void nextTimes() {
        put(Schedule.of("nightly", Stand.MAIL, "x").cron("0 3 * * *").zone(ZoneId.of("Europe/Berlin")));

        String page = stand.page("schedules");

        assertThat(Stand.words(page))
                .contains(
                        "0 3 * * * Europe/Berlin",
                        "The next 5 times",
                        "2026-03-05 03:00:00.000 +01:00",
                        "2026-03-09 03:00:00.000 +01:00")
                .doesNotContain("2026-03-10");
        assertThat(page).contains("datetime=\"2026-03-05T02:00:00Z\">2026-03-05 02:00:00.000 UTC<");
    }

    @Test
    @DisplayName("reads times without a change to the store")
    void changesNothing() {
        put(often("often"));
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            assertThat(call).isIn("schedules", "search", "find", "queues");
            return null;
        }));
        StoredSchedule before = stand.schedule("often");

        String text =
                Stand.words(new SchedulesPage().content(stand.view()).body().toString());

        assertThat(text).contains("The next 5 times");
        assertThat(stand.schedule("often")).isEqualTo(before);
    }

    @Test
    @DisplayName("says in words what a schedule enqueues and what becomes of its times")
    void words() {
        put(Schedule.of("sums", Stand.MAIL, "x")
                .every(Duration.ofMinutes(90))
                .ifRunning(IfRunning.ALLOW)
                .catchUp(CatchUp.all(Duration.ofDays(2), 20))
                .jitter(Duration.ofMinutes(3))
                .job(job -> job.queue("reports").limit("api", "key-1", 5).limit("tenant", "acme")));

        assertThat(row("sums"))
                .contains("Enqueues mail → reports", "Its jobs are under the limits api:key-1 × 5, tenant:acme")
                .contains("every 1 h 30 min", "If the last run is open: both run")
                .contains("After an outage: the newest 20 missed times of the last 2 d fire")
                .contains("Each run is delayed by up to 3 min");
    }

    @Test
    @DisplayName(
            "links to the newest run with its status, also after it has ended, and counts what fired and was skipped")
    void lastRun() {
        put(often("often"));
        assertThat(row("often")).contains("never");
        fireAfterAMinute();
        StoredSchedule fired = stand.schedule("often");
        UUID id =
                ScheduledRunIds.of("often", fired.creationId(), fired.progress().lastFiredAt());

        fireAfterAMinute();

        assertThat(stand.page("schedules")).contains("job?id=" + id);
        assertThat(row("often")).contains("○ pending", "1 min ago 1 1 ");
        stand.jobs.cancel(id);
        assertThat(row("often")).contains("⊘ cancelled");
    }

    @Test
    @DisplayName("says that the newest run is deleted")
    void deletedRun() {
        put(often("often"));
        fireAfterAMinute();
        stand.reading(Stand.answering(stand.store, (call, arguments) -> call.equals("find") ? Optional.empty() : null));

        String text =
                Stand.words(new SchedulesPage().content(stand.view()).body().toString());

        assertThat(text).contains("deleted");
    }

    @Test
    @DisplayName("says who has paused a schedule, when and why")
    void paused() {
        put(often("often"));
        stand.jobs.schedules().pause("often", Pause.by("anna").because("<i>broken</i>"));
        stand.later(Duration.ofMinutes(3));

        assertThat(row("often")).contains("‖ paused 3 min ago , by anna : &lt;i&gt;broken", "does not fire");
        assertThat(stand.text("schedules")).contains("No run is planned");
    }

    @Test
    @DisplayName("says that no worker declares a schedule any more")
    void retired() {
        put(often("often"));
        stand.write(stand.schedule("often")
                .with(LibraryOnly.KEY, ReadModelFactory.scheduleDeclaration("shop", 42, Stand.BEGIN, Stand.BEGIN)));
        stand.later(Duration.ofMinutes(3));

        assertThat(row("often")).contains("Declared by shop 42", "⊘ retired No worker has declared it since 3 min ago");
    }

    @Test
    @DisplayName(
            "shows why a schedule by SQL cannot fire, as text that goes through the redactor, and what it holds as it is")
    void unreadable() {
        stand.write(Stand.row("broken", "<b>never", "Mars/Olympus", "SOMETIMES", "PERHAPS"));

        assertThat(row("broken"))
                .contains("✕ cannot fire", "&lt;b&gt;never Mars/Olympus")
                .contains("After an outage: SOMETIMES", "If the last run is open: PERHAPS");
        View view = stand.view(Locale.ENGLISH, Duration.ofSeconds(20), text -> "***");
        assertThat(Stand.words(new SchedulesPage().content(view).body().toString()))
                .contains("✕ cannot fire ***");
    }

    @Test
    @DisplayName("shows the stored error of a schedule")
    void storedError() {
        stand.write(Stand.row("broken", "never", "UTC", "LATEST", "SKIP"));
        stand.schedules().fireDue(10);

        assertThat(row("broken")).contains("✕ cannot fire").contains("never");
    }

    @Test
    @DisplayName("marks a time that is late")
    void late() {
        put(often("often"));
        stand.later(Duration.ofMinutes(4));

        assertThat(row("often")).contains("3 min ago ⚠ late");
    }

    @Test
    @DisplayName(
            "shows the next runs of all schedules in the order in which they come, two of each: one that fires each second leaves room")
    void coming() {
        put(Schedule.of("a", Stand.MAIL, "x").every(Duration.ofMinutes(4)));
        put(Schedule.of("b", Stand.MAIL, "x").every(Duration.ofMinutes(10)));
        put(Schedule.of("c", Stand.MAIL, "x").cron("0 0 1 1 *"));
        put(Schedule.of("tick", Stand.MAIL, "x").every(Duration.ofSeconds(1)));

        assertThat(NextRuns.of(stand.jobs.schedules().list().toList(), stand.clock.instant(), 8))
                .extracting(run -> run.schedule().name()
                        + Duration.between(Stand.BEGIN, run.at()).toSeconds())
                .startsWith("tick1", "tick2", "a240", "a480", "b600", "b1200")
                .hasSize(8)
                .allMatch(run -> run.matches("(tick|a|b|c)\\d+"));
        assertThat(stand.text("schedules")).contains("Next runs of all schedules", "in 4 min", "At most 2 of each");
    }

    @Test
    @DisplayName("shows fifty a page, and goes on after the last one")
    void pages() {
        for (int i = 0; i < 51; i++) {
            put(often("s%02d".formatted(i)));
        }

        assertThat(stand.page("schedules"))
                .contains("id=\"s-s49\"", "schedules?after=s49")
                .doesNotContain("id=\"s-s50\"");
        assertThat(stand.page("schedules?after=s49"))
                .contains("id=\"s-s50\"", ">First page<")
                .doesNotContain("id=\"s-s49\"", ">Next page<");
    }

    @Test
    @DisplayName("begins with the schedule to which a link leads, on whatever page it is")
    void link() {
        for (int i = 0; i < 60; i++) {
            put(often("s%02d".formatted(i)));
        }
        String link = ScheduleLinks.link(stand.view(), "s55");

        assertThat(link).isEqualTo("schedules?from=s55#s-s55");
        assertThat(stand.page("schedules?from=s55"))
                .contains("id=\"s-s55\"", "id=\"s-s59\"")
                .doesNotContain("id=\"s-s54\"");
    }

    @Test
    @DisplayName("gives each name another anchor, which is valid in HTML and in an address")
    void anchors() {
        assertThat(ScheduleLinks.anchor("nightly-report")).isEqualTo("s-nightly-report");
        assertThat(ScheduleLinks.anchor("a b'\"/ü")).matches("sx-[0-9a-f]{32}");
        // Equal by String.hashCode.
        assertThat(ScheduleLinks.anchor("Aa:1")).isNotEqualTo(ScheduleLinks.anchor("BB:1"));
    }

    @Test
    @DisplayName("says that the store is too slow, not that there is no schedule")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        String text = Stand.words(new SchedulesPage().content(view).body().toString());
        latch.countDown();

        assertThat(text).contains("did not answer within 2 s").doesNotContain("There is no schedule");
    }

    @Test
    @DisplayName("says that a store keeps no schedules")
    void notKept() {
        stand.reading(
                Stand.answering(stand.store, (call, arguments) -> call.equals("schedules") ? Optional.empty() : null));

        String text =
                Stand.words(new SchedulesPage().content(stand.view()).body().toString());

        assertThat(text).contains("This store does not keep this");
    }

    @Test
    @DisplayName("is closed to somebody who sees the jobs of one user only")
    void scoped() {
        put(often("secret"));

        DashboardResponse response = stand.get("schedules", Access.view("me").onlyUser("u"));

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).doesNotContain("secret");
    }

    @Test
    @DisplayName("speaks Chinese")
    void chinese() {
        put(often("often"));

        assertThat(stand.text("schedules?lang=zh")).contains("每隔 1 分", "接下来的 5 次");
    }
}
