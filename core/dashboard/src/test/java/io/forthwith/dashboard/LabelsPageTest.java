package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.JobStore;
import io.forthwith.store.label.LabelStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Labels on the pages")
class LabelsPageTest {
    private static final Pattern ROW = Pattern.compile("<a class=\"id\" href=\"job\\?id=([0-9a-f-]{36})[^\"]*\"");

    private static final Pattern LINK = Pattern.compile("href=\"(jobs\\?label=[^\"]*)\"");

    private final JobsInStore jobs = new JobsInStore();
    private final Pages pages = Pages.of(jobs.store.labels("order", "tenant"));

    private static List<UUID> rows(String html) {
        return ROW.matcher(html)
                .results()
                .map(row -> UUID.fromString(row.group(1)))
                .toList();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static NewJob ofOrder(String value) {
        return job("mail").metadata("order", value);
    }

    private String location(String path) {
        return String.valueOf(pages.get(path).headers().get("Location"));
    }

    @Test
    @DisplayName("the filter finds the jobs of a label, and says what was searched and which jobs have none")
    void filter() {
        UUID first = jobs.add(ofOrder("4711"));
        UUID second = jobs.add(ofOrder("4711").queue("slow"));
        jobs.add(ofOrder("4712"));
        jobs.add("mail");

        String html = pages.text("jobs?label=" + encoded("order=4711"));

        assertThat(rows(html)).containsExactly(second, first);
        assertThat(html)
                .contains("Searched labels:", ">order<", "of jobs enqueued since 20", "by SQL")
                .contains("value=\"order=4711\"", "<option value=\"tenant=\">");
        assertThat(rows(pages.text("jobs?queue=slow&label=" + encoded("order=4711"))))
                .containsExactly(second);
        assertThat(rows(pages.text("jobs?label=" + encoded("order=none")))).isEmpty();
        assertThat(pages.text("jobs")).doesNotContain("Searched labels");
        assertThat(pages.text("jobs?lang=zh&label=" + encoded("order=4711"))).contains("已搜索的标签");
    }

    @Test
    @DisplayName("a name that nobody has declared is named as such, with those that are")
    void undeclared() {
        jobs.add(job("mail").metadata("color", "red"));

        assertThat(pages.text("jobs?label=" + encoded("color=red")))
                .contains("No process declares this label", ">color<", "These are declared:", ">order<", ">tenant<");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4711", "order=", "=4711", "a b=1"})
    @DisplayName("what is no label is named beside the filter and left out")
    void bad(String text) {
        UUID id = jobs.add(ofOrder("4711"));

        String html = pages.text("jobs?label=" + encoded(text));

        assertThat(html).contains("is not a label", "order=4711");
        assertThat(rows(html)).containsExactly(id);
    }

    @Test
    @DisplayName("the search box leads to the only job of an order, by its name and value and by the value alone")
    void jump() {
        UUID id = jobs.add(ofOrder("4711"));
        jobs.add(ofOrder("4712"));

        assertThat(location("jobs?jump=" + encoded("order=4711"))).contains("job?id=" + id);
        assertThat(location("jobs?jump=4711")).contains("job?id=" + id);
        assertThat(location("jobs?jump=" + encoded("order 4711"))).contains("job?id=" + id);
        jobs.add(ofOrder("4711"));
        assertThat(location("jobs?jump=4711")).contains("jobs?label=order%3D4711");
        assertThat(location("jobs?jump=" + encoded("order=4711"))).contains("jobs?label=order%3D4711");
    }

    @Test
    @DisplayName("the search box leads to the job of a label that looks like an id")
    void jumpById() {
        UUID order = UUID.randomUUID();
        UUID id = jobs.add(ofOrder(order.toString()));

        assertThat(location("jobs?jump=" + order)).contains("job?id=" + id);
    }

    @Test
    @DisplayName(
            "a text that is a key and several labels gives the choice, and one that is nothing says which labels were searched")
    void choice() {
        jobs.add(ofOrder("7"));
        jobs.add(job("mail").metadata("tenant", "7"));
        jobs.add(job("mail").uniqueKey("7"));

        assertThat(pages.text("jobs?jump=7")).contains("order=7", "tenant=7", "Unique key");
        String nothing = pages.text("jobs?jump=none");
        assertThat(nothing).contains("Searched labels:", ">order<", ">tenant<");
    }

    @Test
    @DisplayName("a viewer of one user's jobs finds no other job by its label, and hears of no names")
    void scoped() {
        jobs.add(ofOrder("4711").user("u2"));
        UUID own = jobs.add(ofOrder("4712").user("u1"));
        Pages scoped = pages.as(Access.view("me").onlyUser("u1"));

        assertThat(scoped.get("jobs?jump=4711").status()).isEqualTo(404);
        assertThat(scoped.text("jobs?jump=4711")).doesNotContain("tenant");
        assertThat(rows(scoped.text("jobs?label=" + encoded("order=4711")))).isEmpty();
        assertThat(rows(scoped.text("jobs?label=" + encoded("order=4712")))).containsExactly(own);
    }

    @Test
    @DisplayName("the metadata of a job lead to the jobs with the same label")
    void details() {
        UUID id = jobs.add(ofOrder("4711").metadata("color", "red"));

        String html = pages.text("job?id=" + id + "&tab=facts");

        assertThat(html).contains("jobs?label=order%3D4711").doesNotContain("jobs?label=color");
        assertThat(pages.text("job?id=" + id + "&tab=attempts"))
                .contains("<dt>Labels</dt>", "jobs?label=order%3D4711")
                .doesNotContain("jobs?label=color");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<script>alert(1)</script>", "'\"&", "\uD83D\uDE00 订单", "%00", "{0}", " 4711", "a=b +c"})
    @DisplayName("hostile values are found and shown as text, and lead to their jobs")
    void hostile(String value) {
        UUID id = jobs.add(ofOrder(value));

        String html = pages.text("jobs?label=" + encoded("order=" + value));

        assertThat(html).doesNotContain("<script>alert");
        assertThat(rows(html)).containsExactly(id);
        assertThat(location("jobs?jump=" + encoded("order=" + value))).contains("job?id=" + id);
        assertThat(rows(pages.text(linkOf(id).orElseThrow()))).containsExactly(id);
    }

    /** Where the label in the metadata of a job leads to. */
    private Optional<String> linkOf(UUID id) {
        return LINK.matcher(pages.text("job?id=" + id + "&tab=facts"))
                .results()
                .map(link -> link.group(1).replace("&amp;", "&"))
                .findFirst();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\u0007", "a\u0007b", "a\u2028b", "4711 ", " "})
    @DisplayName("values that an address cannot hold as they are have no link")
    void unsearchable(String value) {
        UUID id = jobs.add(ofOrder(value));

        assertThat(linkOf(id)).isEmpty();
    }

    @Test
    @DisplayName("a store without labels has no field for them, and the rest of the page works")
    void unsupported() {
        jobs.add(ofOrder("4711"));
        Pages without = Pages.of(withoutLabels());

        assertThat(without.text("jobs")).doesNotContain("name=\"label\"");
        assertThat(without.text("jobs?label=" + encoded("order=4711")))
                .contains("This store does not find jobs by labels");
        assertThat(without.text("jobs?jump=4711")).doesNotContain("Searched labels");
    }

    private JobStore withoutLabels() {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("labels")) {
                        return Optional.<LabelStore>empty();
                    }
                    try {
                        return method.invoke(jobs.store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    @DisplayName("a span of time, the time of the end, the worker and the key of a limit narrow the list")
    void others() {
        UUID done = jobs.complete(job("mail"));
        UUID limited = jobs.add(job("mail").limit("tenant", "acme"));
        UUID worker = jobs.store.find(done).orElseThrow().workerId();

        assertThat(rows(pages.text("jobs?enqueuedUntil=2100-01-01"))).hasSize(2);
        assertThat(rows(pages.text("jobs?enqueuedUntil=2020-01-01"))).isEmpty();
        assertThat(rows(pages.text("jobs?since=2020-01-01&enqueuedUntil=2100-01-01")))
                .hasSize(2);
        assertThat(rows(pages.text("jobs?endedSince=1h"))).containsExactly(done);
        assertThat(rows(pages.text("jobs?endedUntil=2100-01-01"))).containsExactly(done);
        assertThat(rows(pages.text("jobs?worker=" + worker))).containsExactly(done);
        assertThat(rows(pages.text("jobs?limitKey=" + encoded(new LimitKey("tenant", "acme").text()))))
                .containsExactly(limited);
        assertThat(pages.text("jobs?limitKey=acme")).contains("acme is not the key of a limit");
        assertThat(pages.text("jobs?worker=7")).contains("7 is not an id");
        assertThat(pages.text("jobs?endedSince=x")).contains("x is not a time");
        assertThat(pages.text("jobs?worker=7")).contains("<details class=\"more\" open");
        assertThat(pages.text("jobs")).contains("<details class=\"more\">");
    }
}
