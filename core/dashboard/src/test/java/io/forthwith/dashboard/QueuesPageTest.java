package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.page.QueuesPage;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.QueueState;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page of queues")
class QueuesPageTest {
    private final Stand stand = new Stand();

    private String row(String queue) {
        return Stand.rowOf(stand.page("queues"), queue);
    }

    @Test
    @DisplayName("says when a queue appears if there is none")
    void none() {
        assertThat(stand.text("queues")).contains("A queue appears when its first job is enqueued");
    }

    @Test
    @DisplayName("shows due, oldest, running, scheduled, rate, time to drain and workers of a queue")
    void figures() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.worker("two", List.of("film"), List.of("mail"));
        IntStream.range(0, 6).forEach(i -> stand.enqueue("mail", "film"));
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").queue("film").delay(Duration.ofHours(1)));
        stand.ended("film", "mail", Outcome.COMPLETED, 20, 3);
        stand.ended("film", "mail", Outcome.FAILED, 10, 3);
        stand.ended("film", "mail", Outcome.RETRIED, 500, 3);
        stand.ended("film", "mail", Outcome.COMPLETED, 70, 30);
        stand.later(Duration.ofSeconds(40));

        String page = stand.page("queues");

        assertThat(Stand.rowOf(page, "film")).contains(" 6 40 s 0 1 3 out max 530 2 min 2 ");
        assertThat(page)
                .contains(
                        "aria-label=\"600 attempts ended in the last hour, at most 530 in a minute; 500 tried again, 10 failed\"")
                .contains("href=\"queues?queue=film#queue\"")
                .contains("href=\"jobs?queue=film&amp;status=pending\"")
                .contains("href=\"workers?queue=film\"");
    }

    @Test
    @DisplayName("draws a level line where as many end in every minute, though the last three may not be written yet")
    void levelLine() {
        stand.worker("one", List.of("film"), List.of("mail"));
        for (int ago = 3; ago < 60; ago++) {
            stand.ended("film", "mail", Outcome.COMPLETED, 10, ago);
        }

        Matcher line = Pattern.compile("points=\"([^\"]+)\"").matcher(stand.page("queues"));
        assertThat(line.find()).isTrue();
        assertThat(Stream.of(line.group(1).split(" ", -1)).map(point -> point.split(",", -1)[1]))
                .hasSize(57)
                .containsOnly("1");
    }

    @Test
    @DisplayName("says that a queue in which nothing ends does not shrink")
    void doesNotShrink() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.enqueue("mail", "film");
        stand.later(Duration.ofMinutes(4));

        assertThat(row("film")).contains("does not shrink");
    }

    @Test
    @DisplayName("says nothing of how fast a queue shrinks before its workers can have written what they have counted")
    void notYetCounted() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.enqueue("mail", "film");
        stand.ended("film", "mail", Outcome.COMPLETED, 40, 1);
        stand.later(Duration.ofSeconds(20));

        assertThat(row("film")).doesNotContain(" out", "does not shrink", "empty");
        assertThat(stand.text("queues")).doesNotContain("Empty in");
    }

    @Test
    @DisplayName(
            "divides by the minutes since the first attempt of the hour ended, not by minutes in which no worker was there")
    void youngWorkers() {
        stand.worker("one", List.of("film"), List.of("mail"));
        IntStream.range(0, 80).forEach(i -> stand.enqueue("mail", "film"));
        stand.ended("film", "mail", Outcome.COMPLETED, 40, 4);
        stand.ended("film", "mail", Outcome.COMPLETED, 40, 3);

        assertThat(row("film")).contains("40 out").contains("2 min");
    }

    @Test
    @DisplayName("marks numbers at which counting has stopped")
    void most() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.jobs.enqueueAll(IntStream.range(0, QueueState.MOST + 1)
                .mapToObj(i -> NewJob.of(Stand.MAIL, "x").queue("film"))
                .toList());
        stand.ended("film", "mail", Outcome.COMPLETED, 1_000, 12);

        assertThat(row("film")).contains(" 1,001 ").contains(" 10 min 1 s ");

        QueueState atLeast = ReadModelFactory.queueState(
                "film",
                new BoundedCount(1_000, false),
                BoundedCount.NONE,
                new BoundedCount(263, true),
                BoundedCount.NONE,
                Duration.ofMinutes(1),
                null);
        stand.reading(
                Stand.answering(stand.store, (call, arguments) -> call.equals("queues") ? List.of(atLeast) : null));
        View view = stand.view();

        assertThat(Stand.rowOf(new QueuesPage().content(view).body().toString(), "film"))
                .contains(" 1,000+ ", " 263 ", "over 10 min");
    }

    @Test
    @DisplayName("says when a queue is empty by how fast it shrinks, not by how much ends: more may come in")
    void shrinks() {
        stand.worker("one", List.of("film"), List.of("mail"));
        depth(600);
        IntStream.range(0, 5).forEach(i -> depth(-50));
        stand.ended("film", "mail", Outcome.COMPLETED, 900, 12);

        assertThat(row("film")).contains("40 in, 90 out", " 7 min ");
    }

    @Test
    @DisplayName("says by how much a queue grows, however much ends")
    void grows() {
        stand.worker("one", List.of("film"), List.of("mail"));
        depth(100);
        IntStream.range(0, 5).forEach(i -> depth(300));
        stand.ended("film", "mail", Outcome.COMPLETED, 900, 12);

        assertThat(row("film")).contains("390 in, 90 out", "grows 300 / min", " 1,600 ");
        assertThat(stand.page("queues")).contains("aria-label=\"At most 1,600 jobs waited; 100 an hour ago");
    }

    /** Some jobs more or less wait, and a minute later a worker counts them. */
    private void depth(int more) {
        stand.later(Duration.ofMinutes(1));
        if (more > 0) {
            stand.jobs.enqueueAll(IntStream.range(0, more)
                    .mapToObj(i -> NewJob.of(Stand.MAIL, "x").queue("film"))
                    .toList());
        } else {
            stand.jobs
                    .scan(JobQuery.all().status(JobStatus.PENDING).atMost(-more))
                    .forEach(job -> stand.jobs.cancel(job.id()));
        }
        stand.store.outcomes().orElseThrow().recordDepths();
    }

    @Test
    @DisplayName("says that no worker serves a queue, and names similar ones")
    void unserved() {
        stand.worker("one", List.of("reports", "zoo"), List.of("mail"));
        stand.enqueue("mail", "report");

        assertThat(row("report"))
                .contains("no worker serves it")
                .contains("Workers serve, among others: reports , zoo");
        assertThat(row("reports")).doesNotContain("no worker serves it");
    }

    @Test
    @DisplayName("does not call a queue unserved while a worker does not say what it serves")
    void mayBeServed() {
        stand.worker("old", null, null, Duration.ofDays(1));
        stand.enqueue("mail", "report");

        assertThat(row("report")).doesNotContain("no worker serves it").contains("0 to 1");
    }

    @Test
    @DisplayName("says since when, by whom and why a queue is paused")
    void paused() {
        stand.enqueue("mail", "film");
        stand.jobs.pauseQueue("film", Pause.by("anna").because("<b>the printer</b>"));
        stand.later(Duration.ofMinutes(3));

        String page = stand.page("queues");

        assertThat(Stand.rowOf(page, "film")).contains("‖ paused 3 min ago , by anna : &lt;b&gt;the printer");
        assertThat(page).doesNotContain("<b>the printer");
    }

    @Test
    @DisplayName("lists first what needs somebody, then what is paused, then by name")
    void order() {
        stand.worker("one", List.of("a", "b", "d"), List.of("mail"));
        stand.enqueue("mail", "z");
        stand.jobs.pauseQueue("c", Pause.by("anna").because(""));

        assertThat(stand.page("queues").split("<tr", -1))
                .extracting(row -> row.replaceAll("(?s)^.*?<bdi>(.*?)</bdi>.*$", "$1"))
                .containsSubsequence("z", "c", "a", "b", "d");
    }

    @Test
    @DisplayName("shows queues of undos apart, with what they are")
    void undos() {
        assertThat(stand.text("queues")).doesNotContain("Queues of undos");
        stand.rows.failedAfterCharge();

        String page = stand.page("queues");

        assertThat(page.indexOf("<bdi>undo:shot_video_generation</bdi>"))
                .isGreaterThan(page.indexOf("Queues of undos"))
                .isGreaterThan(0);
        assertThat(Stand.words(page)).contains("its durable steps are undone by an undo job");
    }

    @Test
    @DisplayName("says it if what has ended cannot be read, and shows the rest")
    void outcomesUnknown() {
        stand.worker("one", List.of("film"), List.of("mail"));
        stand.enqueue("mail", "film");
        stand.reading(Stand.answering(stand.store, (call, arguments) -> {
            if (call.equals("outcomes")) {
                throw new IllegalStateException("no connection");
            }
            return null;
        }));

        String page = new QueuesPage().content(stand.view()).body().toString();

        assertThat(Stand.words(page)).contains("Last hour: The store cannot be read");
        assertThat(Stand.rowOf(page, "film")).contains(" 1 ").doesNotContain("does not shrink", " out");
    }

    @Test
    @DisplayName("says that the store is too slow, and shows no figure")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        String text = Stand.words(new QueuesPage().content(view).body().toString());
        latch.countDown();

        assertThat(text).contains("did not answer within 2 s").doesNotContain("There is no queue");
    }

    @Test
    @DisplayName("is closed to somebody who sees the jobs of one user only")
    void scoped() {
        stand.enqueue("secret_type", "secret_queue");

        DashboardResponse response = stand.get("queues", Access.view("me").onlyUser("u"));

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).doesNotContain("secret");
    }

    @Test
    @DisplayName("speaks Chinese")
    void chinese() {
        stand.worker("one", List.of("default"), List.of("mail"));
        stand.enqueue("mail", "report");

        assertThat(stand.text("queues?lang=zh")).contains("队列", "没有工作进程处理");
        assertThat(stand.page("queues?lang=zh")).contains("href=\"queues?queue=report&amp;lang=zh#queue\"");
    }

    @Test
    @DisplayName("opens what waits in one queue, by type")
    void types() {
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").queue("bulk"));
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").queue("bulk").delay(Duration.ofHours(1)));
        stand.jobs.enqueue(NewJob.of(JobType.of("report", String.class), "x").queue("bulk"));

        String page = stand.page("queues?queue=bulk");

        assertThat(Stand.words(page))
                .contains("Pending jobs by type bulk Type Due Due later mail 1 1 report 1 0 All jobs of this queue");
        assertThat(page)
                .contains("href=\"jobs?queue=bulk&amp;type=mail&amp;status=pending\"", "href=\"jobs?queue=bulk\"");
        assertThat(stand.text("queues?queue=nothing")).contains("No job of this queue is pending.");
        assertThat(stand.text("queues")).doesNotContain("Pending jobs by type");
    }
}
