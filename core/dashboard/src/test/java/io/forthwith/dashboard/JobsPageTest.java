package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import java.lang.reflect.Proxy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobsPageTest {
    private static final Pattern ROW = Pattern.compile("<a class=\"id\" href=\"job\\?id=([0-9a-f-]{36})[^\"]*\"");
    private static final Pattern OLDER = Pattern.compile("href=\"(jobs\\?[^\"]*before=[^\"]*)\">[^<]*»");

    private final JobsInStore jobs = new JobsInStore();
    private final Pages pages = Pages.of(jobs.store);

    private static List<UUID> rows(String html) {
        return ROW.matcher(html)
                .results()
                .map(row -> UUID.fromString(row.group(1)))
                .toList();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("Jobs are listed newest first, with type, queue, user, project and error")
    void listed() {
        UUID first = jobs.fail(job("mail").user("u1").project("p1"), JobException.user("no_credits", "Buy credits"));
        UUID second = jobs.add(job("film").queue("slow").delay(Duration.ofHours(2)));

        String html = pages.text("jobs");

        assertThat(rows(html)).containsExactly(second, first);
        assertThat(html)
                .contains(">2 jobs<", "Buy credits", ">slow<", ">u1<", ">p1<")
                .contains(
                        "jobs?code=no_credits", "jobs?queue=slow", "jobs?type=mail", "jobs?user=u1", "jobs?project=p1")
                .contains("in 1 h")
                .doesNotContain("input of");
    }

    @ParameterizedTest
    @CsvSource({
        "status=pending, 1",
        "status=failed, 1",
        "status=failed&status=completed, 2",
        "type=film, 1",
        "queue=slow, 1",
        "user=u1, 2",
        "user=u1&status=completed, 1",
        "project=p2, 1",
        "code=no_credits, 1",
        "since=15m, 3",
        "since=2100-01-01, 0",
        "since=2020-01-01T08:00, 3",
        "type=&user=&status=, 3"
    })
    @DisplayName("Each filter narrows the list, and several narrow it together")
    void filtered(String query, int expected) {
        jobs.fail(job("mail").user("u1").project("p1"), JobException.user("no_credits", "Buy credits"));
        jobs.complete(job("mail").user("u1").project("p2"));
        jobs.add(job("film").queue("slow"));

        assertThat(rows(pages.text("jobs?" + query))).hasSize(expected);
    }

    @Test
    @DisplayName("The filter by id shows this job, if the rest of the filter selects it")
    void byId() {
        UUID wanted = jobs.add("mail");
        jobs.add("mail");

        assertThat(rows(pages.text("jobs?id=" + wanted))).containsExactly(wanted);
        assertThat(rows(pages.text("jobs?type=film&id=" + wanted))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "status=broken, There is no status broken",
        "since=yesterday, yesterday is not a time",
        "since=0000-01-01, 0000-01-01 is not a time",
        "since=2026-02-30, 2026-02-30 is not a time",
        "id=7, 7 is not an id",
        "user=LONG, This text cannot be searched for"
    })
    @DisplayName("A bad value is named beside its filter and left out, and the rest still narrows the list")
    void badValue(String query, String words) {
        UUID mail = jobs.add("mail");
        jobs.add("film");

        String html = pages.text("jobs?type=mail&" + query.replace("LONG", "a".repeat(1_000)));

        assertThat(html).contains(words, "<a href=\"jobs?type=mail\">Go on without it</a>");
        assertThat(rows(html)).containsExactly(mail);
    }

    @Test
    @DisplayName("Pages show each of 120 jobs once, newest first, and keep the filter")
    void pagesWithoutGaps() {
        List<UUID> all = new ArrayList<>();
        IntStream.range(0, 120).forEach(i -> {
            all.add(0, jobs.add(job("mail").user("u1")));
            jobs.add(job("mail").user("u2"));
        });

        List<UUID> seen = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        String next = "jobs?user=u1";
        while (next != null) {
            String html = pages.text(next);
            seen.addAll(rows(html));
            sizes.add(rows(html).size());
            Matcher older = OLDER.matcher(html);
            next = older.find() ? older.group(1).replace("&amp;", "&") : null;
            if (seen.size() > 50) {
                assertThat(html).contains("<a href=\"jobs?user=u1\">« Newest</a>");
            }
        }

        assertThat(seen).containsExactlyElementsOf(all);
        assertThat(sizes).containsExactly(50, 50, 20);
    }

    @Test
    @DisplayName("A search that ends within the jobs says so, and goes on from there")
    void searchGoesOn() {
        UUID wanted = jobs.add("rare");
        jobs.client.enqueueAll(
                IntStream.range(0, 20_001).mapToObj(i -> job("mail")).toList());

        String html = pages.text("jobs?type=rare");
        Matcher goOn = OLDER.matcher(html);

        assertThat(html)
                .contains("No job found so far", "Searched back to jobs that were enqueued", "Search on")
                .doesNotContain("No jobs");
        assertThat(goOn.find()).isTrue();
        assertThat(rows(pages.text(goOn.group(1).replace("&amp;", "&")))).containsExactly(wanted);
        assertThat(pages.text("jobs")).contains("20,000+ jobs", "waiting</a>", "cancelled</a>");
        assertThat(pages.text("")).contains("<b>?</b> <span>waiting for other jobs");
    }

    @Test
    @DisplayName(
            "The heading has the number that a count finds, also if a search has ended before it found one of them")
    void countBesideSearch() {
        jobs.fail(job("mail"), JobException.user("no_credits", "Buy credits"));
        jobs.fail(job("mail"), JobException.user("no_credits", "Buy credits"));
        JobStore endsEarly = (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, arguments) -> method.getName().equals("search")
                        ? ReadModelFactory.jobPage(
                                List.of(), ((JobQuery) arguments[0]).before(new UUID(1, 1)), Instant.EPOCH)
                        : method.invoke(jobs.store, arguments));

        assertThat(Pages.of(endsEarly).text("jobs?status=failed")).contains(">2 jobs<", "No job found so far");
    }

    @Test
    @DisplayName(
            "A link per status keeps the rest of the filter and chooses the status too; without another filter it counts its jobs")
    void chips() {
        jobs.fail(job("mail"), JobException.user("no_credits", "Buy credits"));
        jobs.add("mail");
        jobs.add("mail");
        jobs.add("film");

        assertThat(pages.text("jobs?status=failed"))
                .containsPattern("href=\"jobs\\?status=pending&amp;status=failed\"[^>]*>.*pending <b>3</b>")
                .containsPattern("href=\"jobs\" aria-current=\"true\".*failed <b>1</b>");
        assertThat(pages.text("jobs?type=mail&status=failed"))
                .containsPattern("href=\"jobs\\?status=pending&amp;status=failed&amp;type=mail\"[^>]*>.*pending</a>")
                .containsPattern("href=\"jobs\\?type=mail\" aria-current=\"true\".*failed</a>");
    }

    @Test
    @DisplayName("The error of a job stands below its row in the whole width, with a link to the jobs of its code")
    void errorBelow() {
        String message = "The image service refused the key: " + "it is too old, ".repeat(20);
        jobs.add("mail");
        UUID failed = jobs.fail(job("film"), JobException.permanent("bad_key", message));

        String html = pages.text("jobs");

        assertThat(html)
                .containsOnlyOnce("<tr class=\"line\">")
                .containsPattern(failed + "(?:(?!</tr>).)*</tr><tr class=\"line\"><td colspan=\"\\d+\"><div>"
                        + "<a href=\"jobs\\?code=bad_key\"><bdi>bad_key</bdi></a> <bdi>"
                        + Pattern.quote(message.strip()))
                .doesNotContain("<th scope=\"col\">Error");
        assertThat(Integer.parseInt(html.replaceAll("(?s).*<td colspan=\"(\\d+)\".*", "$1")))
                .isEqualTo(html.split("<th scope=\"col\"", -1).length - 1);
    }

    @Test
    @DisplayName("A column in which no job of the page has a value is not shown")
    void emptyColumns() {
        jobs.add(job("mail"));
        assertThat(pages.text("jobs"))
                .contains("<th scope=\"col\">Status</th>")
                .doesNotContain("<th scope=\"col\">Project</th>");

        jobs.add(job("mail").project("p1"));

        String html = pages.text("jobs");
        assertThat(html).contains("<th scope=\"col\">Project</th>", "<span class=\"muted\">–</span>");
        assertThat(html).doesNotContain("<th scope=\"col\">User</th>", "<th scope=\"col\">Progress</th>");
    }

    @Test
    @DisplayName(
            "Times are in UTC, or in the zone that the address says, which links and forms carry on; of an unknown one the page says so")
    void zone() {
        Stand stand = new Stand();
        NewJob job = stand.rows.job();
        stand.rows.add(job);
        String utc = "datetime=\"2026-03-04T10:30:00Z\">2026-03-04 10:30:00.000 UTC<";

        String plain = stand.page("job?tab=facts&id=" + job.id());
        String berlin = stand.page("job?tab=facts&zone=Europe/Berlin&id=" + job.id());

        assertThat(plain).contains(utc).doesNotContain("zone=UTC&").contains("zone=UTC\" aria-current=\"true\">UTC<");
        assertThat(berlin)
                .contains("datetime=\"2026-03-04T10:30:00Z\">2026-03-04 11:30:00.000 +01:00<")
                .contains("title=\"2026-03-04 11:30:00.000 +01:00\"")
                .contains("href=\"queues?zone=Europe%2FBerlin\"")
                .contains("<input type=\"hidden\" name=\"zone\" value=\"Europe/Berlin\">")
                .contains("zone=Europe%2FBerlin\" aria-current=\"true\">Europe/Berlin<")
                .doesNotContain("UTC<time", "000 UTC");
        for (String unknown : List.of("<b>", "+02:00", "Europe/Nowhere")) {
            assertThat(stand.page("job?tab=facts&id=" + job.id() + "&zone=" + encoded(unknown)))
                    .contains(
                            utc,
                            "There is no time zone <bdi>"
                                    + unknown.replace("<", "&lt;").replace(">", "&gt;")
                                    + "</bdi>, so times are in UTC");
        }
        assertThat(berlin).doesNotContain("There is no time zone");
        assertThat(rows(stand.page("jobs?since=2026-03-04+11:30:00.000+%2B01:00")))
                .hasSize(1);
        assertThat(rows(stand.page("jobs?since=2026-03-04+11:30:00.001+%2B01:00")))
                .isEmpty();
        stand.later(Duration.ofSeconds(10));
        assertThat(stand.get("jobs", Access.view("me")).headers().get("ETag"))
                .isEqualTo(stand.later(Duration.ofMillis(1))
                        .get("jobs", Access.view("me"))
                        .headers()
                        .get("ETag"));
    }

    @Test
    @DisplayName(
            "From a job of a filtered list, and after an act, a link leads back to the same filter and page; to nowhere else")
    void wayBack() {
        UUID id = jobs.fail(job("mail").user("a & b"), JobException.permanent("bad", "Bad"));
        Pages acts = pages.as(Access.view("me").actOnJobs());
        String before = "ffffffff-0000-7000-8000-000000000000";
        String list = "jobs?status=failed&user=a+%26+b&before=" + before;
        String back =
                "<a href=\"jobs?before=" + before + "&amp;status=failed&amp;user=a+%26+b\">« Back to the list</a>";
        Matcher link = Pattern.compile("href=\"(job\\?id=" + id + "&amp;back=[^\"]*)\"")
                .matcher(acts.text(list));
        assertThat(link.find()).isTrue();

        String job = acts.text(link.group(1).replace("&amp;", "&"));

        assertThat(job).contains(back);
        Matcher retry =
                Pattern.compile("action=\"(act\\?do=retry&amp;id=[^\"]*)\"").matcher(job);
        assertThat(retry.find()).isTrue();
        assertThat(acts.post(retry.group(1).replace("&amp;", "&"), "").text()).contains("1 job is tried again", back);
        assertThat(acts.text("jobs?type=mail"))
                .contains("<input type=\"hidden\" name=\"back\" value=\"jobs?type=mail\">");
        assertThat(acts.text("job?id=" + id + "&back="
                        + encoded("jobs?limitKey=tenant%3Aacme&endedUntil=1h&enqueuedUntil=2h&tick=all&x=y")))
                .contains(
                        "<a href=\"jobs?limitKey=tenant%3Aacme&amp;endedUntil=1h&amp;enqueuedUntil=2h\">« Back to the list</a>");
        for (String name : JobFilter.NAMES) {
            assertThat(acts.text("job?id=" + id + "&back=" + encoded("jobs?" + name + "=x")))
                    .contains("<a href=\"jobs?" + name + "=x\">« Back to the list</a>");
        }
        assertThat(acts.text("job?id=" + id)).doesNotContain("Back to the list");
        for (String foreign : List.of(
                "https://example.org/?a=b", "//example.org?a=b", "act?do=retry", "jobs", "jobs?x=y", "jobs?type=%zz")) {
            assertThat(acts.text("job?id=" + id + "&back=" + encoded(foreign)))
                    .doesNotContain("Back to the list", "href=\"https:", "href=\"//");
        }
    }

    @Test
    @DisplayName("Texts of others are shown as texts")
    void hostile() {
        String html = "<script>alert(1)</script>";
        String turned = "\u202egnp.exe";
        jobs.fail(job("mail").user(html).project(turned), JobException.permanent("bad", html));

        for (String page : List.of("jobs", "jobs?user=" + encoded(html), "jobs?type=" + encoded(html + turned))) {
            assertThat(pages.text(page))
                    .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
                    .doesNotContain("<script>alert")
                    .doesNotContain("\u202e");
        }
        assertThat(rows(pages.text("jobs?project=" + encoded(turned)))).hasSize(1);
    }

    @Test
    @DisplayName("The redactor changes messages of errors")
    void redacted() {
        jobs.fail(job("mail"), JobException.permanent("bad", "the key is k12zz"));

        assertThat(pages.redacted(text -> text.replace("k12zz", "…")).text("jobs"))
                .contains("the key is …")
                .doesNotContain("k12zz");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "status=pending", "user=u2", "type=secret", "project=p9", "lang=zh", "since=1h"})
    @DisplayName("A viewer of one user never sees a job of another")
    void scoped(String query) {
        UUID own = jobs.add(job("mail").user("u1"));
        UUID other = jobs.add(job("secret").user("u2").project("p9"));
        Pages scoped = pages.as(Access.view("me").onlyUser("u1"));

        String html = scoped.text("jobs?" + query);

        assertThat(rows(html)).isSubsetOf(own);
        assertThat(html).doesNotContain(other.toString());
        assertThat(html.replace("value=\"secret\"", "")
                        .replace("type=secret", "")
                        .replace("<bdi>secret</bdi>", ""))
                .doesNotContain("secret");
        assertThat(rows(scoped.text("jobs?id=" + other))).isEmpty();
        assertThat(scoped.text("jobs")).contains(">1 job<");
    }

    @Test
    @DisplayName("A viewer of one user who asks for another is told why this is left out")
    void scopeIsExplained() {
        assertThat(pages.as(Access.view("me").onlyUser("u1")).text("jobs?user=u2"))
                .contains("You may see jobs of u1 only");
    }

    @Test
    @DisplayName("A jump to the id of a job leads to the job")
    void jumpToJob() {
        UUID id = jobs.add("mail");

        DashboardResponse response = pages.get("jobs?lang=zh&jump=" + id);

        assertThat(response.status()).isEqualTo(302);
        assertThat(response.headers()).containsEntry("Location", "job?id=" + id + "&lang=zh");
        assertThat(response.headers()).containsKey("Content-Security-Policy");
    }

    @Test
    @DisplayName("A jump to the id of another user's job finds as little as a jump to no job")
    void jumpIsScoped() {
        UUID other = jobs.add(job("mail").user("u2"));
        UUID none = UUID.randomUUID();
        Pages scoped = pages.as(Access.view("me").onlyUser("u1"));

        DashboardResponse found = scoped.get("jobs?jump=" + other);
        DashboardResponse notFound = scoped.get("jobs?jump=" + none);

        assertThat(found.status()).isEqualTo(404);
        assertThat(found.text().replace(other.toString(), "").replaceAll("As of <time[^>]*>[^<]*", ""))
                .isEqualTo(notFound.text().replace(none.toString(), "").replaceAll("As of <time[^>]*>[^<]*", ""));
        assertThat(scoped.get("jobs?jump=mail").status()).isEqualTo(404);
    }

    @Test
    @DisplayName("A jump to a type leads to its jobs")
    void jumpToType() {
        jobs.add("mail");

        assertThat(pages.get("jobs?jump=mail").headers()).containsEntry("Location", "jobs?type=mail");
    }

    @Test
    @DisplayName("A jump to a unique key leads to its only job, or to the list of its jobs")
    void jumpToKey() {
        UUID id = jobs.add(job("mail").uniqueKey("board-7"));

        assertThat(pages.get("jobs?jump=board-7").headers()).containsEntry("Location", "job?id=" + id);
        assertThat(pages.as(Access.view("me").onlyUser("u1"))
                        .get("jobs?jump=board-7")
                        .status())
                .isEqualTo(404);

        UUID second = jobs.add(job("film").uniqueKey("board-7"));
        assertThat(pages.get("jobs?jump=board-7").headers()).containsEntry("Location", "jobs?key=board-7");
        assertThat(pages.text("jobs?key=board-7")).contains("id=" + id, "id=" + second);
        assertThat(pages.text("job?tab=facts&id=" + id)).contains("jobs?key=board-7");
    }

    @Test
    @DisplayName("A jump to a unique key that looks like an id leads to its only job, or to the list of its jobs")
    void jumpToKeyLikeAnId() {
        String key = "8c0de5f0-1a2b-4c3d-8e4f-0123456789ab";
        UUID id = jobs.add(job("mail").uniqueKey(key));
        Pages other = pages.as(Access.view("me").onlyUser("u1"));

        assertThat(pages.get("jobs?jump=" + key).headers()).containsEntry("Location", "job?id=" + id);
        DashboardResponse notSeen = other.get("jobs?jump=" + key);
        assertThat(notSeen.status()).isEqualTo(404);
        assertThat(notSeen.text())
                .contains("No job that you may see has this id or unique key:", "jobs?key=" + key)
                .doesNotContain("jobs?user=");

        jobs.add(job("film").uniqueKey(key));
        assertThat(pages.get("jobs?jump=" + key).headers()).containsEntry("Location", "jobs?key=" + key);
    }

    @Test
    @DisplayName("A jump to anything else offers to look for a queue, user or project of that name")
    void jumpToNothing() {
        DashboardResponse response = pages.get("jobs?jump=" + encoded("a b&<"));

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text())
                .contains("No job that you may see has this type or unique key:")
                .contains("jobs?queue=a+b%26%3C", "jobs?user=a+b%26%3C", "jobs?project=a+b%26%3C");
    }

    @Test
    @DisplayName("Without jobs it shows the lines that enqueue one")
    void noJobs() {
        assertThat(pages.text("jobs")).contains("There are no jobs yet", "jobs.enqueue(NewJob.of(greet");
        assertThat(pages.as(Access.view("me").onlyUser("u1")).text("jobs"))
                .contains("There are no jobs yet that you may see")
                .doesNotContain("NewJob");
    }

    @Test
    @DisplayName("A filter that finds nothing offers to drop each of its parts")
    void nothingFits() {
        jobs.add("mail");

        assertThat(pages.text("jobs?type=film&status=failed"))
                .contains("No job fits this filter")
                .contains("<a href=\"jobs?status=failed\">Without Type", "<a href=\"jobs?type=film\">Without Status");
    }

    @Test
    @DisplayName("Links to exports keep the filter")
    void exports() {
        assertThat(pages.text("jobs?type=mail&status=failed"))
                .contains("export.csv?status=failed&amp;type=mail", "export.ndjson?status=failed&amp;type=mail");
    }

    @Test
    @DisplayName("In Chinese every text is Chinese")
    void chinese() {
        jobs.fail(job("mail").user("u1"), JobException.user("no_credits", "积分不足"));

        assertThat(pages.text("jobs?lang=zh&since=never"))
                .contains("1 个任务", "积分不足", "never 不是时间", "提交时间不早于", "失败")
                .doesNotContain("Enqueued", "Newest", "Show");
    }
}
