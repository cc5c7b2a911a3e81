package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A viewer who changes jobs")
class ChangeJobsTest {
    private static final String ALL = "act?do=change&type=film&until=2999-01-01T00:00:00Z";

    private final JobsInStore jobs = new JobsInStore();
    private final JobClient client = JobClient.of(jobs.store);
    private final Pages pages = Pages.of(jobs.store).as(Access.view("ada").actOnJobs());

    private Job find(UUID id) {
        return client.find(id).orElseThrow();
    }

    private UUID running() {
        UUID id = client.enqueue(job("film")).id();
        UUID worker = UUID.randomUUID();
        jobs.store.register(ReadModelFactory.workerInfo(worker, "test", "here", 1), Duration.ofMinutes(1));
        jobs.store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of("film"), 3));
        return id;
    }

    private List<UUID> enqueued(int count) {
        return Stream.generate(() -> client.enqueue(job("film")).id())
                .limit(count)
                .toList();
    }

    @Test
    @DisplayName("is asked for time, priority and queue, and what is left empty stays as it is")
    void one() {
        UUID id = client.enqueue(job("film").delay(Duration.ofHours(9)).priority(3))
                .id();
        Job before = find(id);
        assertThat(pages.text("job?id=" + id)).contains("do=change&amp;id=" + id);
        assertThat(pages.text("act?do=change&id=" + id))
                .contains("Jobs that would be changed: 1", "name=\"when\"", "name=\"priority\"", "name=\"queue\"");

        assertThat(pages.post("act?do=change&id=" + id, "when=&priority=&queue=slow&expected=1&confirm=1")
                        .text())
                .contains("1 job is changed");

        assertThat(find(id).queue()).isEqualTo("slow");
        assertThat(find(id).priority()).isEqualTo(3);
        assertThat(find(id).runAt()).isEqualTo(before.runAt());
    }

    @Test
    @DisplayName("runs a job now with one click, if it is not due")
    void runNow() {
        UUID later = client.enqueue(job("film").delay(Duration.ofHours(9))).id();
        UUID due = client.enqueue(job("film")).id();
        assertThat(pages.text("job?id=" + later)).contains("Run now");
        assertThat(pages.text("job?id=" + due)).doesNotContain("Run now");

        pages.post("act?do=change&id=" + later, "when=now");

        assertThat(find(later).runAt()).isBefore(find(later).createdAt().plus(Duration.ofHours(1)));
    }

    @Test
    @DisplayName("gives all jobs of a filter a time to come and a priority, and is told what was left and why")
    void all() {
        UUID running = running();
        List<UUID> ids = enqueued(12);

        String act = pages.post(ALL, "when=2h&priority=8&expected=13&confirm=13")
                .headers()
                .get("Location");
        assertThat(pages.words(act)).contains("12 of 13", "1 job was left: it runs, so its time cannot be changed");

        assertThat(ids).allSatisfy(id -> {
            assertThat(find(id).priority()).isEqualTo(8);
            assertThat(find(id).runAt()).isAfter(find(id).createdAt().plus(Duration.ofHours(1)));
        });
        assertThat(find(running).priority()).isNotEqualTo(8);
    }

    @Test
    @DisplayName("of more jobs of a store without acts than one form does goes on with the same change")
    void goesOn() {
        enqueued(501);

        String html = Pages.of(Stand.withoutActs(jobs.store))
                .as(Access.view("ada").actOnJobs())
                .post(ALL, "queue=slow&priority=2&expected=501&confirm=501")
                .text();

        assertThat(html)
                .contains(
                        "500 jobs are changed",
                        "Go on",
                        "name=\"queue\" value=\"slow\"",
                        "name=\"priority\" value=\"2\"");
        assertThat(client.countByScan(JobQuery.all().queue("slow"))).isEqualTo(500);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    when=never | never is no time
                    when=2300-01-01T00:00:00Z | is too late. Write a time before the year 2200
                    priority=10 | 10 is no priority. Write a whole number from 0 to 9
                    priority=x | x is no priority
                    queue=no%20space | no space is no name of a queue
                    queue=undo:film | but not with undo:
                    when= | Nothing is filled in""")
    @DisplayName("is told what is wrong with a change, and nothing is changed")
    void refused(String form, String why) {
        UUID id = client.enqueue(job("film")).id();
        Job before = find(id);

        DashboardResponse answer = pages.post("act?do=change&id=" + id, form + "&expected=1&confirm=1");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("Nothing was changed", why);
        assertThat(find(id)).isEqualTo(before);
        String chinese = Pages.wordsOf(pages.post("act?do=change&lang=zh&id=" + id, form + "&expected=1&confirm=1")
                .text());
        assertThat(chinese).contains("没有任何更改").containsPattern("请填写[^a-z]");
        assertThat(chinese).doesNotContain("is ", "Write", "Nothing");
    }

    @Test
    @DisplayName("of one user cannot change the job of another, and a job that has ended is left")
    void scope() {
        UUID other = client.enqueue(job("film").user("u2")).id();
        UUID ended = jobs.complete(job("mail").user("u1"));
        Pages ofUser = pages.as(Access.view("ada").actOnJobs().onlyUser("u1"));

        assertThat(ofUser.post("act?do=change&id=" + other + "&id=" + ended, "queue=slow")
                        .text())
                .contains("1 job is not there", "1 job was left: it had ended before");

        assertThat(find(other).queue()).isNotEqualTo("slow");
    }
}
