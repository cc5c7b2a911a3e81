package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailuresPageTest {
    private final JobsInStore jobs = new JobsInStore();
    private final Pages pages = Pages.of(jobs.store);
    private UUID first;
    private UUID second;
    private UUID other;

    @BeforeEach
    void failedJobs() {
        first = jobs.fail(job("film").user("u1"), JobException.user("no_credits", "Buy credits"));
        second = jobs.fail(job("film").user("u1"), JobException.user("no_credits", "Buy more credits"));
        other = jobs.fail(job("mail").user("u2"), JobException.permanent("bad_key", "<b>Key</b>"));
        jobs.complete(job("mail").user("u2"));
    }

    @Test
    @DisplayName(
            "Failures are grouped by code and type, the largest group first, with its newest job and who can fix it")
    void groups() {
        String html = pages.text("failures");

        assertThat(html.substring(html.indexOf("id=\"groups\"")))
                .containsPattern("(?s)no_credits.*film.*>user<.*>2<.*</svg> 67 %.*" + second
                        + ".*Buy more credits.*bad_key.*mail.*>system<.*>1<.*" + other + ".*&lt;b&gt;Key&lt;/b&gt;")
                .doesNotContain(first.toString());
    }

    @Test
    @DisplayName(
            "Failed attempts are counted by cause and by when they failed, also if their jobs are not failed any more")
    void attempts() {
        jobs.client.retryAll(JobQuery.all().status(JobStatus.FAILED));

        String html = pages.text("failures");
        String attempts = html.substring(html.indexOf("id=\"attempts\""), html.indexOf("id=\"groups\""));

        assertThat(Stand.words(attempts))
                .contains("3 attempts failed since 20")
                .containsPattern("no_credits film 1 1 .*Buy credits ")
                .containsPattern("bad_key mail 1 1 .*&lt;b&gt;Key&lt;/b&gt; ");
        Matcher link = Pattern.compile("href=\"(failures[^\"#]*cause=[0-9a-f]+)#cause\"><bdi>bad_key")
                .matcher(attempts);
        assertThat(link.find()).isTrue();
        String cause = pages.text(link.group(1).replace("&amp;", "&"));
        assertThat(cause.substring(cause.indexOf("id=\"cause\"")))
                .contains("The newest one that is kept", other.toString(), "&lt;b&gt;Key&lt;/b&gt;", "pending")
                .contains("failures?span=1h&amp;type=mail&amp;code=bad_key#group")
                .doesNotContain(first.toString(), second.toString());
        assertThat(pages.text("failures?cause=nothing")).contains("No attempt with this cause failed in this time.");
        assertThat(html)
                .contains("No failures of jobs that were enqueued since")
                .contains("Jobs that fail without an attempt of their own");
    }

    @Test
    @DisplayName(
            "The newest job of a group is the one that failed last, also if it was enqueued first, in the group and in its list")
    void failedLast() {
        jobs.client.retry(first);
        jobs.work("film", JobException.user("no_credits", "Buy credits again"), first);

        String html = pages.text("failures?type=film&code=no_credits");

        assertThat(html.substring(html.indexOf("id=\"groups\""), html.indexOf("id=\"group\"")))
                .contains(first.toString(), "Buy credits again")
                .doesNotContain(second.toString());
        assertThat(html.substring(html.indexOf("id=\"group\"")))
                .containsSubsequence(first.toString(), second.toString());
    }

    @Test
    @DisplayName("Failed attempts of workers that do not say why are counted too")
    void unexplained() {
        Stand stand = new Stand();
        stand.ended("pay", "capture_payment", JobOutcomes.Outcome.RETRIED, 300, 3);

        assertThat(stand.text("failures"))
                .contains(
                        "300 attempts failed since 2026-03-04 09:31",
                        "300 more attempts failed of which no cause is written");
        assertThat(stand.text("failures?span=24h")).contains("300 attempts failed since 2026-03-03 10:00");
        assertThat(stand.text("")).contains("300 more attempts failed of which no cause is written");
    }

    @Test
    @DisplayName("All jobs of a group can be retried from its row, by viewers who may act")
    void retry() {
        String html = pages.as(Access.view("me").actOnJobs()).text("failures?span=24h");

        assertThat(html)
                .contains("href=\"act?status=failed&amp;type=film&amp;code=no_credits&amp;since=24h&amp;do=retry");
        assertThat(pages.text("failures?span=24h")).doesNotContain("do=retry");
    }

    @Test
    @DisplayName("A share is 100 % of all only, and of few it is less than 1 %")
    void shares() {
        JobsInStore many = new JobsInStore();
        many.failAll(
                IntStream.range(0, 300).mapToObj(i -> job("film")).toList(),
                JobException.user("no_credits", "Buy credits"));
        many.fail(job("mail"), JobException.permanent("bad_key", "Key"));

        String html = Pages.of(many.store).text("failures");

        assertThat(Stand.words(html.substring(html.indexOf("id=\"groups\""))))
                .containsSubsequence("no_credits", " &gt; 99 %", "bad_key", " &lt; 1 %");
    }

    @Test
    @DisplayName("A viewer of one user sees no counts of the whole")
    void noCountsOfTheWhole() {
        assertThat(pages.as(Access.view("me").onlyUser("u1")).text("failures")).doesNotContain("id=\"attempts\"");
    }

    @Test
    @DisplayName("A group opens below: its newest jobs, and a link to all of them")
    void group() {
        String html = pages.text("failures?span=24h&type=film&code=no_credits");

        assertThat(html.substring(html.indexOf("id=\"group\"")))
                .contains(first.toString(), second.toString())
                .contains("jobs?status=failed&amp;type=film&amp;code=no_credits&amp;since=24h")
                .doesNotContain(other.toString());
    }

    @Test
    @DisplayName("A group without a code has only the jobs without one")
    void noCode() {
        String html = pages.text("failures?type=film&code=");

        assertThat(html.substring(html.indexOf("id=\"group\"")))
                .contains("no code", "No job of this group is failed now")
                .doesNotContain(first.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "type=mail&code=bad_key", "type=mail", "type=mail&code=", "span=30d&lang=zh"})
    @DisplayName("A viewer of one user never sees a failure of another, also after somebody who sees all")
    void scoped(String query) {
        pages.text("failures?" + query);
        Pages scoped = pages.as(Access.view("me").onlyUser("u1"));

        String html = scoped.text("failures?" + query);

        assertThat(html).contains("no_credits", second.toString()).doesNotContain(other.toString(), "&lt;b&gt;");
        assertThat(html.substring(0, html.contains("id=\"group\"") ? html.indexOf("id=\"group\"") : html.length())
                        // What the viewer has asked for stands in the way back.
                        .replace("code%3Dbad_key", ""))
                .doesNotContain("bad_key");
    }

    @Test
    @DisplayName("A viewer of one project without failures is told that there are none, and since when")
    void none() {
        String html = pages.as(Access.view("me").onlyProject("p1")).text("failures?span=7d");

        assertThat(html)
                .contains("No failures of jobs that were enqueued since <time datetime=\"20")
                .doesNotContain("no_credits");
    }

    @ParameterizedTest
    @CsvSource({"61,1,false", "59,5,true"})
    @DisplayName("A search that has left the span by an hour is complete, also if it never says so")
    void beyondTheSpan(int minutes, int looks, boolean isPart) {
        AtomicInteger looked = new AtomicInteger();
        JobStore store = Stand.answering(jobs.store, (call, arguments) -> {
            if (call.equals("search")
                    && arguments != null
                    && arguments[0] instanceof JobQuery query
                    && query.statuses().equals(Set.of(JobStatus.FAILED))
                    && query.since() != null) {
                looked.incrementAndGet();
                return ReadModelFactory.jobPage(
                        jobs.client.search(query).jobs(),
                        query.before(first),
                        query.since().minus(Duration.ofMinutes(minutes)));
            }
            return null;
        });

        String html = Pages.of(store).text("failures");

        assertThat(html).contains("no_credits", second.toString());
        assertThat(html.contains("Counted among the newest jobs only")).isEqualTo(isPart);
        assertThat(html.contains("at least ")).isEqualTo(isPart);
        assertThat(html.contains("class=\"share\"")).as("a share of all").isEqualTo(!isPart);
        assertThat(looked).hasValue(looks);
    }

    @Test
    @DisplayName("A type that cannot be searched for opens no group")
    void badType() {
        assertThat(pages.text("failures?type=" + "a".repeat(300) + "&code=x"))
                .contains("no_credits")
                .doesNotContain("id=\"group\"");
    }

    @Test
    @DisplayName("In Chinese every text is Chinese")
    void chinese() {
        assertThat(pages.text("failures?lang=zh&type=film&code=no_credits"))
                .contains("现在处于失败状态的任务", "按原因分组的失败执行", "在任务页查看这一组")
                .doesNotContain("Newest", "Share");
    }
}
