package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobChange;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobStoreException.Kind;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.BoundedCount;
import io.forthwith.store.JobStore;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A viewer who acts on many jobs")
class ActOnManyJobsTest {
    private static final Access ADA = Access.view("ada").actOnJobs();
    private final JobsInStore jobs = new JobsInStore();
    private final JobClient client = JobClient.of(jobs.store);
    private final Pages pages = Pages.of(jobs.store).as(ADA);

    private JobStatus status(UUID id) {
        return client.find(id).orElseThrow().status();
    }

    private List<UUID> open(int count) {
        return Stream.generate(() -> client.enqueue(job("film")).id())
                .limit(count)
                .toList();
    }

    /** Pages of a store that cannot cancel some jobs. */
    private Pages failing(RuntimeException why, Set<UUID> ids) {
        JobStore store = Stand.answering(Stand.withoutActs(jobs.store), (call, arguments) -> {
            if (call.equals("cancel") && arguments != null && ids.contains(arguments[0])) {
                throw why;
            }
            return null;
        });
        return Pages.of(store).as(ADA);
    }

    private static JobStoreException trouble(Kind kind) {
        return new JobStoreException(kind, "The row is broken", null);
    }

    private static Stream<RuntimeException> failuresOfOne() {
        return Stream.of(
                new IllegalStateException("The row is broken"), trouble(Kind.PERMANENT), trouble(Kind.TRANSIENT));
    }

    @Test
    @DisplayName(
            "selects all jobs of the page above and below the list without a script; to cancel looks otherwise and stands apart")
    void selectAll() {
        JobsInStore jobs = new JobsInStore();
        jobs.add("mail");
        jobs.add("mail");
        Pages acts = Pages.of(jobs.store).as(Access.view("me").actOnJobs());

        String html = acts.text("jobs?type=mail");
        String ticked = acts.text("jobs?type=mail&tick=all");

        assertThat(acts.text("jobs?status=completed")).doesNotContain("type=\"checkbox\"", "Select all");
        String all = "href=\"jobs?type=mail&amp;tick=all\">Select all 2 on this page</a>";
        assertThat(html).containsSubsequence(all, "value=\"retry\"", "<tbody>", all, "value=\"retry\"");
        assertThat(html.split("checked=", -1)).hasSize(1);
        assertThat(ticked.split("checked=", -1)).hasSize(3);
        assertThat(ticked).contains("href=\"jobs?type=mail\">Select none</a>");
        assertThat(html.split("do=retry", -1)).hasSize(3);
        assertThat(html)
                .contains("<div class=\"apart\"><a class=\"button danger\" href=\"act?type=mail&amp;do=cancel")
                .contains("<div class=\"apart\"><button class=\"danger\" name=\"do\" value=\"cancel\"")
                .doesNotContain("<a class=\"button\" href=\"act?type=mail&amp;do=cancel");
    }

    @Test
    @DisplayName("of whom one job cannot be done is told why, and the others have their turn")
    void oneFails() {
        failuresOfOne().forEach(why -> {
            List<UUID> ids = open(3);
            Pages failing = failing(why, Set.of(ids.get(1)));

            String report = failing.post(
                            "act?do=cancel&status=pending&type=film&until=2999-01-01T00:00:00Z", "expected=3&confirm=3")
                    .text();

            assertThat(report)
                    .contains("Jobs that were looked at: 3", "2 jobs are cancelled")
                    .containsPattern("This went wrong for 1 job:.*" + ids.get(1) + ".*The row is broken")
                    .doesNotContain("Go on");
            assertThat(ids)
                    .map(this::status)
                    .containsExactly(JobStatus.CANCELLED, JobStatus.PENDING, JobStatus.CANCELLED);
            client.cancel(ids.get(1));
        });
    }

    @Test
    @DisplayName("goes on later, after the job that failed first, if the store cannot do two in a row")
    void storeIsAway() {
        List<UUID> ids = open(4);
        Pages failing = failing(trouble(Kind.TRANSIENT), Set.copyOf(ids));

        String report = failing.post("act?do=cancel&status=pending&until=2999-01-01T00:00:00Z", "expected=4&confirm=4")
                .text();

        assertThat(report)
                .contains("This went wrong for 1 job:", "The store did not answer in time", "Go on")
                .contains("before=" + ids.get(3));
    }

    private static final String UNTIL = "until=2999-01-01T00:00:00Z";

    @Test
    @DisplayName("cannot write the number into the form: it is counted anew, and nothing is done if there are more")
    void forged() {
        List<UUID> ids = open(12);

        for (String form : List.of("expected=1&confirm=1", "expected=11&confirm=11", "expected=x&confirm=x")) {
            DashboardResponse answer = pages.post("act?do=cancel&type=film&" + UNTIL, form);

            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.text())
                    .contains("Nothing was changed", "12 now, and the number that was written is ")
                    .contains("&amp;type=film&amp;do=cancel\">Look again");
        }
        assertThat(pages.post("act?do=cancel&lang=zh&type=film&" + UNTIL, "expected=1&confirm=1")
                        .text())
                .contains("数量超过了确认的数字：现在有 12 个，而填写的是 1。");
        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.PENDING));

        assertThat(pages.post("act?do=cancel&type=film&" + UNTIL, "expected=12&confirm=12")
                        .status())
                .isEqualTo(303);
        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.CANCELLED));
    }

    @Test
    @DisplayName(
            "is asked again if nobody knows how many there are now, also if some of those that were counted are left anyway")
    void grownBeyondCounting() {
        open(7);
        String until = pages.text("act?do=cancel&type=film").replaceAll("(?s).*until=([^&\"]+).*", "$1");
        open(5);
        JobStore store = Stand.answering(
                jobs.store, (call, arguments) -> call.equals("countUpTo") ? new BoundedCount(12, false) : null);

        DashboardResponse answer =
                Pages.of(store).as(ADA).post("act?do=cancel&type=film&until=" + until, "expected=7&confirm=7&reason=x");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.text()).contains("Nothing was changed", "12+ now");
        assertThat(client.countByScan(JobQuery.all().status(JobStatus.CANCELLED)))
                .isZero();
    }

    @Test
    @DisplayName("is asked again if jobs have come into the filter since, but not because of jobs that are left anyway")
    void grown() {
        open(3);
        UUID moved = client.enqueue(job("film").queue("slow")).id();
        String question = pages.text("act?do=cancel&queue=default");
        assertThat(question).contains("name=\"expected\" value=\"3\"");
        String until = question.replaceAll("(?s).*until=([^&\"]+).*", "$1");
        client.change(moved, JobChange.of().queue("default"));
        String address = "act?do=cancel&queue=default&until=" + until;

        assertThat(pages.post(address, "expected=3&confirm=3").text()).contains("Nothing was changed", "4 now");
        assertThat(status(moved)).isEqualTo(JobStatus.PENDING);

        List<UUID> later = open(5);
        assertThat(pages.post(address, "expected=4&confirm=4").status()).isEqualTo(303);
        assertThat(status(moved)).isEqualTo(JobStatus.CANCELLED);
        assertThat(later).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.PENDING));
        assertThat(Pages.of(Stand.withoutActs(jobs.store))
                        .as(ADA)
                        .post(address, "expected=4&confirm=4")
                        .text())
                .contains("5 jobs were left: they came after the question");
    }

    @Test
    @DisplayName("that are ticked, more than ten, cannot leave out the number either")
    void tickedWithoutNumber() {
        List<UUID> ids = open(11);
        StringBuilder address = new StringBuilder("act?do=cancel");
        ids.forEach(id -> address.append("&id=").append(id));

        for (String form : List.of("", "expected=10&confirm=10")) {
            assertThat(pages.post(address.toString(), form).text())
                    .contains("Nothing was changed", "11 now", "Look again");
        }
        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.PENDING));
        client.cancel(ids.get(0));

        assertThat(pages.post(address.toString(), "expected=11&confirm=11").text())
                .contains("10 jobs are cancelled", "1 job was left");
    }

    @Test
    @DisplayName("that were ticked is told which one failed and why, and the others have their turn")
    void oneOfTickedFails() {
        List<UUID> ids = open(2);
        Pages failing = failing(new IllegalStateException("The row is broken"), Set.of(ids.get(0)));

        String report = failing.post("act?do=cancel&id=" + ids.get(0) + "&id=" + ids.get(1), "")
                .text();

        assertThat(report).contains("1 job is cancelled", "This went wrong for 1 job:", "The row is broken");
        assertThat(status(ids.get(1))).isEqualTo(JobStatus.CANCELLED);
        assertThat(failing.post("act?do=cancel&lang=zh&id=" + ids.get(0), "").text())
                .contains("1 个任务操作失败");
    }

    @Test
    @DisplayName("is told before a cancellation that the open jobs below a parent are cancelled too")
    void childrenAreCancelled() {
        NewJob album = job("album").user("u1");
        client.enqueueAll(List.of(album, job("photo").parent(album)));
        UUID single = client.enqueue(job("film")).id();

        String below = "1 of these is a parent: the open jobs below it are cancelled too.";
        assertThat(pages.text("act?do=cancel&id=" + album.id())).contains(below);
        assertThat(pages.text("act?do=cancel&type=album")).contains(below);
        assertThat(pages.text("act?do=cancel&id=" + single)).doesNotContain("parent");
        assertThat(pages.text("act?do=change&id=" + album.id())).doesNotContain("is a parent");
        assertThat(pages.text("act?do=cancel&lang=zh&id=" + album.id())).contains("其中 1 个是父任务");
    }

    @Test
    @DisplayName("is told before a retry which relatives are tried again too")
    void relativesAreRetried() {
        NewJob album = job("album");
        NewJob photo = job("photo").parent(album);
        client.enqueueAll(List.of(album, photo));
        client.cancel(album.id());
        NewJob first = job("film");
        NewJob second = job("mail").after(first);
        client.enqueueAll(List.of(first, second));
        client.cancel(first.id());

        assertThat(pages.text("act?do=retry&id=" + album.id()))
                .contains(
                        "1 of these is a parent: the jobs below it that failed or were cancelled are tried again too.")
                .doesNotContain("comes after");
        assertThat(pages.text("act?do=retry&id=" + second.id()))
                .contains("1 of these comes after other jobs: those that failed or were cancelled are tried again too.")
                .doesNotContain("is a parent");
        assertThat(pages.text("act?do=retry&lang=zh&id=" + second.id())).contains("其中 1 个有前置任务");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "retry"})
    @DisplayName("that are not all listed is told of relatives, whether they have some or not")
    void notAllListed(String word) {
        if (word.equals("cancel")) {
            open(7);
        } else {
            jobs.failAll(Stream.generate(() -> job("film")).limit(7).toList(), JobException.permanent("x", "y"));
        }

        assertThat(pages.text("act?do=" + word)).contains("If one of these is a parent");
        assertThat(pages.text("act?do=" + word + "&lang=zh")).contains("如果其中有父任务");
    }

    @Test
    @DisplayName("is told that a job is open by now which was retried along with its parent")
    void retriedAlong() {
        NewJob album = job("album");
        NewJob photo = job("photo").parent(album);
        client.enqueueAll(List.of(album, photo));
        client.cancel(album.id());

        assertThat(pages.post("act?do=retry&id=" + album.id() + "&id=" + photo.id(), "")
                        .text())
                .contains("1 job is tried again", "1 job was left: it is open or completed by now");
    }
}
