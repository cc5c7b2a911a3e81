package io.forthwith.dashboard;

import static io.forthwith.dashboard.RawHttp.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The dashboard, attacked over HTTP,")
class SecurityTest {
    private static final String[] AS_HTML = {"<script>", "<img", "onerror=alert(1)>"};
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final String SAME_ORIGIN = "Sec-Fetch-Site: same-origin";

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final Dashboard dashboard = Stand.dashboard(store).access(request -> Access.view("ada"));
    private final List<DashboardServer> servers = new ArrayList<>();

    private int serve(Dashboard served) {
        DashboardServer server = DashboardServer.of(served).start();
        servers.add(server);
        return server.uri().getPort();
    }

    @AfterEach
    void stop() {
        servers.forEach(DashboardServer::close);
    }

    private static String get(int port, String target, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of("GET " + target + " HTTP/1.1"));
        lines.addAll(List.of(headers));
        if (lines.stream().noneMatch(line -> line.startsWith("Host:"))) {
            lines.add("Host: localhost:" + port);
        }
        return RawHttp.send(port, lines.toArray(String[]::new));
    }

    private static String post(int port, String body, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Host: localhost:" + port);
        return RawHttp.post(port, "/", body, all.toArray(String[]::new));
    }

    @Test
    @DisplayName("lets nobody in without a rule, nor if the rule says so, says nothing, or fails")
    void nobody() throws Exception {
        assertThatThrownBy(() -> DashboardServer.of(Stand.dashboard(store)).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Dashboard.access(");
        assertThat(Stand.dashboard(store).handle(Requests.get("/")).status()).isEqualTo(403);
        List<DashboardAccess> rules = List.of(request -> Access.none(), request -> null, request -> {
            throw new IllegalStateException("no session");
        });
        for (DashboardAccess rule : rules) {
            int port = serve(Stand.dashboard(store).access(rule));
            for (String path : List.of("/", "/jobs", "/style.css", "/nothing")) {
                assertThat(get(port, path)).startsWith("HTTP/1.1 403").doesNotContain("session", "<html");
            }
            assertThat(status(post(port, "", FORM, SAME_ORIGIN))).isEqualTo(403);
        }
    }

    @Test
    @DisplayName("has the headers that protect it on every answer, errors too")
    void headers() throws Exception {
        int port = serve(dashboard);
        int broken =
                serve(dashboard.name("x").access(request -> Access.view("ada").onlyUser(null)));
        List<String> answers = List.of(
                get(port, "/"),
                get(port, "/style.css"),
                get(port, "/nothing"),
                get(port, "/", "Host: evil.example"),
                get(broken, "/"),
                post(port, "", FORM),
                post(port, "", FORM, SAME_ORIGIN),
                RawHttp.send(port, "DELETE / HTTP/1.1", "Host: localhost"));
        assertThat(answers.stream().map(RawHttp::status)).containsExactly(200, 200, 404, 421, 403, 403, 405, 405);
        for (String answer : answers) {
            assertThat(answer)
                    .containsIgnoringCase(
                            "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n")
                    .containsIgnoringCase("X-Content-Type-Options: nosniff\r\n")
                    .containsIgnoringCase("Referrer-Policy: no-referrer\r\n")
                    .containsPattern("(?i)Cache-Control: no-(store|cache)\r\n")
                    .doesNotContain("Set-Cookie", "at io.forthwith", "Exception");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "localhost:80@evil.example",
                "localhost:x",
                "localhost:",
                "localhost evil",
                "",
                "::1",
                "[::2]",
                "127.0.0.1.evil.example",
                "127.1",
                "localhost..",
                "0.0.0.0"
            })
    @DisplayName(
            "answers to no name that it was not told, so that no page of the web reaches it under a name of its own")
    void rebinding(String host) throws Exception {
        int port = serve(dashboard);
        assertThat(status(get(port, "/", "Host: " + host))).isEqualTo(421);
    }

    @Test
    @DisplayName("answers to no request without a host, with two, or with another one in its target")
    void hosts() throws Exception {
        int port = serve(dashboard);
        assertThat(status(RawHttp.send(port, "GET / HTTP/1.0"))).isEqualTo(421);
        assertThat(status(get(port, "/", "Host: localhost", "Host: evil.example")))
                .isIn(400, 421);
        assertThat(status(get(port, "http://evil.example/"))).isEqualTo(421);
        assertThat(status(get(port, "http://localhost:" + port + "/"))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:1",
                "localhost.:8080",
                "127.0.0.1:65535",
                "[::1]",
                "[::1]:9000",
                "jobs.example.org",
                "[2001:db8::7]:80"
            })
    @DisplayName("answers to its own names, with any port, because a tunnel may have another one")
    void names(String host) throws Exception {
        DashboardServer server = DashboardServer.of(dashboard.publicOrigin("https://Jobs.example.org:8443"))
                .hostNames("[2001:db8::7]")
                .start();
        servers.add(server);
        assertThat(status(get(server.uri().getPort(), "/", "Host: " + host))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../style.css",
                "/jobs/../style.css",
                "/%2e%2e/style.css",
                "/..%2fstyle.css",
                "//style.css",
                "//jobs/x",
                "/jobs//",
                "/jobs;jsessionid=1",
                "/style.css;x",
                "/style.css%00.html",
                "/style.css/",
                "/%2fetc%2fpasswd",
                "/./jobs",
                "/io/forthwith/dashboard/style.css",
                "/words.properties",
                "/internal/html/words.properties",
                "/%5c..%5cstyle.css"
            })
    @DisplayName("has no page at an address that only looks like one of a file")
    void paths(String target) throws Exception {
        assertThat(status(get(serve(dashboard), target))).isIn(400, 404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mailto:x", "*", "/%zz", "/\u00fc", "x", "http:///"})
    @DisplayName("gives no page and no trace to a request that makes no sense, and goes on")
    void nonsense(String target) throws Exception {
        int port = serve(dashboard);
        String answer = get(port, target);
        assertThat(status(answer)).isIn(0, 400, 404, 421);
        // The server of JDK 25 answers some of these itself, and names a class; a trace has lines with places.
        assertThat(answer).doesNotContain("\tat ", "at io.", "at sun.", "at java.", ".java:");
        assertThat(status(get(port, "/"))).isEqualTo(200);
    }

    @Test
    @DisplayName("acts on no form that another page has sent, and names the header")
    void cross_site() throws Exception {
        int port = serve(dashboard);
        assertThat(post(port, "", FORM))
                .startsWith("HTTP/1.1 403")
                .contains("neither the header Sec-Fetch-Site nor Origin");
        for (String site : List.of("cross-site", "same-site", "none", "Same-Origin", "")) {
            assertThat(post(port, "", FORM, "Sec-Fetch-Site: " + site, "Origin: http://localhost:" + port))
                    .startsWith("HTTP/1.1 403")
                    .contains("Sec-Fetch-Site is '" + site + "'");
        }
        for (String origin : List.of(
                "https://evil.example",
                "null",
                "http://localhost",
                "http://localhost:1",
                "http://localhost:" + port + ".evil.example",
                "http://evil.example/http://localhost:" + port,
                "localhost:" + port,
                "")) {
            assertThat(post(port, "", FORM, "Origin: " + origin))
                    .startsWith("HTTP/1.1 403")
                    .contains("Origin is '" + origin + "'");
        }
        assertThat(status(post(port, "", FORM, SAME_ORIGIN, "Sec-Fetch-Site: cross-site")))
                .isEqualTo(403);
    }

    @Test
    @DisplayName("reads a form that a page of its own has sent: then the page says that it has none")
    void same_origin() throws Exception {
        int port = serve(dashboard);
        assertThat(status(post(port, "a=b", FORM, SAME_ORIGIN))).isEqualTo(405);
        assertThat(status(post(port, "a=b", FORM, "Origin: http://localhost:" + port)))
                .isEqualTo(405);
        assertThat(status(post(port, "a=b", FORM + ";charset=UTF-8", "Origin: https://LOCALHOST:" + port)))
                .isEqualTo(405);
        int behindProxy =
                serve(dashboard.publicOrigin("https://jobs.example.org").publicOrigin("http://10.0.0.7:8080"));
        assertThat(status(post(behindProxy, "", FORM, "Origin: https://jobs.example.org")))
                .isEqualTo(405);
        assertThat(status(post(behindProxy, "", FORM, "Origin: http://10.0.0.7:8080")))
                .isEqualTo(405);
        assertThat(status(post(behindProxy, "", FORM, "Origin: http://jobs.example.org")))
                .isEqualTo(403);
    }

    @Test
    @DisplayName("lets browsers say whose a form is, and tells no other site where it was")
    void referrer() throws Exception {
        assertThat(get(serve(dashboard), "/"))
                .containsIgnoringCase("Referrer-Policy: no-referrer")
                .contains("<meta name=\"referrer\" content=\"same-origin\">");
    }

    @Test
    @DisplayName("shows what a header holds as plain text, cut")
    void refusal() throws Exception {
        int port = serve(dashboard);
        String answer = post(port, "", FORM, "Origin: <script>\u00e9\u009b" + "x".repeat(5_000));
        assertThat(answer)
                .containsIgnoringCase("Content-Type: text/plain")
                .contains("'<script>??xxx")
                .doesNotContain("x".repeat(100));
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "''"
    })
    @DisplayName("reads no body that is not a form")
    void content_type(String type) throws Exception {
        int port = serve(dashboard);
        assertThat(status(post(port, "a=b", SAME_ORIGIN, "Content-Type: " + type)))
                .isEqualTo(415);
    }

    @Test
    @DisplayName("reads 64 KiB and 1,000 fields, and no more")
    void sizes() throws Exception {
        int port = serve(dashboard);
        assertThat(status(post(port, "a=" + "x".repeat(64 * 1024 - 2), FORM, SAME_ORIGIN)))
                .isEqualTo(405);
        assertThat(status(post(port, "a=" + "x".repeat(64 * 1024 - 1), FORM, SAME_ORIGIN)))
                .isEqualTo(413);
        assertThat(status(post(port, "a&".repeat(999) + "a", FORM, SAME_ORIGIN)))
                .isEqualTo(405);
        assertThat(status(post(port, "a&".repeat(1_000) + "a", FORM, SAME_ORIGIN)))
                .isEqualTo(413);
        assertThat(status(post(port, "a=\u00ff", FORM, SAME_ORIGIN)))
                .as("not UTF-8")
                .isEqualTo(400);
    }

    @Test
    @DisplayName("cuts off a body of 100 MB that comes in pieces")
    void endless_body() throws Exception {
        int port = serve(dashboard);
        try (Socket socket = RawHttp.connect(port)) {
            AtomicLong sent = new AtomicLong();
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> RawHttp.answer(socket));
            RawHttp.write(
                    socket,
                    "POST / HTTP/1.1\r\nHost: localhost\r\n" + FORM + "\r\n" + SAME_ORIGIN
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "10000\r\n" + "x".repeat(65_536) + "\r\n";
            assertThatThrownBy(() -> {
                        while (sent.get() < 100_000_000) {
                            RawHttp.write(socket, chunk);
                            sent.addAndGet(65_536);
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(status(answer.get())).isEqualTo(413);
            assertThat(sent.get()).isLessThan(30_000_000);
        }
    }

    @Test
    @DisplayName("refuses a body whose header says that it is long, before it comes")
    void announced_body() throws Exception {
        int port = serve(dashboard);
        try (Socket socket = RawHttp.connect(port)) {
            RawHttp.write(
                    socket,
                    "POST / HTTP/1.1\r\nHost: localhost\r\n" + FORM + "\r\n" + SAME_ORIGIN
                            + "\r\nContent-Length: 100000000\r\n\r\n");
            assertThat(status(RawHttp.firstLine(socket))).isEqualTo(413);
        }
    }

    @Test
    @DisplayName("answers others while 40 clients send a part of a request and no more")
    void slow_clients() throws Exception {
        int port = serve(dashboard);
        List<Socket> slow = RawHttp.slow(port, 40, FORM + "\r\n" + SAME_ORIGIN);
        try {
            assertThat(status(get(port, "/"))).isEqualTo(200);
            for (Socket each : slow) {
                assertThat(RawHttp.isSilent(each)).as("not given up before").isTrue();
            }
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
    }

    @Test
    @DisplayName("shows what is stored as text, never as HTML")
    void stored() throws Exception {
        String hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        JobType<String> type = JobType.of("mail", String.class);
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(
                        NewJob.of(type, hostile).user(hostile).project(hostile).sequence("film:42"))
                .id();
        Worker.of(store, ProcessorRegistry.of().with(type, job -> {
                    throw JobException.permanent("no_address", hostile);
                }))
                .name("<script>worker")
                .build()
                .drain();
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        jobs.limits().pause(new LimitKey("tenant", "acme"), Pause.by(hostile).because(hostile));
        int port = serve(dashboard.name(hostile));
        String query = "lang=" + Requests.encoded(hostile)
                + "&jump=%3Cscript%3E&key=%3Cscript%3E&name=%3Cscript%3E&after=%3Cscript%3E&type=%3Cscript%3E&code=%3Cscript%3E";
        for (String page : List.of(
                "/",
                "/queues",
                "/limits",
                "/limit",
                "/jobs",
                "/job",
                "/family",
                "/failures",
                "/schedules",
                "/workers",
                "/act")) {
            assertThat(get(port, page + "?id=%3Cscript%3E&" + query)).doesNotContain(AS_HTML);
        }
        for (String page : List.of(
                "/?",
                "/jobs?",
                "/job?id=" + id,
                "/job?tab=facts&id=" + id,
                "/failures?",
                "/workers?",
                "/limits?",
                "/limit?key=tenant:acme&",
                "/limit?key=sequence:film:42&")) {
            assertThat(get(port, page)).doesNotContain(AS_HTML).contains("&lt;script&gt;");
        }
        assertThat(get(port, "/jobs?")).contains("&lt;img src=x onerror=alert(1)&gt;");
    }
}
