package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FamilyPageTest {
    private static final JobType<String> PAGE = JobType.of("page", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final Dashboard dashboard = Stand.dashboard(store).access(request -> Access.view("me"));
    private final NewJob book = NewJob.of(JobType.of("book"));

    private NewJob page() {
        return NewJob.of(PAGE, "x").parent(book);
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    @DisplayName(
            "Every member leads to the same family: parent, children, grandchildren, the finisher, and what comes before")
    void whole() {
        NewJob chapter = page();
        NewJob verse = NewJob.of(PAGE, "x").parent(chapter);
        NewJob second = page().after(chapter);
        NewJob print = NewJob.of(JobType.of("print", String.class), "x").finisherOf(book);
        NewJob paper = NewJob.of(JobType.of("paper", String.class), "x");
        NewJob third = page().after(paper);
        jobs.enqueueAll(List.of(book, chapter, verse, second, print, paper, third));

        for (UUID id : List.of(book.id(), verse.id(), print.id())) {
            String html = Pages.of(dashboard).text("family?id=" + id);
            assertThat(Pages.wordsOf(html))
                    .contains("Family of book", "0 of 7 ended", "print · finisher", "paper · comes before");
            for (NewJob member : List.of(book, chapter, verse, second, print, paper)) {
                assertThat(html).contains("href=\"job?id=" + member.id());
            }
            assertThat(html).contains("chosen\" href=\"job?id=" + id);
        }
    }

    @Test
    @DisplayName(
            "Children stand in the order of trouble: failed first, then by how long they ran, with bars in one scale")
    void durations() {
        Stand stand = new Stand();
        NewJob parent = stand.rows.job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob quick = stand.rows.childOf(parent);
        NewJob slow = stand.rows.childOf(parent);
        NewJob failed = stand.rows.childOf(parent);
        NewJob open = stand.rows.childOf(parent).delay(Duration.ofHours(1));
        stand.jobs.enqueueAll(List.of(parent, quick, slow, failed, open));
        Job first = stand.rows.running(quick);
        stand.later(Duration.ofSeconds(10));
        stand.rows.complete(first);
        stand.later(Duration.ofSeconds(10));
        stand.rows.fail(stand.rows.find(failed));
        stand.later(Duration.ofSeconds(20));
        stand.rows.complete(stand.rows.find(slow));

        assertThat(stand.page("family?id=" + parent.id()))
                .containsOnlyOnce("<b>slowest</b>")
                .containsPattern("slowest</b>.*" + quick.id());
        for (String page : List.of("family?id=", "job?tab=family&id=")) {
            String html = stand.page(page + parent.id());
            String table =
                    html.substring(html.indexOf(page.startsWith("family") ? "id=\"members\"" : "id=\"relatives\""));
            assertThat(table)
                    .containsSubsequence(
                            failed.id().toString(),
                            slow.id().toString(),
                            quick.id().toString(),
                            open.id().toString())
                    .containsSubsequence(
                            "<svg class=\"length s-failed\"",
                            "width=\"50\"",
                            "> 20 s<",
                            "<svg class=\"length s-completed\"",
                            "width=\"100\"",
                            "> 40 s<",
                            "<svg class=\"length s-completed\"",
                            "width=\"25\"",
                            "> 10 s<");
        }
    }

    @Test
    @DisplayName("A parent that completed although children failed says how many")
    void completedWithFailures() {
        Stand stand = new Stand();
        NewJob parent = stand.rows.job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob good = stand.rows.childOf(parent);
        NewJob bad = stand.rows.childOf(parent);
        stand.jobs.enqueueAll(List.of(parent, good, bad));
        stand.rows.complete(stand.rows.running(good));
        stand.rows.fail(stand.rows.find(bad));

        assertThat(stand.jobs.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(stand.text("job?id=" + parent.id()))
                .contains("1 of its 2 children failed or were cancelled")
                .doesNotContain("with all its children");
        assertThat(stand.text("job?lang=zh&id=" + parent.id())).contains("2 个子任务中有 1 个失败");
    }

    @Test
    @DisplayName(
            "A child that is a parent has its duration from the first start below it, and stands where that puts it; its page opens with its family")
    void durationsOfParents() {
        Stand stand = new Stand();
        NewJob root = stand.rows.job();
        NewJob quick = stand.rows.childOf(root);
        NewJob slow = stand.rows.childOf(root);
        NewJob first = stand.rows.childOf(quick);
        NewJob second = stand.rows.childOf(slow);
        NewJob third = stand.rows.childOf(slow);
        stand.jobs.enqueueAll(List.of(root, quick, slow, first, second, third));
        Job running = stand.rows.running(second);
        stand.later(Duration.ofSeconds(10));
        stand.rows.complete(running);
        running = stand.rows.running(first);
        stand.later(Duration.ofSeconds(20));
        stand.rows.complete(running);
        running = stand.rows.running(third);
        stand.later(Duration.ofSeconds(30));
        stand.rows.complete(running);

        String html = stand.page("family?id=" + root.id());

        assertThat(html.substring(html.indexOf("id=\"members\"")))
                .containsSubsequence(
                        root.id().toString(),
                        "<span class=\"muted\">1 min</span>",
                        slow.id().toString(),
                        "<span class=\"muted\">1 min</span>",
                        third.id().toString(),
                        second.id().toString(),
                        quick.id().toString(),
                        "<span class=\"muted\">30 s</span>",
                        first.id().toString());
        assertThat(stand.page("job?id=" + slow.id())).contains("id=\"relatives\"");
        assertThat(stand.page("job?id=" + third.id())).doesNotContain("id=\"relatives\"");
    }

    @Test
    @DisplayName("Of many children those that failed are on the page of their parent too, at the front")
    void failedAmongMany() {
        List<NewJob> all = new ArrayList<>(List.of(book.onChildFailure(ChildFailurePolicy.IGNORE)));
        IntStream.range(0, 60).forEach(i -> all.add(page()));
        jobs.enqueueAll(all);
        UUID wrong = all.get(50).id();
        jobs.cancel(wrong);

        assertThat(Pages.of(dashboard).text("job?tab=family&id=" + book.id())).contains("job?id=" + wrong);
    }

    @Test
    @DisplayName(
            "A job before the family that comes before another one too stands left of it, in the picture and for the keyboard")
    void sourcesFirst() {
        NewJob source = alone();
        NewJob between = alone().after(source);
        NewJob child = page().after(source, between);
        jobs.enqueueAll(List.of(source, between, book, child));

        String html = Pages.of(dashboard).text("family?id=" + child.id());

        String picture = html.substring(html.indexOf("<svg class=\"family\""), html.indexOf("id=\"members\""));
        List<Integer> places = new ArrayList<>();
        for (NewJob job : List.of(source, between, book, child)) {
            Matcher place = Pattern.compile(job.id() + "[^\"]*\"><title>[^<]*</title><rect x=\"(\\d+)\"")
                    .matcher(picture);
            assertThat(place.find()).isTrue();
            places.add(Integer.parseInt(place.group(1)));
        }
        assertThat(places).isSorted().doesNotHaveDuplicates();
        assertThat(picture)
                .containsSubsequence(
                        source.id().toString(),
                        between.id().toString(),
                        book.id().toString(),
                        child.id().toString());
        assertThat(html.substring(html.indexOf("id=\"members\"")))
                .containsSubsequence(
                        source.id().toString(),
                        between.id().toString(),
                        book.id().toString());
    }

    @Test
    @DisplayName("What has ended, failed and was cancelled is said in a sentence")
    void progress() {
        NewJob one = page();
        NewJob two = page();
        jobs.enqueueAll(List.of(book.onChildFailure(ChildFailurePolicy.IGNORE), one, two));
        jobs.cancel(one.id());

        assertThat(Pages.of(dashboard).words("family?id=" + two.id())).contains("1 of 3 ended, 1 cancelled");
    }

    @Test
    @DisplayName("Of 500 children the first are shown, and the rest is one box with their number")
    void collapsed() {
        List<NewJob> all = new ArrayList<>(List.of(book));
        for (int i = 0; i < 500; i++) {
            all.add(page());
        }
        NewJob print = NewJob.of(JobType.of("print", String.class), "x").finisherOf(book);
        all.add(print);
        all.set(0, book.onChildFailure(ChildFailurePolicy.IGNORE));
        jobs.enqueueAll(all);
        UUID wrong = all.get(300).id();
        jobs.cancel(wrong);
        UUID last = all.get(500).id();

        String html = Pages.of(dashboard).text("family?id=" + last);

        assertThat(count(html, "class=\"box")).isLessThanOrEqualTo(201).isGreaterThan(100);
        assertThat(Pages.wordsOf(html))
                .contains(
                        "and 378 more",
                        "Of 124 that are shown, 1 ended, 1 cancelled",
                        "This counts the jobs that are shown. There are more.");
        assertThat(html).contains(print.id().toString()).contains("chosen\" href=\"job?id=" + last);
        assertThat(html)
                .contains("href=\"job?id=" + all.get(1).id())
                .doesNotContain(all.get(400).id().toString());
        assertThat(html.length()).isLessThan(300_000);
    }

    @Test
    @DisplayName(
            "What comes before and after a family stands beside it, each with the member; so it does on the page of a job")
    void beside() {
        NewJob page = page();
        NewJob setUp = NewJob.of(JobType.of("set_up", String.class), "x");
        NewJob first = page().after(setUp);
        NewJob binding = NewJob.of(JobType.of("bind", String.class), "x").after(first);
        NewJob inside = page().after(first);
        jobs.enqueueAll(List.of(setUp, book, page, first, inside, binding));

        String html = Pages.of(dashboard).text("family?id=" + page.id());

        String before = html.substring(html.indexOf("id=\"before\""), html.indexOf("id=\"after\""));
        String after = html.substring(html.indexOf("id=\"after\""), html.indexOf("id=\"members\""));
        assertThat(before)
                .contains(
                        "Comes before this family",
                        setUp.id().toString(),
                        first.id().toString())
                .doesNotContain(binding.id().toString());
        assertThat(after)
                .contains(
                        "Comes after this family",
                        binding.id().toString(),
                        first.id().toString())
                .doesNotContain(inside.id().toString());
        assertThat(Pages.of(dashboard).text("job?tab=family&id=" + first.id()))
                .containsSubsequence(
                        "Before it",
                        setUp.id().toString(),
                        "After it",
                        binding.id().toString(),
                        inside.id().toString());
    }

    @Test
    @DisplayName("A job without parent and children has a family if others come after it; of many, the first are shown")
    void manyAfter() {
        NewJob first = alone();
        jobs.enqueue(first);
        List<NewJob> after = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            after.add(alone().after(first));
        }
        jobs.enqueueAll(after);

        assertThat(Pages.of(dashboard).words("family?id=" + first.id()))
                .contains("Comes after this family")
                .doesNotContain("has no family");
        assertThat(Pages.of(dashboard).text("job?tab=family&id=" + first.id()))
                .contains(after.get(19).id().toString(), "These are the first 20 that come after it")
                .doesNotContain(after.get(20).id().toString());
    }

    private static NewJob alone() {
        return NewJob.of(JobType.of("page", String.class), "x");
    }

    @Test
    @DisplayName("A large family of large families is no larger than 200 jobs")
    void broadAndDeep() {
        List<NewJob> all = new ArrayList<>(List.of(book));
        for (int i = 0; i < 60; i++) {
            NewJob chapter = page();
            all.add(chapter);
            for (int j = 0; j < 30; j++) {
                all.add(NewJob.of(PAGE, "x").parent(chapter));
            }
        }
        jobs.enqueueAll(all);

        String html = Pages.of(dashboard).text("family?id=" + book.id());

        assertThat(count(html, "class=\"box s-")).isLessThanOrEqualTo(200 + 61);
        assertThat(Pages.wordsOf(html)).contains("and more", "There are more.");
    }

    @Test
    @DisplayName("A family that is deeper than ten is cut there")
    void deep() {
        List<NewJob> all = new ArrayList<>(List.of(book));
        for (int i = 0; i < 15; i++) {
            all.add(NewJob.of(PAGE, "x").parent(all.get(i)));
        }
        jobs.enqueueAll(all);

        assertThat(Pages.of(dashboard).words("family?id=" + all.get(15).id()))
                .contains("Of 11 that are shown, 0 ended", "and more");
    }

    @Test
    @DisplayName("A job without a family says so")
    void single() {
        UUID id = jobs.enqueue(NewJob.of(PAGE, "x")).id();

        assertThat(Pages.of(dashboard).words("family?id=" + id)).contains("This job has no family");
    }

    @Test
    @DisplayName("A viewer of one user sees that part of a family, and no trace of the rest")
    void scope() {
        NewJob foreignBook = NewJob.of(JobType.of("foreign_book")).user("other");
        NewJob mine = NewJob.of(PAGE, "x").parent(foreignBook).user("me");
        NewJob below = NewJob.of(PAGE, "x").parent(mine).user("me");
        NewJob theirs = NewJob.of(JobType.of("foreign_page", String.class), "x")
                .parent(mine)
                .user("other");
        NewJob before = NewJob.of(JobType.of("foreign_page", String.class), "x").user("other");
        NewJob after = NewJob.of(PAGE, "x").parent(mine).user("me").after(before);
        jobs.enqueueAll(List.of(foreignBook, mine, below, theirs, before, after));
        Dashboard narrow = dashboard.access(request -> Access.view("me").onlyUser("me"));

        String html = Pages.of(narrow).text("family?id=" + below.id());

        assertThat(Pages.wordsOf(html)).contains("0 of 3 ended").doesNotContain("more");
        assertThat(html)
                .doesNotContain(
                        "foreign_",
                        foreignBook.id().toString(),
                        theirs.id().toString(),
                        before.id().toString());
        assertThat(Pages.of(narrow).get("family?id=" + theirs.id()).status()).isEqualTo(404);
    }

    @Test
    @DisplayName("A chain of jobs without a parent is a family too, from its end")
    void chain() {
        NewJob first = NewJob.of(PAGE, "x");
        NewJob second = NewJob.of(PAGE, "x").after(first);
        NewJob third = NewJob.of(PAGE, "x").after(second);
        jobs.enqueueAll(List.of(first, second, third));

        assertThat(Pages.of(dashboard).words("family?id=" + third.id())).contains("0 of 3 ended");
    }

    @Test
    @DisplayName("In Chinese")
    void chinese() {
        jobs.enqueueAll(List.of(book, page()));

        assertThat(Pages.of(dashboard).words("family?lang=zh&id=" + book.id())).contains("2 个中已结束 0 个", "家族图");
    }
}
