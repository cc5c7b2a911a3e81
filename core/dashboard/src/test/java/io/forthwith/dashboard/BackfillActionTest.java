package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The question before a backfill")
class BackfillActionTest {
    private static final String ADDRESS = "act?do=backfill&name=tens";
    private final Stand stand = new Stand();

    @BeforeEach
    void schedule() {
        put(IfRunning.ALLOW);
    }

    private void put(IfRunning ifRunning) {
        stand.jobs
                .schedules()
                .put(Schedule.of("tens", Stand.MAIL, "x")
                        .every(Duration.ofMinutes(10))
                        .ifRunning(ifRunning));
    }

    private String page(String more) {
        return stand.get(ADDRESS + more, Access.view("ada").actOnQueues()).text();
    }

    private String text(String more) {
        return Stand.words(page(more));
    }

    @Test
    @DisplayName("asks for two times first, in a form that changes nothing")
    void asks() {
        assertThat(page(""))
                .contains("<form class=\"confirm filters\" method=\"get\" action=\"act\"", "Show the times first")
                .doesNotContain("method=\"post\"");
    }

    @Test
    @DisplayName("says how many times lie between the two, which are the first and the last, and freezes the two")
    void count() {
        String page = page("&from=5h&to=1h");

        assertThat(Stand.words(page))
                .contains("24 times from 2026-03-04 05:30:00.000 UTC until 2026-03-04 09:30:00.000 UTC .")
                .contains("None of them has a job yet: 24 jobs are enqueued.")
                .containsSubsequence(
                        "The first", "05:30:00", "05:40:00", "05:50:00", "The last", "09:00:00", "09:20:00")
                .doesNotContain("06:00:00");
        assertThat(page)
                .contains("name=\"from\" value=\"2026-03-04T05:30:00Z\"", "name=\"to\" value=\"2026-03-04T09:30:00Z\"");
        assertThat(stand.jobs.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("says which times have a job already, and offers nothing if all have one")
    void known() {
        stand.jobs
                .schedules()
                .backfill("tens", Stand.BEGIN.minus(Duration.ofMinutes(60)), Stand.BEGIN.minus(Duration.ofMinutes(40)));

        assertThat(text("&from=1h&to=20m"))
                .contains("4 times", "2 of them have a job already, which stays as it is: 2 jobs are enqueued.")
                .contains("All of them", "has a job:");
        assertThat(page("&from=60m&to=40m")).contains("nothing is enqueued").doesNotContain("method=\"post\"");
    }

    @Test
    @DisplayName("says of many times only that those with a job keep it, and of more than a thousand that it goes on")
    void many() {
        assertThat(text("&from=20h&to=1h")).contains("114 times", "A time that has a job already keeps it");
        assertThat(text("&from=9d&to=1h"))
                .contains("1,000 times", "There are more than 1,000: these are the first", "The last")
                .doesNotContain("1,001");
    }

    private DashboardResponse post(String form) {
        Dashboard dashboard = Stand.dashboard(stand.store, stand.clock)
                .access(request -> Access.view("ada").actOnQueues());
        return dashboard.handle(Requests.post("/" + ADDRESS, form, new Object()));
    }

    @Test
    @DisplayName("wants the number of more than ten times, written by hand, and the server checks it")
    void number() {
        assertThat(page("&from=2h&to=20m"))
                .contains("name=\"expected\" value=\"10\"", "type=\"hidden\" name=\"confirm\" value=\"10\"");
        assertThat(page("&from=2h&to=10m"))
                .contains("To go on, write the number 11:", "name=\"expected\" value=\"11\"")
                .doesNotContain("type=\"hidden\" name=\"confirm\"");
        String times = "from=2h&to=10m";

        for (String wrong : List.of("", "&confirm=11", "&expected=11", "&expected=11&confirm=10")) {
            DashboardResponse refused = post(times + wrong);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("Nothing was changed");
        }
        DashboardResponse forged = post(times + "&expected=1&confirm=1");
        assertThat(forged.status()).isEqualTo(409);
        assertThat(forged.text()).contains("Nothing was changed", "11 now, and the number that was written is 1");
        assertThat(stand.jobs.countByScan(JobQuery.all())).isZero();

        assertThat(post(times + "&expected=11&confirm=11").text()).contains("11 times now have a run");
        assertThat(stand.jobs.countByScan(JobQuery.all())).isEqualTo(11);
    }

    @Test
    @DisplayName("comes again for the times that are left after the first thousand")
    void goesOn() {
        String done = post("from=9d&to=1h&expected=1000&confirm=1000").text();

        assertThat(done).contains("1,000 times now have a run").doesNotContain("method=\"post\"");
        Matcher link = Pattern.compile("href=\"act([^\"]+from=[^\"]+)\"").matcher(done);
        assertThat(link.find()).as(done).isTrue();
        assertThat(stand.get(
                                "act" + link.group(1).replace("&amp;", "&"),
                                Access.view("ada").actOnQueues())
                        .text())
                .contains("290 times", "To go on, write the number 290:");
    }

    @ParameterizedTest
    @CsvSource({
        "&from=1h,Write each as",
        "&from=soon&to=1h,Write each as",
        "&from=1h&to=2h,The end comes before the first time",
        "&from=1h&to=2026-03-04T10:31Z,The end has not come yet",
        "&from=2026-03-04T10:01Z&to=2026-03-04T10:09Z,The schedule has no time between the two"
    })
    @DisplayName("says what is wrong with two times, and keeps them in its fields")
    void wrong(String times, String problem) {
        String page = page(times);

        assertThat(page).contains(problem, "Show the times first").doesNotContain("method=\"post\"");
        assertThat(page).containsPattern("name=\"from\" required=\"\" value=\"[^\"]+\"");
    }

    @Test
    @DisplayName("says why a schedule whose runs may not overlap has no backfill, and which one is not there")
    void refused() {
        put(IfRunning.SKIP);

        assertThat(text("&from=2h&to=1h")).contains("may not overlap");
        assertThat(stand.get(
                                "act?do=backfill&name=none&from=2h&to=1h",
                                Access.view("ada").actOnQueues())
                        .status())
                .isEqualTo(404);
    }

    @Test
    @DisplayName("shows the times in the zone of the schedule too")
    void zone() {
        stand.jobs
                .schedules()
                .put(Schedule.of("tens", Stand.MAIL, "x")
                        .cron("0 * * * *")
                        .zone(java.time.ZoneId.of("Europe/Berlin"))
                        .ifRunning(IfRunning.ALLOW));

        assertThat(text("&from=3h&to=1h")).contains("Europe/Berlin", "2026-03-04 09:00:00.000 +01:00");
    }

    @Test
    @DisplayName("speaks Chinese")
    void chinese() {
        assertThat(text("&from=2h&to=1h&lang=zh")).contains("6 个时间点", "它们都还没有任务：将提交 6 个任务");
    }
}
