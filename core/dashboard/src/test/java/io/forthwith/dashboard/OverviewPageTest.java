package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.page.OverviewPage;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.limit.Pause;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The overview")
class OverviewPageTest {
    private final Stand stand = new Stand();

    @Test
    @DisplayName("says that all is well if nothing is wrong")
    void well() {
        assertThat(stand.text(""))
                .contains(
                        "All is well",
                        "0 due now",
                        "No attempt that completed, failed or is tried again is counted in this time: 1 hour.");
    }

    @Test
    @DisplayName("lists what needs somebody, each with a link to where it is seen")
    void needs() {
        stand.enqueue("mail", "default");

        String page = stand.page("");

        assertThat(Stand.words(page)).contains("1 thing needs you", "No worker is alive, and 1 job is due");
        assertThat(page).contains("<a href=\"workers\">No worker is alive");
    }

    @Test
    @DisplayName("shows a paused queue with due jobs as a note that is not counted")
    void notes() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "default");
        stand.jobs.pauseQueue("default", Pause.by("anna").because("broken"));

        assertThat(stand.text("")).contains("All is well", "Queue default is paused, and 1 job is due in it");
    }

    @Test
    @DisplayName(
            "leads from the number of due jobs to the queues that have some, and from that of later jobs to those that have later ones")
    void duePerQueue() {
        stand.enqueue("mail", "busy");
        stand.enqueue("mail", "busy");
        stand.enqueue("mail", "active");
        stand.jobs.enqueue(JobsInStore.job("mail").queue("calm").delay(Duration.ofHours(1)));

        assertThat(stand.page("")).contains("href=\"queues?with=due\"", "href=\"queues?with=scheduled\"");
        assertThat(stand.text("queues?with=due"))
                .containsPattern("Queues with jobs that are due now.*busy.*active")
                .doesNotContain("calm");
        assertThat(stand.text("queues?with=scheduled"))
                .contains("Queues with jobs that are due later", "calm")
                .doesNotContain("busy");
        assertThat(stand.text("queues?with=x")).contains("busy", "calm").doesNotContain("Queues with jobs");
    }

    @Test
    @DisplayName("says that there may be more if not all could be read")
    void notAll() {
        stand.enqueue("mail", "default");
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("overdue")) {
                throw new IllegalStateException("no connection");
            }
            return null;
        }));

        String text =
                Stand.words(new OverviewPage().content(stand.view()).body().toString());

        assertThat(text).contains("At least 1 thing needs you", "There may be more: not all could be read");
    }

    @Test
    @DisplayName("says the same above every page and on its own, also if something changes while it is read")
    void sameInHeader() {
        stand.enqueue("mail", "default");
        JobStore changing = Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("countUpTo")) {
                stand.clock.advance(Duration.ofMinutes(1));
                stand.worker("dead", null, "1.0", Duration.ZERO);
            }
            return null;
        });

        String page = Stand.words(Stand.dashboard(changing, stand.clock)
                .access(request -> Access.view("me"))
                .handle(Requests.get("/"))
                .text());

        List<String> counts = Pattern.compile("\\d+ things? needs? you")
                .matcher(page)
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(counts).hasSize(2);
        assertThat(Set.copyOf(counts)).hasSize(1);
    }

    @Test
    @DisplayName("leads to what failed in the last day, and to all failures of the span that is chosen")
    void failuresOfTheDay() {
        assertThat(stand.page("?span=7d"))
                .contains("href=\"jobs?status=failed&amp;since=24h\">", "in the last 24 hours and are failed now")
                .contains("href=\"failures?span=7d\">All failures");
    }

    @Test
    @DisplayName("says of which time the longest waits are: a minute has longer ones than its hour")
    void waits() {
        stand.ended("default", "mail", Outcome.COMPLETED, 5, 3);

        assertThat(stand.text("")).containsPattern("95 of 100 started within [^,]+, in the slowest minute");
        assertThat(stand.text("?span=24h")).containsPattern("95 of 100 started within [^,]+, in the slowest hour");
    }

    @Test
    @DisplayName("says between which bounds durations are: of the last bucket the lower one only")
    void bounds() {
        stand.ended("default", "mail", Outcome.COMPLETED, 5, 3, Duration.ofMinutes(10));
        stand.ended("default", "film", Outcome.COMPLETED, 5, 3, Duration.ofDays(3));
        stand.ended("default", "note", Outcome.COMPLETED, 5, 3, Duration.ZERO);

        String page = stand.page("");

        assertThat(page).contains("title=\"Counted in steps that double: between 8 min 44 s and 17 min 28 s\"");
        assertThat(Stand.rowOf(page, "film")).contains("&gt; 18 h 38 min");
        assertThat(Stand.rowOf(page, "note")).contains("≤ 1 ms");
    }

    @Test
    @DisplayName("shows question marks, and neither zero nor that all is well, if the store does not answer")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        String text = Stand.words(new OverviewPage().content(view).body().toString());
        latch.countDown();

        assertThat(text)
                .contains("Not known: the store does not answer", "? due now", "? running", "? waiting for other jobs")
                .doesNotContain("All is well")
                .doesNotContain(" 0 ")
                .doesNotContain("No worker is running");
    }

    @Test
    @DisplayName("shows the busiest types of the last hour with how they ended, how long they ran, and a line")
    void types() {
        stand.ended("default", "mail", Outcome.COMPLETED, 5, 3);
        stand.ended("default", "film", Outcome.COMPLETED, 30, 3);
        stand.ended("default", "film", Outcome.FAILED, 2, 8);
        stand.ended("default", "film", Outcome.RETRIED, 3, 8);
        stand.ended("default", "film", Outcome.POSTPONED, 1, 8);

        String page = stand.page("");

        assertThat(Stand.rowOf(page, "film")).contains(" 30 ↻ 4 ✕ 2 ≤ 8 ms ≤ 8 ms");
        assertThat(page.indexOf("<bdi>film</bdi>")).isLessThan(page.indexOf("<bdi>mail</bdi>"));
        assertThat(page)
                .contains(
                        "aria-label=\"36 attempts ended in the last hour, at most 30 in a minute; 4 tried again, 2 failed\"")
                .contains("href=\"jobs?type=film\"", "href=\"failures?span=1h&amp;type=film\"");
    }

    @Test
    @DisplayName("shows attempts after which jobs are tried again, in the chart and its table, though no job has ended")
    void triedAgain() {
        stand.ended("pay", "capture_payment", Outcome.RETRIED, 300, 3);

        String page = stand.page("");

        assertThat(Stand.words(page))
                .contains("100 % of the attempts of capture_payment failed in the last 10 min")
                .contains("2026-03-04 10:27:00.000 UTC 0 300 0")
                .doesNotContain("All is well", "No attempt that completed");
        assertThat(page).contains("class=\"c-again\"");
    }

    @Test
    @DisplayName("shows silent workers first, in words")
    void workers() {
        IntStream.range(0, 9).forEach(i -> stand.worker("w" + i, null, "1.0", Duration.ofDays(1)));
        stand.worker("dead", null, "1.0", Duration.ofSeconds(20));
        stand.later(Duration.ofMinutes(1));

        assertThat(stand.text(""))
                .contains("dead ✕ silent", "w6 ● alive", "All 10 workers")
                .doesNotContain("w7 ●");
    }

    @Test
    @DisplayName("shows how many jobs are due, also if they are more than a thousand")
    void thousand() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.jobs.enqueueAll(IntStream.range(0, 1_001)
                .mapToObj(i -> NewJob.of(Stand.MAIL, "x"))
                .toList());

        assertThat(stand.text("")).contains("1,001 due now");
    }

    @Test
    @DisplayName("shows names from the store as text")
    void hostile() {
        stand.ended("default", "<img src=x>", Outcome.COMPLETED, 5, 3);

        assertThat(stand.page("")).contains("&lt;img src=x&gt;").doesNotContain("<img");
    }

    @Test
    @DisplayName("is not shown to somebody who sees the jobs of one user only, nor how things stand")
    void scoped() {
        stand.ended("default", "secret", Outcome.FAILED, 50, 3);
        stand.enqueue("secret", "default");

        assertThat(stand.get("", Access.view("me").onlyUser("u")).text())
                .doesNotContain("secret")
                .doesNotContain("needs you")
                .doesNotContain("id=\"health\"");
    }

    @Test
    @DisplayName("speaks Chinese")
    void chinese() {
        stand.enqueue("mail", "default");

        assertThat(stand.text("?lang=zh")).contains("有 1 件事需要处理", "没有在线的工作进程，而有 1 个任务已到执行时间");
    }
}
