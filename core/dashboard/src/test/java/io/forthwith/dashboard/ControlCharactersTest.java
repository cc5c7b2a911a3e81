package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.http.ControlCharacters;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.store.JobStore;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@DisplayName("A control character in a request")
class ControlCharactersTest {
    private static final String FORGED = "x\u0000\n10:00 INFO ada: retry job 1: RETRIED\u001b[2J\u2028";
    private static final Pattern HREF = Pattern.compile("href=\"([^\"]*)\"");
    private static final Access ALL = Access.view("ada").payloads().actOnJobs().actOnQueues();

    private final JobsInStore jobs = new JobsInStore();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final List<Logger> logs = Stream.of("io.forthwith.dashboard", "io.forthwith.dashboard.audit")
            .map(name -> (Logger) LoggerFactory.getLogger(name))
            .toList();
    private final Pages pages = Pages.of(Stand.answering(jobs.store, (call, arguments) -> {
                // Whether there are these roles is asked for the frame, and is no look at rows.
                if (!List.of("limits", "acts", "audit").contains(call)) {
                    calls.add(call);
                }
                return null;
            }))
            .as(ALL);

    @BeforeEach
    void listen() {
        lines.start();
        logs.forEach(log -> log.addAppender(lines));
    }

    @AfterEach
    void stopListening() {
        logs.forEach(log -> log.detachAppender(lines));
    }

    private List<String> logged() {
        List<String> all = new ArrayList<>();
        for (ILoggingEvent event : lines.list) {
            all.add(event.getFormattedMessage());
            collect(event.getThrowableProxy(), all);
        }
        return all;
    }

    private static void collect(IThrowableProxy thrown, List<String> all) {
        if (thrown != null) {
            all.add(String.valueOf(thrown.getMessage()));
            collect(thrown.getCause(), all);
            for (IThrowableProxy each : thrown.getSuppressed()) {
                collect(each, all);
            }
        }
    }

    private static boolean isClean(String line) {
        return line.chars().noneMatch(c -> Character.isISOControl(c) || c == '\u2028');
    }

    @ParameterizedTest
    @ValueSource(strings = {"type", "queue", "user", "code", "key", "status", "id", "jump", "span", "since", "before"})
    @DisplayName("in a parameter of any page is refused before the store is asked, and leaves no line in the log")
    void parameters(String name) {
        for (Page page : Dashboard.PAGES) {
            DashboardResponse answer = pages.get(page.path() + "?" + name + "=" + Requests.encoded(FORGED));

            assertThat(answer.status()).as(page.path()).isEqualTo(400);
            assertThat(answer.text()).contains("The parameter <bdi>" + name + "</bdi> has a control character");
        }
        for (String file : List.of("export.csv", "export.ndjson")) {
            assertThat(pages.get(file + "?" + name + "=a%0Ab").status()).isEqualTo(400);
        }
        assertThat(pages.text("jobs?lang=zh&" + name + "=%1B"))
                .contains("参数 <bdi>" + name + "</bdi> 中含有控制字符")
                .doesNotContain("control character");
        assertThat(calls).isEmpty();
        assertThat(logged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%00", "%0A", "%0D", "%09", "%1B", "%7F", "%C2%85", "%E2%80%A8", "%E2%80%A9"})
    @DisplayName("is refused, whichever it is")
    void each(String character) {
        assertThat(pages.get("runs?name=" + character + "a").status()).isEqualTo(400);
        assertThat(pages.get("runs?name=a" + character).status()).isEqualTo(400);
        assertThat(pages.get("runs?a" + character + "=1").status()).isEqualTo(400);
        assertThat(calls).isEmpty();
    }

    @Test
    @DisplayName("in a row has no link to it, which would be refused")
    void links() throws Exception {
        JobStore store = SampleStores.hostile();
        Pages hostile = Pages.of(HostileStore.of(store)).as(ALL);
        List<String> shown = new ArrayList<>();
        Dashboard.PAGES.forEach(page -> shown.add(hostile.text(page.path())));
        store.scan(JobQuery.all()).forEach(job -> shown.add(hostile.text("job?id=" + job.id())));
        List<String> links = shown.stream()
                .flatMap(page -> HREF.matcher(page).results())
                .map(link -> URLDecoder.decode(link.group(1), StandardCharsets.UTF_8))
                .toList();

        assertThat(links).hasSizeGreaterThan(100).noneMatch(ControlCharacters::has);
        assertThat(shown).anyMatch(page -> page.contains("<a><bdi>&lt;script&gt;"));
        assertThat(lines.list)
                .as("what the pages could not read")
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEmpty();
    }

    @Test
    @DisplayName("in the path is refused, and a reader is told so")
    void path() {
        for (String path : List.of("jobs\n", "\u0000", "style.css\u0000", "export.csv\u2028")) {
            DashboardResponse answer = pages.get(path);

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("The path of the address has a control character");
        }
        assertThat(pages.text("jobs\n?lang=zh")).contains("地址的路径中含有控制字符");
        assertThat(calls).isEmpty();
    }

    @Test
    @DisplayName("says nothing to those who may not see the dashboard")
    void nobody() {
        assertThat(pages.as(Access.none()).get("jobs?id=%00").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pause-queue&queue=",
                "resume-queue&queue=",
                "pause-schedule&name=",
                "run-schedule&name=",
                "backfill&name=",
                "pause-limit&key=tenant:",
                "skip&id=",
                "retry&id=",
                "cancel&type="
            })
    @DisplayName("in the name that an act is about is refused, and nothing is said of a change that was perhaps made")
    void acts(String act) {
        String address = "act?do=" + act + Requests.encoded(FORGED);

        assertThat(pages.get(address).status()).isEqualTo(400);
        DashboardResponse answer = pages.post(address, "confirm=1&from=2h&to=1h");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("Nothing was done", "has a control character");
        assertThat(calls).isEmpty();
        assertThat(logged()).isEmpty();
    }

    @Test
    @DisplayName("in a field of a form is refused, and a reason may have lines")
    void fields() {
        UUID id = JobClient.of(jobs.store).enqueue(job("film")).id();
        for (String field : List.of("queue", "when", "priority", "confirm", "anything")) {
            DashboardResponse answer = pages.post("act?do=change&id=" + id, field + "=1%0A2");

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text())
                    .contains("The field <bdi>" + field + "</bdi> has a control character", "Only a reason");
        }
        assertThat(calls).isEmpty();
        assertThat(logged()).isEmpty();
        assertThat(pages.post("act?do=change&lang=zh&id=" + id, "queue=1%0A2").text())
                .contains("字段 <bdi>queue</bdi> 中含有控制字符");

        assertThat(pages.post("act?do=pause-queue&queue=mail", "reason=first%0D%0Asecond")
                        .status())
                .isEqualTo(303);

        assertThat(JobClient.of(jobs.store).pausedQueues())
                .singleElement()
                .satisfies(pause -> assertThat(pause.pause().reason()).contains("first", "\nsecond"));
        assertThat(logged()).isNotEmpty().allMatch(ControlCharactersTest::isClean);
    }

    private static JobStore failing(JobStore store) {
        return Stand.answering(store, (call, arguments) -> {
            if (List.of("limits", "schedules", "outcomes").contains(call)) {
                return null;
            }
            RuntimeException failure =
                    new JobStoreException(JobStoreException.Kind.PERMANENT, FORGED, new IllegalStateException(FORGED));
            failure.addSuppressed(new IllegalArgumentException(FORGED));
            throw failure;
        });
    }

    @Test
    @DisplayName(
            "in a message of an exception does not come into the log: from the store, a page, the rule or the redactor")
    void exceptions() {
        UUID id = JobClient.of(jobs.store).enqueue(job("film")).id();
        Pages away = Pages.of(failing(jobs.store)).as(ALL);
        away.get("jobs");
        away.post("act?do=pause-queue&queue=mail", "");
        away.post("act?do=retry&id=" + id, "");
        RuntimeException hostile = new IllegalStateException(FORGED, new IllegalStateException(FORGED));
        Dashboard dashboard = Stand.dashboard(jobs.store);
        dashboard
                .access(request -> {
                    throw hostile;
                })
                .handle(Requests.get("/"));
        dashboard
                .access(request -> ALL)
                .redactor(text -> {
                    throw hostile;
                })
                .handle(Requests.get("/job?id=" + id + "&tab=input"));
        dashboard.access(request -> ALL).handle(brokenRequest(hostile));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getMessage)
                .contains(
                        "The dashboard cannot read from the store",
                        "The rule of access has failed, so nobody may see the dashboard",
                        "The redactor has failed, so a text is not shown",
                        "The dashboard cannot answer {}");
        assertThat(logged()).allMatch(ControlCharactersTest::isClean);
    }

    /** A form whose body cannot even be read. */
    private static DashboardRequest brokenRequest(RuntimeException failure) {
        DashboardRequest form = Requests.post("/act", "", new Object());
        return DashboardRequest.of("POST", form.path())
                .query(form.query())
                .headers(form.headers())
                .body(new java.io.InputStream() {
                    @Override
                    public int read() {
                        throw failure;
                    }

                    @Override
                    public int read(byte[] bytes, int from, int length) {
                        throw failure;
                    }
                })
                .carriedBy(new Object());
    }

    @Test
    @DisplayName("of the name of a viewer is not stored, and a user whom no job can have lets nobody in")
    void viewers() {
        pages.as(Access.view("eve\nada\u0000").actOnQueues()).post("act?do=pause-queue&queue=mail", "");

        assertThat(JobClient.of(jobs.store).pausedQueues())
                .singleElement()
                .satisfies(pause -> assertThat(pause.pause().by()).isEqualTo("eve ada "));
        Dashboard dashboard = Stand.dashboard(jobs.store);
        assertThat(dashboard
                        .access(request -> Access.view("eve").onlyUser("u\u0000"))
                        .handle(Requests.get("/jobs"))
                        .status())
                .isEqualTo(403);
        assertThat(dashboard
                        .access(request -> Access.view("eve").onlyProject("\ud800"))
                        .handle(Requests.get("/jobs"))
                        .status())
                .isEqualTo(403);
        assertThat(logged()).anyMatch(line -> line.contains("userId \"u \" has NUL"));
    }

    @Test
    @DisplayName("cannot come into a header of an answer, nor into the name of a file")
    void headers() {
        String name = "a\"; filename=\"evil.exe\u00e9";
        List<DashboardResponse> answers = List.of(
                pages.get("export.csv?type=" + Requests.encoded(name)),
                pages.get("jobs?jump=" + Requests.encoded(name)),
                pages.post(
                        "act?do=pause-queue&queue=mail&lang=" + Requests.encoded(name), "reason=a%0D%0ASet-Cookie:x"));

        assertThat(answers.get(0).headers().get("Content-Disposition"))
                .matches("attachment; filename=\"jobs-\\d{8}-\\d{6}\\.csv\"");
        assertThat(answers.get(2).headers().get("Location")).isEqualTo("queues?lang=en");
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.headers().values())
                        .allMatch(value -> value.chars().allMatch(c -> c >= ' ' && c <= '~')));
    }
}
