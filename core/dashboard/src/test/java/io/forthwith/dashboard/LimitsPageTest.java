package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.page.LimitsPage;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The pages of limits")
class LimitsPageTest {
    private static final LimitKey ACME = new LimitKey("tenant", "acme");

    private final Stand stand = new Stand();
    private final LimitStore limits = stand.store.limits().orElseThrow();

    private void enqueue(String key, int jobs) {
        for (int i = 0; i < jobs; i++) {
            stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").limit("tenant", key));
        }
    }

    /** A worker takes as many jobs as it may. */
    private void claim() {
        WorkerInfo worker = stand.worker("one", List.of("default"), List.of("mail"));
        stand.store.claim(new ClaimRequest(
                worker.id(), List.of("default"), 1_000, Set.of("mail"), ClaimRequest.LOST_WORKERS_CAP));
    }

    private String row(String address, String key) {
        return Stand.rowOf(stand.page(address), key);
    }

    private List<String> rows(String address) {
        Matcher names =
                Pattern.compile("scope=\"row\"><a [^>]*><bdi>(.*?)</bdi>").matcher(stand.page(address));
        List<String> all = new ArrayList<>();
        while (names.find()) {
            all.add(names.group(1));
        }
        return all;
    }

    @Test
    @DisplayName("show how to declare one if there is none")
    void none() {
        assertThat(stand.text("limits")).contains("No limit is declared.", "limit(&quot;tenant&quot;, tenantId)");
    }

    @Test
    @DisplayName("say in words what a limit allows, and how many of a key run and wait")
    void figures() {
        limits.put(Limit.of("tenant")
                .concurrency(3)
                .rate(20, Duration.ofMinutes(1))
                .burst(5));
        enqueue("acme", 7);
        claim();

        assertThat(stand.text("limits")).contains("Each key: 3 at a time · 20 in 1 min, burst 5");
        assertThat(row("limits", "acme")).contains(" 4 3 of 3 100 % ");
        assertThat(stand.page("limits")).contains("href=\"limit?key=tenant%3Aacme\"");
    }

    @Test
    @DisplayName("show the keys that take turns, with their weights, once there are some")
    void fair() {
        assertThat(stand.text("limits")).doesNotContain("take turns");
        limits.put(Limit.of("tenant").concurrency(3));
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").fairBy("acme"));
        stand.jobs.enqueue(NewJob.of(Stand.MAIL, "x").fairBy("globex"));
        limits.override(LimitKey.fairBy("acme"), Limit.weight(3));

        assertThat(stand.text("limits")).contains("Keys take turns", "≠ override weight 3");
        assertThat(rows("limits?name=fair")).containsExactlyInAnyOrder("acme", "globex");
        assertThat(stand.text("limit?key=fair:acme"))
                .contains("Its share of the turns weight 3", "1 job waits")
                .doesNotContain("not declared");
        assertThat(stand.text("limit?key=fair:globex")).contains("Its share of the turns weight 1");
    }

    @Test
    @DisplayName("say when the rate lets the next job of a key start")
    void rate() {
        limits.put(Limit.of("tenant").rate(6, Duration.ofMinutes(1)));
        enqueue("acme", 2);
        claim();

        assertThat(row("limits", "acme")).contains(" 1 1 in 10 s");
        assertThat(stand.text("limit?key=tenant:acme"))
                .contains("The rate is used up: the next job may start in 10 s ; 1 job waits");
    }

    @Test
    @DisplayName("say since when, by whom and why a key is paused, and what holds for it only")
    void pausedAndOverridden() {
        limits.put(Limit.of("tenant").concurrency(3));
        limits.pause(ACME, Pause.by("anna").because("<b>the printer</b>"));
        limits.override(ACME, Limit.of("tenant").concurrency(10));
        stand.later(Duration.ofMinutes(3));

        for (String address : List.of("limits", "limit?key=tenant:acme")) {
            assertThat(stand.text(address))
                    .contains("‖ paused 3 min ago , by anna : &lt;b&gt;the printer", "≠ override 10 at a time");
            assertThat(stand.page(address)).doesNotContain("<b>the printer");
        }
        assertThat(stand.text("limit?key=tenant:acme"))
                .contains("The key is paused, so no job starts; no job waits")
                .contains("Declared for each key 3 at a time For this key only 10 at a time");
    }

    @Test
    @DisplayName("list first the keys for which most jobs wait, then those that are paused, then by name")
    void order() {
        limits.put(Limit.of("tenant").concurrency(1));
        enqueue("a", 1);
        enqueue("b", 3);
        enqueue("c", 5);
        limits.pause(new LimitKey("tenant", "d"), Pause.by("anna"));
        claim();

        assertThat(rows("limits")).containsExactly("c", "b", "d", "a");
    }

    @Test
    @DisplayName("show 50 keys, and the way to the next ones and back")
    void paging() {
        limits.put(Limit.of("tenant").concurrency(1));
        limits.put(Limit.of("other").concurrency(1));
        for (int i = 100; i < 160; i++) {
            limits.pause(new LimitKey("tenant", "k" + i), Pause.by("anna"));
        }

        assertThat(rows("limits?name=tenant")).hasSize(50).contains("k100", "k149");
        assertThat(stand.page("limits?name=tenant")).contains("href=\"limits?name=tenant&amp;after=k149\"");
        assertThat(rows("limits?name=tenant&after=k149")).hasSize(10).contains("k150", "k159");
        assertThat(stand.page("limits?name=tenant&after=k149")).contains("href=\"limits?name=tenant\">First page");
        assertThat(stand.text("limits?name=tenant&after=k159")).contains("There is no key from here on.");
    }

    @Test
    @DisplayName("show the first keys of each of ten limits, and the way to all keys and to more limits")
    void several() {
        for (int i = 10; i < 22; i++) {
            limits.put(Limit.of("limit" + i).concurrency(i));
        }
        for (int i = 10; i < 21; i++) {
            limits.pause(new LimitKey("limit10", "k" + i), Pause.by("anna"));
        }

        String page = stand.page("limits");

        assertThat(page)
                .contains("<bdi>limit10</bdi>", "<bdi>limit19</bdi>", "<bdi>k19</bdi>")
                .doesNotContain("<bdi>limit20</bdi>", "<bdi>k20</bdi>")
                .contains("href=\"limits?name=limit10\">All keys", "href=\"limits?after=limit19\"");
        assertThat(stand.page("limits?after=limit19"))
                .contains("<bdi>limit20</bdi>", "<bdi>limit21</bdi>", "href=\"limits\">First page")
                .doesNotContain("<bdi>limit19</bdi>");
    }

    @Test
    @DisplayName(
            "show limits on types together, also those of types that have not run, with the way to the jobs that wait")
    void types() {
        limits.put(Limit.onType("mail").concurrency(1));
        limits.put(Limit.onType("film").rate(100, Duration.ofHours(1)));
        stand.enqueue("mail", "default");
        stand.enqueue("mail", "default");
        claim();

        assertThat(stand.text("limits")).contains("Limits on job types");
        assertThat(row("limits", "mail")).contains(" 1 at a time 1 1 of 1 100 % ");
        assertThat(row("limits", "film")).contains(" 100 in 1 h, burst 2 0 0 ");
        assertThat(stand.page("limit?key=type:mail"))
                .contains("href=\"jobs?type=mail&amp;status=pending\">Pending jobs of this type");
    }

    @Test
    @DisplayName("say that jobs wait for a limit that nobody has declared")
    void undeclared() {
        enqueue("acme", 2);

        assertThat(stand.text("limits?name=tenant")).contains("✕ not declared No worker has declared this limit");
        assertThat(stand.text("limit?key=tenant:acme"))
                .contains("The limit is not declared, so no job starts; 2 jobs wait");
    }

    @Test
    @DisplayName("lead from the text of a key to its page, with all characters that a key may have")
    void find() {
        limits.put(Limit.of("tenant").concurrency(1));
        String key = "tenant:_eu:a.b-c/d";

        DashboardResponse found = stand.get("limits?key=+" + Requests.encoded(key) + "+&lang=zh", Access.view("me"));

        assertThat(found.status()).isEqualTo(302);
        assertThat(found.headers()).containsEntry("Location", "limit?key=tenant%3A_eu%3Aa.b-c%2Fd&lang=zh");
        assertThat(stand.page("limit?key=" + Requests.encoded(key)))
                .contains("<h1>Limit <bdi>tenant:_eu:a.b-c/d</bdi></h1>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme", "tenant:", ":acme", "ten ant:acme", "<b>:x", "tenant:é", "tenant:a b"})
    @DisplayName("say what is no key, and how one is written")
    void noKey(String text) {
        limits.put(Limit.of("tenant").concurrency(1));
        String given = Requests.encoded(text);

        assertThat(stand.text("limits?key=" + given)).contains("is not the key of a limit. Write", "Each key:");
        assertThat(stand.page("limits?key=" + given))
                .contains("aria-invalid=\"true\"")
                .doesNotContain("<b>:x");
        assertThat(stand.get("limit?key=" + given, Access.view("me")).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ten ant", "tenant:acme", "<b>", "\ud800"})
    @DisplayName("are not there for what is no name of a limit")
    void noName(String name) {
        assertThat(stand.get("limits?name=" + Requests.encoded(name), Access.view("me"))
                        .status())
                .isEqualTo(404);
    }

    @Test
    @DisplayName("begin at the front if the key to go on after is none")
    void noAfter() {
        limits.put(Limit.of("tenant").concurrency(1));
        limits.pause(ACME, Pause.by("anna"));

        assertThat(rows("limits?name=tenant&after=" + "x".repeat(1_000))).containsExactly("acme");
    }

    @Test
    @DisplayName("link the jobs that hold permits, 50 at the most")
    void holders() {
        limits.put(Limit.of("tenant").concurrency(60));
        UUID first = stand.jobs
                .enqueue(NewJob.of(Stand.MAIL, "x").user("ada").priority(9).limit("tenant", "acme"))
                .id();
        enqueue("acme", 60);
        claim();

        String page = stand.page("limit?key=tenant:acme");

        assertThat(page).contains("href=\"job?id=" + first + "\"");
        assertThat(Stand.words(page))
                .contains("All 60 jobs that may run at a time run; 1 job waits", "These are the first 50 of 60.")
                .contains("Jobs that wait for this key Queue Type Waiting default mail 1 The one that comes first")
                .contains(" ada ");
        assertThat(page.split("href=\"job\\?id=", -1)).hasSize(52);
    }

    @Test
    @DisplayName("say that a key is free, and that nobody holds it")
    void free() {
        limits.put(Limit.of("tenant").concurrency(2));

        assertThat(stand.text("limit?key=tenant:acme"))
                .contains("A job may start now; no job waits", "No job runs under this key.");
    }

    @Test
    @DisplayName("show actions to those only who may act on queues")
    void actions() {
        limits.put(Limit.of("tenant").concurrency(1));
        limits.override(ACME, Limit.of("tenant").concurrency(2));
        Access may = Access.view("me").actOnQueues();

        assertThat(stand.get("limits", may).text()).contains("act?do=pause-limit&amp;key=tenant%3Aacme");
        assertThat(stand.get("limit?key=tenant:acme", may).text())
                .contains("act?do=pause-limit&amp;", "act?do=override-limit&amp;", "act?do=reset-limit&amp;");
        limits.pause(ACME, Pause.by("anna"));
        assertThat(stand.get("limit?key=tenant:acme", may).text()).contains("act?do=resume-limit&amp;");
        for (String address : List.of("limits", "limit?key=tenant:acme")) {
            assertThat(stand.page(address)).doesNotContain("act?do=", "Actions");
        }
    }

    @Test
    @DisplayName("are not linked, and say one sentence, if the store has no limits")
    void notKept() {
        stand.reading(
                Stand.answering(stand.store, (call, arguments) -> call.equals("limits") ? Optional.empty() : null));

        assertThat(Stand.words(new LimitsPage().content(stand.view()).body().toString()))
                .contains("This store has no limits.")
                .doesNotContain("Limit, colon and key");
        assertThat(new LimitsPage().isOffered(stand.view().source())).isFalse();
        assertThat(stand.page("")).contains("href=\"limits\"");
        assertThat(Pages.of(Stand.answering(
                                stand.store, (call, arguments) -> call.equals("limits") ? Optional.empty() : null))
                        .text(""))
                .doesNotContain("href=\"limits\"");
    }

    /** Limits whose keys cannot be read. */
    private LimitStore broken() {
        return (LimitStore) Proxy.newProxyInstance(
                LimitStore.class.getClassLoader(), new Class<?>[] {LimitStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("state")) {
                        throw new IllegalStateException("no connection");
                    }
                    return method.invoke(limits, arguments);
                });
    }

    @Test
    @DisplayName("say it if keys cannot be read, and show the rest")
    void unreadable() {
        limits.put(Limit.of("tenant").concurrency(1));
        LimitStore broken = broken();
        stand.reading(
                Stand.answering(stand.store, (call, arguments) -> call.equals("limits") ? Optional.of(broken) : null));

        assertThat(Stand.words(new LimitsPage().content(stand.view()).body().toString()))
                .contains("tenant The store cannot be read");
    }

    @Test
    @DisplayName("say that the store is too slow, and show no figure")
    void tooSlow() {
        CountDownLatch latch = new CountDownLatch(1);
        stand.reading(Stand.waiting(stand.store, latch));
        View view = stand.view(Locale.ENGLISH, Duration.ZERO, text -> text);

        String text = Stand.words(new LimitsPage().content(view).body().toString());
        latch.countDown();

        assertThat(text).contains("did not answer within 2 s").doesNotContain("No limit is declared");
    }

    @Test
    @DisplayName("are closed to somebody who sees the jobs of one user only")
    void scoped() {
        limits.put(Limit.of("secret").concurrency(1));
        limits.pause(new LimitKey("secret", "key"), Pause.by("anna").because("x"));

        for (String address : List.of("limits", "limits?name=secret", "limit?key=secret:key")) {
            DashboardResponse response = stand.get(address, Access.view("me").onlyUser("u"));

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.text()).doesNotContain("anna", "href=\"limits");
        }
    }

    @Test
    @DisplayName("speak Chinese")
    void chinese() {
        limits.put(Limit.of("tenant").concurrency(3).rate(20, Duration.ofMinutes(1)));
        enqueue("acme", 4);
        claim();

        assertThat(stand.text("limits?lang=zh")).contains("限制", "每个键： 同时 3 个 · 1 分钟内 20 次，突发 1 次");
        assertThat(stand.page("limits?lang=zh")).contains("href=\"limit?key=tenant%3Aacme&amp;lang=zh\"");
        assertThat(stand.text("limit?lang=zh&key=tenant:acme")).contains("速率已用完", "3 个任务在等待");
    }

    @Test
    @DisplayName("are linked from the page of a job under limits, and from why it does not run")
    void job() {
        limits.put(Limit.of("tenant").concurrency(1));
        enqueue("acme", 1);
        claim();
        UUID id = stand.jobs
                .enqueue(NewJob.of(Stand.MAIL, "x")
                        .user("u")
                        .limit("tenant", "acme")
                        .limit("api", "k", 5))
                .id();
        limits.put(Limit.of("api").concurrency(1));
        limits.pause(ACME, Pause.by("the-boss").because("no money"));

        String page = stand.page("job?id=" + id);

        assertThat(Stand.words(page))
                .contains("Limits api:k (its start counts as 5), tenant:acme", "by the-boss. no money");
        assertThat(page.split("href=\"limit\\?key=tenant%3Aacme\"", -1)).hasSize(3);
        assertThat(page).contains("href=\"limit?key=api%3Ak\"");

        String narrow =
                stand.get("job?id=" + id, Access.view("me").onlyUser("u")).text();
        assertThat(Stand.words(narrow)).contains("tenant:acme", "has been paused since");
        assertThat(narrow).doesNotContain("limit?key=", "the-boss", "no money");
    }

    /** Adds a job to a sequence. */
    private NewJob inSequence(String key) {
        NewJob job = stand.rows.job().sequence(key);
        stand.rows.add(job);
        return job;
    }

    /** A sequence whose first job has failed, and one more job behind it. */
    private NewJob blocked(String key, String message) {
        NewJob first = inSequence(key);
        stand.rows.fails(first, message);
        inSequence(key);
        return first;
    }

    @Test
    @DisplayName("show no card of sequences if there are none")
    void noSequences() {
        limits.put(Limit.of("tenant").concurrency(1));

        assertThat(stand.text("limits")).doesNotContain("equence");
        assertThat(stand.text("limits?name=sequence")).contains("Sequences", "No key is in use yet.", "All limits");
    }

    @Test
    @DisplayName("show first the sequences that a failed job blocks: which job, its type, since when and why")
    void blockedSequences() {
        limits.put(Limit.of("tenant").concurrency(1));
        NewJob first = blocked("film:42", "<b>no money");
        stand.later(Duration.ofMinutes(3));

        String page = stand.page("limits");

        assertThat(Stand.rowOf(page, "film:42"))
                .contains(" 3 min ago ", " shot_video_generation ")
                .doesNotContain("pass");
        assertThat(page)
                .contains("href=\"limit?key=sequence%3Afilm%3A42\"", "href=\"job?id=" + first.id() + "\"")
                .containsPattern("<tr class=\"line\"><td[^>]*><div><bdi>&lt;b&gt;no money")
                .doesNotContain("<b>no money");
        assertThat(page.indexOf("Blocked sequences")).isBetween(0, page.indexOf("Each key:"));
        assertThat(stand.get("limits", Access.view("me").actOnQueues()).text())
                .contains("act?do=skip&amp;id=" + first.id());
    }

    @Test
    @DisplayName("show of each sequence in use which job runs, how many wait and which is first")
    void sequencesInUse() {
        NewJob first = inSequence("film:43");
        inSequence("film:43");
        inSequence("film:43");
        stand.rows.running(first);

        String page = stand.page("limits");

        assertThat(Stand.words(page))
                .contains("Sequences The jobs of each run one at a time")
                .doesNotContain("Blocked");
        assertThat(Stand.rowOf(page, "film:43")).contains(" film:43 2 ");
        assertThat(page.split("href=\"job\\?id=" + first.id(), -1)).hasSize(3);
        assertThat(page).doesNotContain("No limit is declared.");
        assertThat(stand.get("limits", Access.view("me").actOnQueues()).text())
                .contains("act?do=pause-limit&amp;key=sequence%3Afilm%3A43");
    }

    @Test
    @DisplayName("show ten blocked sequences, on a page of their own fifty, and the way to the next ones and back")
    void pagesOfSequences() {
        for (int i = 100; i < 160; i++) {
            blocked("s" + i, "x");
        }

        assertThat(stand.page("limits").split("<tr class=\"line\">", -1)).hasSize(11);
        assertThat(stand.page("limits")).contains("href=\"limits?name=sequence\">All sequences");
        String one = stand.page("limits?name=sequence");
        assertThat(one.split("<tr class=\"line\">", -1)).hasSize(51);
        assertThat(one)
                .contains("href=\"limits?name=sequence&amp;blocked=s149\"")
                .contains("href=\"limits?name=sequence&amp;after=s149\"");
        String two = stand.page("limits?name=sequence&after=s149&blocked=s149");
        assertThat(two.split("<tr class=\"line\">", -1)).hasSize(11);
        assertThat(two)
                .contains("<bdi>s159</bdi>", "href=\"limits?name=sequence&amp;after=s149\">First page")
                .contains("href=\"limits?name=sequence&amp;blocked=s149\">First page")
                .doesNotContain("<bdi>s149</bdi>");
        assertThat(stand.text("limits?name=sequence&blocked=s159")).contains("There is no key from here on.");
        assertThat(stand.text("limits?name=sequence&blocked=" + "x".repeat(1_000)))
                .contains("s100");
    }

    @Test
    @DisplayName("show a blocked sequence whose key somebody has written by hand, without a link")
    void strangeSequence() {
        LimitStore strange = (LimitStore) Proxy.newProxyInstance(
                LimitStore.class.getClassLoader(),
                new Class<?>[] {LimitStore.class},
                (proxy, method, arguments) -> method.getName().equals("blocked")
                        ? List.of(ReadModelFactory.blockedSequence("<b>:\ud800", UUID.randomUUID(), "<i>", null, null))
                        : method.invoke(limits, arguments));
        Pages pages = Pages.of(
                Stand.answering(stand.store, (call, arguments) -> call.equals("limits") ? Optional.of(strange) : null));

        assertThat(pages.text("limits")).contains("&lt;b&gt;:", "&lt;i&gt;").doesNotContain("<b>", "<i>");
        assertThat(pages.text("")).contains("&lt;b&gt;:").doesNotContain("<b>:");
    }

    @Test
    @DisplayName("say of a blocked sequence that the first job blocks the others, and how to go on")
    void blockedKey() {
        NewJob first = blocked("film:42", "no money");
        Access may = Access.view("me").actOnJobs().actOnQueues();

        String page = stand.get("limit?key=sequence:film:42", may).text();

        assertThat(Stand.words(page))
                .contains("Sequence film:42", "The first job has failed and blocks the others; 1 job waits")
                .contains("one at a time, in the order in which they were enqueued", "no money");
        assertThat(page)
                .contains("act?do=skip&amp;id=" + first.id(), "act?do=pause-limit&amp;")
                .contains("href=\"job?id=" + first.id() + "\">Retry it on its page")
                .doesNotContain("override-limit");
        assertThat(stand.page("limit?key=sequence:film:42")).doesNotContain("act?do=", "Retry it");
        limits.skip(first.id());
        assertThat(stand.text("limit?key=sequence:film:42"))
                .contains("The first job may start now; 1 job waits")
                .doesNotContain("blocks");
    }

    @Test
    @DisplayName(
            "say of a sequence which job runs, that the first one is not due, that it is paused, or that none runs")
    void keyOfSequence() {
        String address = "limit?key=sequence:film:42";
        assertThat(stand.text(address)).contains("No job runs; no job waits");
        NewJob first = inSequence("film:42");
        stand.rows.running(first);
        inSequence("film:42");
        assertThat(stand.text(address)).contains("A job runs; 1 job waits");
        assertThat(stand.page(address).split("href=\"job\\?id=" + first.id(), -1))
                .hasSize(3);
        NewJob later = stand.rows.job().sequence("film:44").delay(Duration.ofMinutes(3));
        stand.rows.add(later);
        assertThat(stand.text("limit?key=sequence:film:44")).contains("The first job is due in 3 min ;");
        limits.pause(new LimitKey("sequence", "film:44"), Pause.by("anna").because("no film"));
        assertThat(stand.text("limit?key=sequence:film:44")).contains("so no job starts;", "by anna : no film");
    }

    @Test
    @DisplayName("speak Chinese about sequences")
    void chineseSequences() {
        blocked("film:42", "x");

        assertThat(stand.text("limits?lang=zh")).contains("被阻挡的序列", "一次执行一个");
        assertThat(stand.text("limit?lang=zh&key=sequence:film:42")).contains("第一个任务已失败，阻挡其他任务；1 个任务在等待");
    }

    @Test
    @DisplayName("of sequences are closed to somebody who sees the jobs of one user only")
    void scopedSequences() {
        blocked("secret", "x");

        for (String address : List.of("limits", "limits?name=sequence", "limit?key=sequence:secret")) {
            DashboardResponse response =
                    stand.get(address, Access.view("me").actOnQueues().onlyUser("u"));

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.text()).doesNotContain("blocks", "Blocked", "act?do=");
        }
    }
}
