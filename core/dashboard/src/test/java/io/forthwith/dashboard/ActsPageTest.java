package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.JobChange;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.insight.BoundedCount;
import io.forthwith.internal.UuidV7;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

@DisplayName("A viewer who acts on all jobs of a filter")
class ActsPageTest {
    private static final Access ADA =
            Access.view("ada").actOnJobs().actOnQueues().from("192.0.2.7");
    private static final Access AUDITOR = Access.view("eve").payloads();
    private final JobsInStore jobs = new JobsInStore();
    private final JobClient client = JobClient.of(jobs.store);
    private final ActStore acts = jobs.store.acts().orElseThrow();
    private final Pages pages = Pages.of(jobs.store).as(ADA);
    private final Pages auditor = Pages.of(jobs.store).as(AUDITOR);

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger auditLog = (Logger) LoggerFactory.getLogger("io.forthwith.dashboard.audit");

    @BeforeEach
    void listen() {
        lines.start();
        auditLog.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        auditLog.detachAppender(lines);
    }

    private List<UUID> failed(int count, String user) {
        return jobs.failAll(
                Stream.generate(() -> job("film").user(user)).limit(count).toList(),
                JobException.permanent("broken", "It broke"));
    }

    private long count(JobStatus status) {
        return client.countByScan(JobQuery.all().status(status));
    }

    private static String field(String html, String name) {
        Matcher value =
                Pattern.compile("name=\"" + name + "\" value=\"([^\"]*)\"").matcher(html);
        assertThat(value.find()).as("%s in %s", name, html).isTrue();
        return value.group(1);
    }

    private static String action(String html) {
        Matcher action = Pattern.compile("method=\"post\" action=\"([^\"]+)\"").matcher(html);
        assertThat(action.find()).as(html).isTrue();
        return action.group(1).replace("&amp;", "&");
    }

    /** Sends the form of a question with the number that it wants. */
    private DashboardResponse confirmed(String question, String more) {
        String html = pages.text(question);
        String expected = field(html, "expected");
        return pages.post(
                action(html), "expected=" + expected + "&confirm=" + expected + "&act=" + field(html, "act") + more);
    }

    private List<AuditEntry> audit() {
        return jobs.store.audit().orElseThrow().search(null, null, null, 100).entries();
    }

    private UUID begun(JobQuery query, String who, String reason) {
        NewAct act = new NewAct(UuidV7.next(), Deed.retry(), query, null, null, new Author(who, reason, null));
        acts.begin(act);
        return act.id();
    }

    @Test
    @DisplayName("begins an act with a reason, is led to its page, and sees how far it has come")
    void begins() {
        List<UUID> ids = failed(30, "u1");

        DashboardResponse begun = confirmed("act?do=retry&type=film", "&reason=The+API+is+back");

        assertThat(begun.status()).isEqualTo(303);
        String location = begun.headers().get("Location");
        assertThat(location).startsWith("acts?id=");
        assertThat(count(JobStatus.PENDING)).isEqualTo(30);
        assertThat(pages.words(location))
                .contains("retry", "done", "30 of 30", "The API is back", "ada", "type=film")
                .doesNotContain("Stop");
        assertThat(pages.text(location)).contains("jobs?", "type=film");
        assertThat(pages.words(location + "&lang=zh")).contains("批量操作", "30，共 30");
        assertThat(pages.words("acts")).contains("retry", "30 of 30", "The API is back");
        assertThat(audit().stream().flatMap(entry -> entry.subjects().stream()))
                .containsExactlyInAnyOrderElementsOf(
                        ids.stream().map(UUID::toString).toList());
        assertThat(audit()).allSatisfy(entry -> {
            assertThat(entry.author()).isEqualTo(new Author("ada", "The API is back", "192.0.2.7"));
        });
    }

    @Test
    @DisplayName("begins one act if the form is sent twice")
    void twice() {
        failed(3, "u1");
        String html = pages.text("act?do=retry&type=film");
        String form = "expected=3&confirm=3&act=" + field(html, "act");

        String first = pages.post(action(html), form).headers().get("Location");
        String second = pages.post(action(html), form).headers().get("Location");

        assertThat(second).isEqualTo(first);
        assertThat(acts.list(null, 10)).hasSize(1);
        assertThat(lines.list)
                .filteredOn(line -> line.getFormattedMessage().contains("retry all"))
                .hasSize(1);
    }

    @Test
    @DisplayName("must say why for more than five hundred, and write the number")
    void reason() {
        for (int i = 0; i < 501; i++) {
            client.enqueue(job("film"));
        }
        String question = "act?do=cancel&type=film";
        assertThat(pages.text(question)).contains("name=\"reason\"").contains("required=\"\"");

        DashboardResponse none = confirmed(question, "");
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.text()).contains("For more than 500 jobs, write a reason");
        assertThat(pages.post(action(pages.text(question)), "expected=501&confirm=5&reason=x")
                        .status())
                .isEqualTo(400);
        assertThat(count(JobStatus.CANCELLED)).isZero();
        assertThat(acts.list(null, 10)).isEmpty();

        String location = confirmed(question, "&reason=Wrong+input").headers().get("Location");

        assertThat(acts.find(UUID.fromString(location.replace("acts?id=", ""))))
                .get()
                .satisfies(act -> {
                    assertThat(act.state()).isEqualTo(BulkAct.State.DONE);
                    assertThat(act.progress().done()).isEqualTo(501);
                });
    }

    @Test
    @DisplayName("stops an act that goes on; without the right nobody does")
    void stop() {
        failed(2, "u1");
        UUID act = begun(JobQuery.all().user("u1"), "bob", null);
        Pages reader =
                Pages.of(Stand.answering(jobs.store, (call, arguments) -> null)).as(Access.view("eve"));

        assertThat(reader.post("acts?id=" + act, "").status()).isEqualTo(403);
        Pages scoped = Pages.of(jobs.store).as(Access.view("eve").actOnJobs().onlyUser("u2"));
        assertThat(scoped.post("acts?id=" + act, "").status()).isEqualTo(404);
        assertThat(acts.find(act)).get().extracting(BulkAct::state).isEqualTo(BulkAct.State.OPEN);
        DashboardResponse stopped = pages.post("acts?id=" + act, "");

        assertThat(stopped.headers()).containsEntry("Location", "acts?id=" + act);
        assertThat(acts.find(act)).get().satisfies(now -> {
            assertThat(now.state()).isEqualTo(BulkAct.State.STOPPED);
            assertThat(now.stoppedBy()).isEqualTo("ada");
        });
        assertThat(pages.words("acts?id=" + act)).contains("stopped", "Stopped by");
        assertThat(count(JobStatus.FAILED)).isEqualTo(2);
        assertThat(pages.post("acts?id=" + UUID.randomUUID(), "").status()).isEqualTo(404);
        assertThat(pages.post("acts?id=none", "").status()).isEqualTo(404);
    }

    @Test
    @DisplayName("of one user sees the acts on the jobs of this user only, and begins such ones only")
    void scoped() {
        failed(2, "u1");
        failed(3, "u2");
        UUID other = begun(JobQuery.all().user("u2"), "bob", "secret plan");
        UUID all = begun(JobQuery.all(), "bob", "secret plan");
        acts.stop(other, new Author("bob", null, null));
        acts.stop(all, new Author("bob", null, null));
        UUID own = begun(JobQuery.all().user("u1"), "bob", "own plan");
        acts.stop(own, new Author("bob", null, null));
        Pages scoped = Pages.of(jobs.store).as(Access.view("eve").actOnJobs().onlyUser("u1"));

        assertThat(scoped.words("acts")).contains("own plan").doesNotContain("secret plan");
        assertThat(scoped.get("acts?id=" + other).status()).isEqualTo(404);
        assertThat(scoped.get("acts?id=" + all).status()).isEqualTo(404);
        assertThat(scoped.get("acts?id=" + own).status()).isEqualTo(200);
        String location = scoped.post("act?do=retry&status=failed&until=2999-01-01T00:00:00Z", "expected=2&confirm=2")
                .headers()
                .get("Location");
        assertThat(scoped.words(location)).contains("2 of 2");
        assertThat(count(JobStatus.FAILED)).isEqualTo(3);
        assertThat(scoped.get("audit").status()).isEqualTo(404);
    }

    @Test
    @DisplayName("gives an open act another carrier by looking at it")
    void carries() {
        failed(4, "u1");
        UUID act = begun(JobQuery.all(), "bob", null);

        pages.get("acts?id=" + act);

        await().until(() -> acts.find(act).orElseThrow().state() == BulkAct.State.DONE);
        assertThat(count(JobStatus.PENDING)).isEqualTo(4);
    }

    @Test
    @DisplayName("cannot make others see anything but text")
    void hostile() {
        String bad = "<script>alert(1)</script>\u202e\"'&";
        UUID act = begun(JobQuery.all().type(bad), bad, bad);
        acts.stop(act, new Author(bad, bad, bad));
        jobs.store.audit().orElseThrow().record(new Author(bad, bad, bad), bad, List.of(bad), bad);

        for (String address : List.of("acts", "acts?id=" + act, "audit", "audit?who=%3Cscript%3E&id=%22%3E")) {
            assertThat(auditor.get(address).status()).as(address).isEqualTo(200);
            assertThat(auditor.text(address)).as(address).doesNotContain("<script>a", "\u202e");
        }
        for (String address :
                List.of("acts?id=%00", "acts?before=x", "audit?before=x&id=%00&who=%0a", "audit?entry=x")) {
            assertThat(auditor.get(address).status()).as(address).isIn(200, 400, 404);
        }
    }

    @Test
    @DisplayName("gets back to the jobs of exactly that filter, or by no link")
    void sameFilter() {
        JobQuery query = JobQuery.all()
                .label("order", "4711")
                .limitKey(new LimitKey("tenant", "acme"))
                .until(Instant.parse("2999-01-01T00:00:00Z"));
        UUID act = begun(query, "ada", null);
        acts.stop(act, new Author("ada", null, null));

        assertThat(auditor.text("acts?id=" + act))
                .containsPattern("jobs\\?[^\"]*label=order%3D4711[^\"]*limitKey=tenant[^\"]*enqueuedUntil=2999");
        UUID undos = begun(JobQuery.all().undos(), "ada", null);
        acts.stop(undos, new Author("ada", null, null));
        assertThat(auditor.text("acts?id=" + undos)).doesNotContain("href=\"jobs?");
    }

    @Test
    @DisplayName("shows filters, reasons, subjects and answers as the redactor shows them")
    void redacted() {
        UUID act = begun(JobQuery.all().uniqueKey("order-k17zz"), "ada", "for k17zz");
        acts.stop(act, new Author("ada", "for k17zz", null));
        jobs.store
                .audit()
                .orElseThrow()
                .record(new Author("ada", "for k17zz", null), "pause", List.of("t:k17zz"), "no k17zz");
        Pages redacting = Pages.of(
                Stand.dashboard(jobs.store).access(request -> AUDITOR).redactor(text -> text.replace("k17zz", "***")));

        for (String address : List.of("acts", "acts?id=" + act, "audit")) {
            assertThat(redacting.text(address)).as(address).contains("***").doesNotContain("k17zz");
        }
    }

    @Test
    @DisplayName("shows no value that the redactor knows only by the whole of it, nor logs it, nor links to it")
    void anchored() {
        UUID job = client.enqueue(job("film").metadata("order", "k47zz").queue("k47zz"))
                .id();
        client.enqueue(job("film").metadata("order", "k47zz").queue("k47zz"));
        client.cancel(job);
        Access all = Access.view("eve").payloads().actOnJobs();
        Pages redacting = Pages.of(
                Stand.dashboard(jobs.store).access(request -> all).redactor(text -> text.replaceAll("^k47zz$", "***")));
        UUID labelled = begun(JobQuery.all().label("order", "k47zz"), "ada", null);
        UUID changing = UuidV7.next();
        acts.begin(new NewAct(
                changing,
                Deed.change(JobChange.of().queue("k47zz")),
                JobQuery.all(),
                null,
                null,
                new Author("ada", null, null)));
        for (UUID act : List.of(labelled, changing)) {
            acts.stop(act, new Author("ada", null, null));
        }
        String begun = redacting
                .post("act?do=retry&queue=k47zz&until=2999-01-01T00:00:00Z", "expected=1&confirm=1")
                .headers()
                .get("Location");

        for (String address : List.of("acts", "acts?id=" + labelled, "acts?id=" + changing, begun, "audit")) {
            assertThat(redacting.text(address)).as(address).contains("***").doesNotContain("k47zz");
        }
        for (String address : List.of("acts?id=" + labelled, begun)) {
            assertThat(redacting.text(address)).as(address).doesNotContain("href=\"jobs?");
        }
        assertThat(redacting.words("acts?id=" + labelled)).contains("label=order=***", "status=cancelled,failed");
        assertThat(Pages.of(Stand.dashboard(Stand.withoutActs(jobs.store))
                                .access(request -> all)
                                .redactor(text -> text.replaceAll("^k47zz$", "***")))
                        .post("act?do=cancel&queue=k47zz&until=2999-01-01T00:00:00Z", "expected=2&confirm=2")
                        .status())
                .isEqualTo(200);
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.contains("retry all jobs until") && line.contains("queue=***"))
                .anyMatch(line -> line.contains("cancel all jobs until") && line.contains("queue=***"))
                .noneMatch(line -> line.contains("k47zz"));
    }

    @Test
    @DisplayName("sees a bar only if all jobs were counted")
    void bar() {
        failed(1, "u1");
        for (boolean isExact : new boolean[] {true, false}) {
            UUID id = UuidV7.next();
            acts.begin(new NewAct(
                    id,
                    Deed.retry(),
                    JobQuery.all(),
                    null,
                    new BoundedCount(100, isExact),
                    new Author("ada", null, null)));

            // The look shows the act as it was before the look carries it on.
            assertThat(auditor.text("acts?id=" + id).contains("<progress")).isEqualTo(isExact);
            acts.stop(id, new Author("ada", null, null));
        }
    }

    @Test
    @DisplayName("who asks for an entry of the audit that is not there is told so")
    void noEntry() {
        AuditStore audit = jobs.store.audit().orElseThrow();
        audit.record(new Author("ada", null, null), "pause-queue", List.of("mail"), "done");
        UUID id = audit.search(null, null, null, 1).entries().get(0).id();

        assertThat(auditor.words("audit?entry=" + id)).contains("pause-queue");
        for (UUID other : List.of(new UUID(-1, -1), new UUID(id.getMostSignificantBits() + 1, -1))) {
            assertThat(auditor.words("audit?entry=" + other))
                    .contains("There is no such entry")
                    .doesNotContain("pause-queue");
        }
        assertThat(auditor.words("audit?lang=zh&entry=" + new UUID(-1, 1))).contains("没有这条记录");
        assertThat(auditor.get("audit?entry=x").status()).isEqualTo(404);
    }

    @Test
    @DisplayName("is in the audit, which only those see who may see data")
    void audited() {
        UUID one = failed(1, "u1").get(0);
        pages.post("act?do=retry&id=" + one, "reason=again");
        pages.post("act?do=pause-queue&queue=reports", "reason=no+paper");
        pages.post("act?do=pause-queue&queue=undo:film", "");

        assertThat(pages.get("audit").status()).isEqualTo(403);
        assertThat(pages.text("audit")).contains("You may not see this").doesNotContain("no paper");
        assertThat(pages.text("jobs")).contains("href=\"acts\"").doesNotContain("href=\"audit\"");
        assertThat(auditor.text("jobs")).contains("href=\"audit\"");
        assertThat(auditor.words("audit"))
                .contains(
                        "pause-queue",
                        "reports",
                        "no paper",
                        "ada",
                        "192.0.2.7",
                        "retry",
                        "1 job is tried again",
                        "again")
                .contains("undo:film");
        assertThat(auditor.words("audit?lang=zh")).contains("审计", "操作人");
        assertThat(auditor.words("audit?id=" + one))
                .contains("1 job is tried again")
                .doesNotContain("pause-queue");
        assertThat(auditor.words("audit?id=reports")).contains("no paper").doesNotContain("tried again");
        assertThat(auditor.words("audit?who=nobody")).contains("Nobody has done anything of this");
        assertThat(auditor.text("audit?who=ada")).contains("job?id=" + one);
    }

    @Test
    @DisplayName("reads on the page of a cancelled job who has cancelled it, when and why, if they may see the audit")
    void canceller() {
        UUID one = client.enqueue(job("film").user("u1")).id();
        pages.post("act?do=cancel&id=" + one, "reason=wrong+file");
        pages.post("act?do=cancel&id=" + one, "reason=too+late");

        assertThat(auditor.words("job?id=" + one))
                .contains("ada has cancelled it", "Reason wrong file", "Look for it in the audit")
                .doesNotContain("too late");
        assertThat(auditor.text("job?id=" + one)).contains("href=\"audit?entry=", "href=\"audit?id=" + one);
        assertThat(auditor.words("job?lang=zh&id=" + one)).contains("取消了它", "原因 wrong file");
        assertThat(Pages.of(jobs.store)
                        .redacted(text -> text.replace("wrong file", "***"))
                        .as(AUDITOR)
                        .words("job?id=" + one))
                .contains("Reason ***");
        for (Access other : List.of(ADA, AUDITOR.onlyUser("u1"))) {
            assertThat(pages.as(other).text("job?id=" + one))
                    .contains(one.toString())
                    .doesNotContain("has cancelled it", "wrong file", "href=\"audit?");
        }
        assertThat(Pages.of(Stand.withoutActs(jobs.store)).as(AUDITOR).text("job?id=" + one))
                .doesNotContain("href=\"audit?");
    }

    @Test
    @DisplayName("is told that it could not be read who has cancelled a job, not that nobody has")
    void cancellerUnread() {
        UUID one = client.enqueue(job("film")).id();
        client.cancel(one);
        AuditStore unreadable = (AuditStore) Proxy.newProxyInstance(
                AuditStore.class.getClassLoader(), new Class<?>[] {AuditStore.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("no connection");
                });
        Pages broken = Pages.of(Stand.answering(
                        jobs.store, (call, arguments) -> call.equals("audit") ? Optional.of(unreadable) : null))
                .as(AUDITOR);

        assertThat(broken.words("job?id=" + one)).contains("By hand", "The store cannot be read");
        assertThat(broken.words("job?lang=zh&id=" + one)).contains("人工操作", "无法读取存储");
    }

    @Test
    @DisplayName(
            "reads who has begun the act that has cancelled a job, and nobody of a job that code has cancelled after that")
    void cancellerOfMany() {
        UUID one = client.enqueue(job("film")).id();
        UUID act = UuidV7.next();
        Author bob = new Author("bob", "all wrong", null);
        acts.begin(new NewAct(act, Deed.cancel(Locale.ENGLISH), JobQuery.all(), null, null, bob));
        while (acts.carryOn() == Remaining.MORE) {
            // Until it is done.
        }

        assertThat(auditor.words("job?id=" + one)).contains("bob has cancelled it", "all wrong");
        assertThat(auditor.text("job?id=" + one)).contains("href=\"acts?id=" + act);

        acts.actOn(one, Deed.retry(), bob);
        client.cancel(one);

        assertThat(auditor.words("job?id=" + one))
                .contains("Look for it in the audit")
                .doesNotContain("has cancelled it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    retry | NOT_FAILED | 重试 | 1 个任务未处理：现在尚未结束，或已完成
                    change {"queue":"bulk"} | CHANGED | 更改 queue=bulk | 1 个任务已更改
                    cancel | done: 498, LOCKED: 2, KEY_TAKEN: 1 | 取消 | 已处理 498 个任务；2 个任务未处理：其他事务锁住了它们；1 个任务未处理：另有未结束的任务持有其唯一键
                    cancel | begun | 取消 | 已开始
                    cancel | stopped | 取消 | 已停止
                    resume-queue | false | 恢复队列 | 没有任何更改
                    pause-schedule | Optional[true] | 暂停定时计划 | 已完成
                    run-schedule | Optional[enqueued 0190a8e4-0000-7000-8000-000000000001] | 立即运行定时计划 | 已入队 0190a8e4
                    run-schedule | Optional[nothing enqueued, open already is 0190a8e4-0000-7000-8000-000000000001] | 立即运行定时计划 | 没有入队，已有未结束的 0190a8e4
                    backfill from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z | Backfilled[times=24, next=null] | 补跑，从 2026-01-01T00:00:00Z 到 2026-01-02T00:00:00Z | 现在有 24 个时间点有运行
                    backfill | Backfilled[times=1,000, next=2026-01-01T10:00:00Z] | 补跑 | Backfilled[times=1,000
                    backfill | Backfilled[times=1000, goOnFrom=2026-01-01T10:00:00Z] | 补跑 | 还有更多，从 2026-01-01T10:00:00Z 开始
                    backfill | nothing enqueued, there are more times than were confirmed: 12 | 补跑 | 没有入队，时间点比确认的多：12
                    override-limit | Limit[name=tenant, concurrency=3, starts=20, period=PT1M30S, burst=5] | 为键单独设置限制 | 同时 3 个 · 1 分钟 30 秒内 20 次，突发 5 次
                    reset-limit | as declared | 改回声明的限制 | 按声明
                    skip job | true | 让其他任务越过 | 已完成
                    a later word | a later answer: 7 | a later word | a later answer: 7""")
    @DisplayName(
            "reads in the audit what was done and what has become of it in Chinese, and as it is what only a later version knows")
    void auditInChinese(String what, String answer, String whatShown, String answerShown) {
        jobs.store.audit().orElseThrow().record(new Author("ada", null, null), what, List.of("mail"), answer);

        assertThat(auditor.words("audit?lang=zh")).contains(whatShown, answerShown);
    }

    @ParameterizedTest
    @CsvSource({
        "pause-queue&queue=mail, mail",
        "resume-queue&queue=mail, mail",
        "pause-limit&key=tenant:acme, tenant:acme",
        "resume-limit&key=tenant:acme, tenant:acme",
        "override-limit&key=tenant:acme, tenant:acme",
        "reset-limit&key=tenant:acme, tenant:acme",
        "pause-schedule&name=nightly, nightly",
        "resume-schedule&name=nightly, nightly",
        "run-schedule&name=nightly, nightly",
        "backfill&name=nightly, nightly"
    })
    @DisplayName("on a queue, a key of a limit or a schedule is in the audit: who, what, on what and why")
    void othersThanJobs(String act, String subject) {
        client.limits().put(Limit.of("tenant").concurrency(3));
        client.schedules()
                .put(Schedule.of("nightly", JobType.of("digest", String.class), "x")
                        .every(Duration.ofMinutes(10))
                        .ifRunning(IfRunning.ALLOW));
        Instant now = Instant.now();

        pages.post(
                "act?do=" + act,
                "reason=no+paper&concurrency=2&from=" + now.minus(Duration.ofMinutes(65)) + "&to=" + now.minusSeconds(1)
                        + "&expected=6&confirm=6");

        String what = act.replaceAll("&.*", "");
        assertThat(audit()).singleElement().satisfies(entry -> {
            assertThat(entry.author())
                    .isEqualTo(new Author("ada", what.equals("backfill") ? null : "no paper", "192.0.2.7"));
            assertThat(entry.what()).startsWith(what);
            assertThat(entry.subjects()).containsExactly(subject);
        });
        assertThat(auditor.words("audit").contains("Reason no paper")).isEqualTo(!what.equals("backfill"));
    }

    @Test
    @DisplayName("is in the audit with the ids of many jobs, the first of them and all, page by page")
    void manyIds() {
        failed(30, "u1");
        UUID act = begun(JobQuery.all(), "bob", null);
        while (acts.carryOn() == Remaining.MORE) {
            // Until it is done.
        }
        for (int i = 0; i < 60; i++) {
            jobs.store.audit().orElseThrow().record(new Author("bob", null, null), "x", List.of("q" + i), "y");
        }

        String first = auditor.text("audit?who=bob");
        assertThat(first).contains("q59").doesNotContain("30 jobs");
        Matcher next = Pattern.compile("href=\"(audit\\?[^\"]*before=[^\"]+)\"").matcher(first);
        assertThat(next.find()).isTrue();
        String second = auditor.text(next.group(1).replace("&amp;", "&"));
        assertThat(second)
                .contains("30 jobs", "acts?id=" + act, "All 30", ">q0<")
                .doesNotContain("q59");
        assertThat(links(second)).isEqualTo(20);
        Matcher entry = Pattern.compile("href=\"(audit\\?entry=[^\"]+)\"").matcher(second);
        assertThat(entry.find()).isTrue();
        assertThat(links(auditor.text(entry.group(1)))).isEqualTo(30);
    }

    private static long links(String html) {
        return Pattern.compile("href=\"job\\?id=").matcher(html).results().count();
    }

    @Test
    @DisplayName("of a store that keeps neither is told so, and has no links")
    void without() {
        Pages without = Pages.of(Stand.withoutActs(jobs.store)).as(AUDITOR);

        assertThat(without.text("jobs")).doesNotContain("href=\"acts\"", "href=\"audit\"");
        assertThat(without.words("acts")).contains("This store does not keep acts");
        assertThat(without.words("audit")).contains("This store does not keep who has done what");
    }
}
