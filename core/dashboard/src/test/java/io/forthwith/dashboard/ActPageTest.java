package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@DisplayName("A viewer who acts")
class ActPageTest {
    private final JobsInStore jobs = new JobsInStore();
    private final JobClient client = JobClient.of(jobs.store);
    private final Pages pages =
            Pages.of(jobs.store).as(Access.view("ada").actOnJobs().actOnQueues());
    private final Pages withoutActs =
            Pages.of(Stand.withoutActs(jobs.store)).as(Access.view("ada").actOnJobs());
    private final ListAppender<ILoggingEvent> audit = new ListAppender<>();
    private final Logger auditLog = (Logger) LoggerFactory.getLogger("io.forthwith.dashboard.audit");

    @BeforeEach
    void listen() {
        audit.start();
        auditLog.addAppender(audit);
    }

    @AfterEach
    void stopListening() {
        auditLog.detachAppender(audit);
    }

    private List<String> audited() {
        return audit.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private JobStatus status(UUID id) {
        return client.find(id).orElseThrow().status();
    }

    private static JobException broken() {
        return JobException.permanent("broken", "It broke");
    }

    private List<UUID> failed(int count) {
        return jobs.failAll(
                Stream.generate(() -> job("film").user("u1")).limit(count).toList(), broken());
    }

    /** Where the form of a page is sent, and which fields it has that are not seen. */
    private record SentForm(String address, String hidden) {
        static SentForm of(String html) {
            Matcher action =
                    Pattern.compile("method=\"post\" action=\"([^\"]+)\"").matcher(html);
            assertThat(action.find()).as("a form in %s", html).isTrue();
            String form = html.substring(action.start(), html.indexOf("</form>", action.start()));
            Matcher fields = Pattern.compile("type=\"hidden\" name=\"(\\w+)\" value=\"([^\"]*)\"")
                    .matcher(form);
            List<String> all = new ArrayList<>();
            while (fields.find()) {
                all.add(fields.group(1) + "=" + Requests.encoded(fields.group(2)));
            }
            return new SentForm(action.group(1).replace("&amp;", "&"), String.join("&", all));
        }

        static boolean isIn(String html) {
            return html.contains("method=\"post\"");
        }
    }

    @Test
    @DisplayName("retries one job with one click, and the log says who")
    void one() {
        UUID id = jobs.fail(job("film"), broken());

        assertThat(pages.post("act?do=retry&id=" + id, "").text()).contains("1 job is tried again", id.toString());

        assertThat(status(id)).isEqualTo(JobStatus.PENDING);
        assertThat(audited()).containsExactly("ada: retry job " + id + ": RETRIED");
    }

    @Test
    @DisplayName("is told before a retry what it may come to, as beside the button, and not before a cancellation")
    void advice() {
        UUID mended = jobs.fail(job("film"), JobException.user("no_credits", "Buy credits"));
        UUID broken = jobs.fail(job("mail"), broken());
        String user = "A retry fails again until the user has mended it.";
        String cause = "A retry fails again until the cause is mended.";

        assertThat(pages.words("act?do=retry")).containsOnlyOnce(user).containsOnlyOnce(cause);
        assertThat(pages.words("act?do=retry&code=no_credits")).contains(user).doesNotContain(cause);
        assertThat(pages.words("act?do=retry&id=" + mended + "&id=" + broken)).contains(user, cause);
        assertThat(pages.words("act?do=retry&lang=zh&id=" + mended)).contains("在用户解决问题之前，重试还会失败。");
        assertThat(pages.words("act?do=cancel&id=" + mended)).doesNotContain("A retry");
    }

    @Test
    @DisplayName("cancels one job, and is told when it had ended before")
    void cancel() {
        UUID open = client.enqueue(job("film")).id();
        UUID ended = jobs.complete(job("mail"));

        assertThat(pages.post("act?do=cancel&id=" + open + "&id=" + ended, "").text())
                .contains("1 job is cancelled", "1 job was left: it had ended before");

        assertThat(status(open)).isEqualTo(JobStatus.CANCELLED);
        assertThat(status(ended)).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "retry&id=ID",
                "cancel&id=ID",
                "change&id=ID",
                "retry&status=failed&until=2999-01-01T00:00:00Z",
                "pause-queue&queue=default",
                "resume-queue&queue=default",
                "pause-schedule&name=nightly",
                "resume-schedule&name=nightly",
                "run-schedule&name=nightly",
                "backfill&name=nightly",
                "pause-limit&key=tenant:acme",
                "resume-limit&key=tenant:globex",
                "override-limit&key=tenant:acme",
                "reset-limit&key=tenant:globex",
                "skip&id=ID"
            })
    @DisplayName("without the right to it changes nothing, and neither does a page that is only read")
    void noRight(String action) {
        UUID id = jobs.fail(job("film").sequence("s"), broken());
        client.schedules()
                .put(Schedule.of("nightly", JobType.of("digest", String.class), "x")
                        .every(Duration.ofHours(1)));
        LimitKey globex = new LimitKey("tenant", "globex");
        client.limits().put(Limit.of("tenant").concurrency(1));
        client.limits().override(globex, Limit.of("tenant").concurrency(2));
        client.limits().pause(globex, Pause.by("ada"));
        String address = "act?do=" + action.replace("ID", id.toString());
        String fields = "expected=1&confirm=1&from=2h&to=1h&concurrency=7";
        String scoped = Pages.of(jobs.store)
                .as(Access.view("eve").actOnJobs().actOnQueues().onlyUser("somebody else"))
                .post(address, fields)
                .text();

        DashboardResponse response = Pages.of(jobs.store).as(Access.view("eve")).post(address, fields);
        pages.get(address);

        assertThat(response.status()).isEqualTo(403);
        assertThat(response.text()).contains("You may not do this");
        assertThat(scoped).doesNotContain("tried again");
        assertThat(status(id)).isEqualTo(JobStatus.FAILED);
        assertThat(client.limits().blocked(null, 10)).hasSize(1);
        assertThat(client.countByScan(JobQuery.all())).isEqualTo(1);
        assertThat(client.pausedQueues()).isEmpty();
        assertThat(client.schedules().find("nightly").map(StoredSchedule::pause))
                .isEmpty();
        assertThat(client.limits().states("tenant", null, 10)).singleElement().satisfies(state -> {
            assertThat(state.key()).isEqualTo(globex);
            assertThat(state.pause()).isNotNull();
            assertThat(state.isOverridden()).isTrue();
        });
        assertThat(audited()).contains("eve: may not do this: " + action.replaceAll("&.*", ""));
    }

    @Test
    @DisplayName("of one user cannot act on the job of another: it is not there")
    void scope() {
        UUID own = jobs.fail(job("film").user("u1"), broken());
        UUID other = jobs.fail(job("film").user("u2"), broken());
        Pages scoped = Pages.of(Stand.withoutActs(jobs.store))
                .as(Access.view("eve").actOnJobs().onlyUser("u1"));

        String html = scoped.post("act?do=retry&id=" + own + "&id=" + other, "").text();
        String all = scoped.post("act?do=retry&status=failed&until=2999-01-01T00:00:00Z", "expected=2&confirm=2")
                .text();

        assertThat(html).contains("1 job is tried again", "1 job is not there");
        assertThat(all).contains("Jobs that were looked at: 0");
        assertThat(status(other)).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName(
            "on many jobs of a store without acts writes their number, and leaves those alone that failed after the question")
    void many() {
        List<UUID> ids = failed(30);
        SentForm form = SentForm.of(withoutActs.text("act?do=retry&type=film&since=1h"));
        UUID late = jobs.fail(job("film").user("u1"), broken());
        assertThat(form.address).doesNotContain("since=1h").contains("since=2");

        assertThat(withoutActs.post(form.address, form.hidden + "&confirm=29").text())
                .contains("Nothing was changed");
        assertThat(withoutActs.post(form.address, form.hidden).text()).contains("Nothing was changed");
        assertThat(withoutActs.post(form.address, "confirm=30").text()).contains("Nothing was changed");
        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.FAILED));
        String report =
                withoutActs.post(form.address, form.hidden + "&confirm=30").text();

        assertThat(report).contains("30 jobs are tried again").doesNotContain("Go on");
        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.PENDING));
        assertThat(status(late)).isEqualTo(JobStatus.FAILED);
        assertThat(audited())
                .singleElement()
                .asString()
                .startsWith("ada: retry all jobs until ")
                .contains("of since=", ", status=cancelled,failed, type=film: ", "RETRIED=30");
    }

    @Test
    @DisplayName("on a few jobs of a filter of such a store needs no number")
    void few() {
        List<UUID> ids = failed(3);
        SentForm form = SentForm.of(withoutActs.text("act?do=retry&type=film"));

        assertThat(withoutActs.post(form.address, form.hidden).text()).contains("3 jobs are tried again");

        assertThat(ids).allSatisfy(id -> assertThat(status(id)).isEqualTo(JobStatus.PENDING));
    }

    @Test
    @DisplayName("on ticked jobs, without a tick, is told that no job is chosen, and no job is meant")
    void noTick() {
        UUID id = client.enqueue(job("film")).id();
        String page = pages.text("jobs");
        String form = page.substring(page.indexOf("<form method=\"get\" action=\"act\""));
        assertThat(form.substring(0, form.indexOf("</form>")))
                .contains("type=\"hidden\" name=\"id\" value=\"\"", "name=\"do\" value=\"cancel\"");

        DashboardResponse asked = pages.get("act?id=&do=cancel");
        DashboardResponse sent = pages.post("act?id=&do=cancel", "expected=1&confirm=1");

        assertThat(List.of(asked.status(), sent.status())).containsOnly(400);
        assertThat(asked.text()).contains("No job is chosen").doesNotContain("<form method=\"post\"");
        assertThat(status(id)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("on ticked jobs of which some cannot be retried is told how many are left")
    void someCannot() {
        UUID failed = jobs.fail(job("film"), broken());
        UUID completed = jobs.complete(job("mail"));

        assertThat(pages.text("act?do=retry&id=" + failed + "&id=" + completed))
                .contains("Jobs that would be tried again: 1", "1 of these cannot be retried", "Retry 1");
        assertThat(pages.text("act?do=retry&id=" + completed)).doesNotContain("<form method=\"post\"");
    }

    @Test
    @DisplayName("on more jobs of such a store than one form does goes on, and no job is done twice or left")
    void goesOn() {
        for (int i = 0; i < 1_234; i++) {
            client.enqueue(job("film"));
        }
        SentForm form = SentForm.of(withoutActs.text("act?do=cancel"));
        String written = "&confirm=1234";
        int reports = 0;
        int cancelled = 0;
        for (; ; reports++) {
            String html = withoutActs.post(form.address, form.hidden + written).text();
            Matcher count = Pattern.compile("([\\d,]+) jobs are cancelled").matcher(html);
            assertThat(count.find()).as(html).isTrue();
            cancelled += Integer.parseInt(count.group(1).replace(",", ""));
            if (!SentForm.isIn(html)) {
                break;
            }
            form = SentForm.of(html);
            written = "";
        }

        assertThat(reports).isPositive();
        assertThat(cancelled).isEqualTo(1_234);
        assertThat(client.countByScan(JobQuery.all().status(JobStatus.CANCELLED)))
                .isEqualTo(1_234);
    }

    @Test
    @DisplayName("is told when a filter selects nothing that can be done, or cannot be read")
    void nothing() {
        jobs.complete(job("film"));

        assertThat(pages.text("act?do=retry&status=completed")).contains("No job to retry");
        assertThat(pages.text("act?do=retry")).contains("No job to retry");
        assertThat(pages.get("act?do=retry&since=soon").status()).isEqualTo(400);
        assertThat(pages.get("act?do=retry&id=none").status()).isEqualTo(400);
        assertThat(pages.get("act?do=fly").status()).isEqualTo(404);
        assertThat(pages.post("act?do=fly", "").status()).isEqualTo(404);
        assertThat(pages.text("act?do=retry&lang=zh")).contains("没有可重试的任务");
    }

    @Test
    @DisplayName("pauses a queue with a reason, and resumes it")
    void queues() {
        SentForm form = SentForm.of(pages.text("act?do=pause-queue&queue=reports"));

        DashboardResponse paused = pages.post(form.address, "reason=no+paper");

        assertThat(paused.status()).isEqualTo(303);
        assertThat(paused.headers()).containsEntry("Location", "queues");
        assertThat(client.pausedQueues()).singleElement().satisfies(pause -> {
            assertThat(pause.pause().by()).isEqualTo("ada");
            assertThat(pause.pause().reason()).isEqualTo("no paper");
        });
        pages.post("act?do=resume-queue&queue=reports", "");
        assertThat(client.pausedQueues()).isEmpty();
        assertThat(audited()).containsExactly("ada: pause-queue reports: ada", "ada: resume-queue reports: true");
        DashboardResponse refused = pages.post("act?do=pause-queue&queue=undo:film", "");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("Nothing was changed", "undo:");
        assertThat(pages.post("act?do=pause-queue&lang=zh&queue=undo:film", "").text())
                .contains("undo:film 不是队列名称");
    }

    private static final LimitKey ACME = new LimitKey("tenant", "acme");

    private LimitState acme() {
        return client.limits().state(ACME);
    }

    @Test
    @DisplayName("pauses the key of a limit with a reason, and resumes it")
    void limits() {
        client.limits().put(Limit.of("tenant").concurrency(3));
        SentForm form = SentForm.of(pages.text("act?do=pause-limit&key=tenant:acme"));

        DashboardResponse paused = pages.post(form.address, "reason=no+money");

        assertThat(paused.status()).isEqualTo(303);
        assertThat(paused.headers()).containsEntry("Location", "limit?key=tenant%3Aacme");
        assertThat(acme().pause()).extracting(Pause::by, Pause::reason).containsExactly("ada", "no money");
        SentForm resume = SentForm.of(pages.text("limit?key=tenant:acme"));
        pages.post(resume.address, "");
        assertThat(acme().pause()).isNull();
        assertThat(audited())
                .containsExactly("ada: pause-limit tenant:acme: ada", "ada: resume-limit tenant:acme: true");
    }

    @Test
    @DisplayName("overrides a limit for one key, is shown what holds now, and goes back to what is declared")
    void override() {
        Limit declared = Limit.of("tenant").concurrency(3).rate(20, Duration.ofSeconds(90));
        client.limits().put(declared);
        String asked = pages.text("act?do=override-limit&key=tenant:acme");
        assertThat(asked)
                .contains("3 at a time · 20 in 1 min 30 s, burst 1")
                .contains("name=\"concurrency\" value=\"3\"", "name=\"starts\" value=\"20\"")
                .contains("name=\"period\" value=\"90s\"", "name=\"burst\" value=\"1\"", "name=\"reason\"");

        DashboardResponse done = pages.post(SentForm.of(asked).address, "concurrency=10&starts=600&period=1h&burst=7");

        assertThat(done.headers()).containsEntry("Location", "limit?key=tenant%3Aacme");
        assertThat(acme().limit())
                .isEqualTo(Limit.of("tenant")
                        .concurrency(10)
                        .rate(600, Duration.ofHours(1))
                        .burst(7));
        assertThat(client.limits().list()).containsExactly(declared);
        assertThat(pages.text("act?do=override-limit&key=tenant:acme"))
                .contains("20 in 1 min 30 s", "name=\"concurrency\" value=\"10\"", "name=\"period\" value=\"1h\"");

        pages.post(SentForm.of(pages.text("act?do=reset-limit&key=tenant:acme")).address, "");
        assertThat(acme().isOverridden()).isFalse();
        assertThat(audited()).last().isEqualTo("ada: reset-limit tenant:acme: as declared");
    }

    @Test
    @DisplayName("gives a key that takes turns a weight, and nothing that makes no sense")
    void weight() {
        String address = "act?do=override-limit&key=fair:acme";
        LimitKey key = LimitKey.fairBy("acme");
        assertThat(pages.text(address)).contains("name=\"weight\" value=\"1\"").doesNotContain("concurrency");

        pages.post(address, "weight=3");

        assertThat(client.limits().state(key).limit()).isEqualTo(Limit.weight(3));
        assertThat(pages.text(address)).contains("name=\"weight\" value=\"3\"");
        for (String bad : List.of("", "weight=", "weight=many", "weight=0", "weight=1001", "concurrency=2")) {
            assertThat(pages.post(address, bad).status()).as(bad).isEqualTo(400);
        }
        assertThat(pages.post("act?do=override-limit&lang=zh&key=tenant:acme", "concurrency=0")
                        .text())
                .contains("有数字超出范围");
        assertThat(client.limits().state(key).limit()).isEqualTo(Limit.weight(3));
    }

    @ParameterizedTest
    @CsvSource({
        "concurrency=1, 1,",
        "concurrency=&starts=100&period=500ms&burst=, , PT0.5S",
        "starts=100&period=PT0.0015S, , PT0.0015S",
        "concurrency=2&starts=100&period=7+d, 2, PT168H"
    })
    @DisplayName("overrides a limit on a type with what is written, and is shown the same the next time")
    void overrideType(String fields, Integer concurrency, Duration period) {
        client.limits().put(Limit.onType("film").concurrency(3));
        String address = "act?do=override-limit&key=type:film";

        pages.post(address, fields);

        assertThat(client.limits().state(LimitKey.ofType("film")).limit())
                .extracting(Limit::concurrency, Limit::period)
                .containsExactly(concurrency, period);
        String shown = pages.text(address);
        Matcher written = Pattern.compile("name=\"period\" value=\"([^\"]*)\"").matcher(shown);
        assertThat(written.find()).isTrue();
        if (period != null) {
            pages.post(address, "starts=1&period=" + Requests.encoded(written.group(1)));
            assertThat(client.limits().state(LimitKey.ofType("film")).limit())
                    .extracting(Limit::period)
                    .isEqualTo(period);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "concurrency=",
                "concurrency=many",
                "concurrency=-1",
                "concurrency=0",
                "concurrency=1000001",
                "concurrency=99999999",
                "starts=5",
                "period=1m",
                "starts=5&period=soon",
                "starts=5&period=-1m",
                "starts=5&period=999999999d",
                "starts=0&period=1m",
                "concurrency=1&burst=2",
                "starts=5&period=1m&burst=6"
            })
    @DisplayName("does not override a limit with what makes no sense, and is told why")
    void badOverride(String fields) {
        client.limits().put(Limit.of("tenant").concurrency(3));

        DashboardResponse refused = pages.post("act?do=override-limit&key=tenant:acme", fields);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("Nothing was changed");
        assertThat(acme().isOverridden()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&key=", "&key=acme", "&key=%3Cb%3E:x"})
    @DisplayName("on no key of a limit is told what one looks like")
    void noLimitKey(String key) {
        for (String word : List.of("pause-limit", "resume-limit", "override-limit", "reset-limit")) {
            DashboardResponse asked = pages.get("act?do=" + word + key);
            DashboardResponse sent = pages.post("act?do=" + word + key, "concurrency=1");

            assertThat(List.of(asked.status(), sent.status())).containsOnly(400);
            assertThat(asked.text()).contains("such as tenant:acme").doesNotContain("<b>");
        }
    }

    @Test
    @DisplayName("lets the others of a sequence pass a job that has failed, is asked before, and is shown the sequence")
    void skip() {
        UUID id = jobs.fail(job("film").sequence("film:42"), broken());
        client.enqueue(job("film").sequence("film:42"));
        String asked = pages.text("act?do=skip&id=" + id);
        assertThat(asked).contains("<bdi>film:42</bdi> pass this one", "It broke", "The job stays failed");
        assertThat(client.limits().blocked(null, 10)).hasSize(1);

        DashboardResponse done = pages.post(SentForm.of(asked).address, "");

        assertThat(done.status()).isEqualTo(303);
        assertThat(done.headers()).containsEntry("Location", "limit?key=sequence%3Afilm%3A42");
        assertThat(client.limits().blocked(null, 10)).isEmpty();
        assertThat(status(id)).isEqualTo(JobStatus.FAILED);
        assertThat(audited()).containsExactly("ada: skip job " + id + ": true");
        assertThat(pages.text("act?do=skip&id=" + id)).contains("This job blocks no sequence");
        assertThat(pages.post("act?do=skip&id=" + id, "").text()).contains("This job blocks no sequence");
        assertThat(audited()).last().isEqualTo("ada: skip job " + id + ": false");
    }

    @Test
    @DisplayName("lets others pass no job that is not there, and comes back to the job if the address has no key")
    void skipElsewhere() {
        assertThat(pages.get("act?do=skip").status()).isEqualTo(400);
        assertThat(pages.post("act?do=skip&id=x", "").status()).isEqualTo(400);
        assertThat(pages.get("act?do=skip&id=" + UUID.randomUUID()).status()).isEqualTo(404);
        UUID id = jobs.fail(job("film").sequence("s"), broken());

        assertThat(pages.post("act?do=skip&id=" + id + "&key=%3Cb%3E", "").headers())
                .containsEntry("Location", "job?id=" + id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"override-limit", "reset-limit"})
    @DisplayName("pauses and resumes a sequence, but does not override it")
    void sequence(String override) {
        LimitKey key = new LimitKey("sequence", "film:42");
        pages.post("act?do=pause-limit&key=sequence:film:42", "reason=no+film");
        assertThat(client.limits().state(key).pause()).isNotNull();

        DashboardResponse asked = pages.get("act?do=" + override + "&key=sequence:film:42");
        DashboardResponse sent = pages.post("act?do=" + override + "&key=sequence:film:42", "concurrency=1");

        assertThat(List.of(asked.status(), sent.status())).containsOnly(400);
        assertThat(sent.text()).contains("The jobs of a sequence run one at a time");
        assertThat(client.limits().state(key).isOverridden()).isFalse();
        pages.post("act?do=resume-limit&key=sequence:film:42", "");
        assertThat(client.limits().state(key).pause()).isNull();
    }

    @Test
    @DisplayName("pauses, resumes, runs and backfills a schedule")
    void schedules() {
        client.schedules()
                .put(Schedule.of("nightly", JobType.of("digest", String.class), "x")
                        .every(Duration.ofMinutes(10))
                        .ifRunning(IfRunning.ALLOW));

        pages.post("act?do=pause-schedule&name=nightly", "reason=holiday");
        assertThat(client.schedules().find("nightly").orElseThrow().pause())
                .satisfies(
                        pause -> assertThat(pause.by() + ", " + pause.reason()).isEqualTo("ada, holiday"));
        pages.post("act?do=resume-schedule&name=nightly", "");
        assertThat(client.schedules().find("nightly").orElseThrow().pause()).isNull();

        DashboardResponse run = pages.post("act?do=run-schedule&name=nightly", "");
        assertThat(run.headers().get("Location")).startsWith("job?id=");
        assertThat(client.countByScan(JobQuery.all())).isEqualTo(1);

        Instant now = Instant.now();
        String backfilled = pages.post(
                        "act?do=backfill&name=nightly",
                        "from=" + now.minus(Duration.ofMinutes(65)) + "&to=" + now.minusSeconds(1)
                                + "&expected=6&confirm=6")
                .text();
        assertThat(backfilled).contains("6 times now have a run");
        assertThat(pages.post("act?do=backfill&name=nightly", "from=soon&to=1h").status())
                .isEqualTo(400);
        assertThat(pages.post("act?do=pause-schedule&name=none", "reason=x").status())
                .isEqualTo(404);
        assertThat(pages.post("act?do=run-schedule&name=none", "").status()).isEqualTo(404);
    }

    private UUID scheduled(IfRunning ifRunning) {
        client.schedules()
                .put(Schedule.of("nightly", JobType.of("digest", String.class), "x")
                        .every(Duration.ofHours(1))
                        .ifRunning(ifRunning));
        return client.schedules().runNow("nightly").id();
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOW,'One run is enqueued, also if others are open.'",
        "SKIP,'One run is enqueued, unless one is open: then nothing is enqueued.'",
        "BUFFER_ONE,'If one is open, the new one waits for its end; if two are open, nothing is enqueued.'",
        "CANCEL_RUNNING,'If one is open, it is cancelled, and the new one waits for its end.'"
    })
    @DisplayName("is told before a run by hand what becomes of it beside one that is open, and which is open")
    void runNowQuestion(IfRunning ifRunning, String sentence) {
        UUID open = scheduled(ifRunning);

        String html = pages.text("act?do=run-schedule&name=nightly");

        assertThat(html).contains(sentence);
        assertThat(html.contains("Open now:") && html.contains(open.toString()))
                .isEqualTo(ifRunning != IfRunning.ALLOW);
        assertThat(pages.text("act?do=run-schedule&name=nightly&lang=zh")).contains("提交一次运行");
        client.cancel(open);
        assertThat(Pages.of(jobs.store)
                        .as(Access.view("ada").actOnQueues())
                        .text("act?do=run-schedule&name=nightly")
                        .contains("No run is open now"))
                .isEqualTo(ifRunning != IfRunning.ALLOW);
        assertThat(pages.get("act?do=run-schedule&name=none").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"ALLOW,true", "SKIP,false", "BUFFER_ONE,true", "CANCEL_RUNNING,true"})
    @DisplayName("is told after a run by hand whether it was enqueued, or one was open already, and so is the log")
    void runNow(IfRunning ifRunning, boolean isEnqueued) {
        UUID open = scheduled(ifRunning);

        DashboardResponse done = pages.post("act?do=run-schedule&name=nightly", "");

        assertThat(client.countByScan(JobQuery.all())).isEqualTo(isEnqueued ? 2 : 1);
        if (isEnqueued) {
            String id = done.headers().get("Location").replace("job?id=", "");
            assertThat(id).isNotEqualTo(open.toString());
            assertThat(audited()).containsExactly("ada: run-schedule nightly: Optional[enqueued " + id + "]");
        } else {
            assertThat(done.text()).contains("Nothing was enqueued, because a run is open already:", "job?id=" + open);
            assertThat(audited())
                    .containsExactly(
                            "ada: run-schedule nightly: Optional[nothing enqueued, open already is " + open + "]");
        }
    }

    @Test
    @DisplayName("is told that nothing was enqueued if one run is open and another one waits for it")
    void runNowFull() {
        scheduled(IfRunning.BUFFER_ONE);
        UUID waiting = client.schedules().runNow("nightly").id();

        assertThat(pages.post("act?do=run-schedule&name=nightly", "").text())
                .contains("Nothing was enqueued, because a run is open already:", "job?id=" + waiting);
        assertThat(client.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("cannot write a line of its own into the log")
    void hostile() {
        Pages hostile = Pages.of(jobs.store)
                .as(Access.view("eve\nada: retry job 1: RETRIED\u202e").actOnQueues());

        hostile.post("act?do=pause-queue&queue=" + Requests.encoded("a\u202eb"), "");

        assertThat(audited()).hasSize(1).allSatisfy(line -> assertThat(line).doesNotContain("\n", "\u202e", "\u2028"));
    }
}
