package io.forthwith.dashboard;

import static io.forthwith.dashboard.RawHttp.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The server of a dashboard, with many clients,")
class ManyClientsTest {
    private static final int CONNECTIONS = 250;
    /** As many as the server has. */
    private static final int THREADS = 500;

    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final JobStore store = new InMemoryJobStore();
    private final List<Socket> sockets = new ArrayList<>();
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private DashboardServer server;

    private int serve(DashboardAccess access) {
        server = DashboardServer.of(Stand.dashboard(store).access(access)).start();
        return server.uri().getPort();
    }

    @AfterEach
    void stop() throws IOException {
        clients.shutdownNow();
        server.close();
        for (Socket each : sockets) {
            each.close();
        }
    }

    private Socket connect(int port) throws IOException {
        Socket socket = RawHttp.connect(port);
        sockets.add(socket);
        return socket;
    }

    private static String get(int port, String target, String who) {
        try {
            return RawHttp.send(port, "GET " + target + " HTTP/1.1", "Host: localhost", "X-Who: " + who);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Access named(DashboardRequest request) {
        String who = String.valueOf(request.header("X-Who"));
        return who.equals("stranger") ? Access.none() : Access.view(who);
    }

    @Test
    @DisplayName("answers a new connection while 250 are silent, and these later")
    void silent() throws Exception {
        int port = serve(ManyClientsTest::named);
        for (int i = 0; i < CONNECTIONS; i++) {
            connect(port);
        }

        for (int i = 0; i < 5; i++) {
            assertThat(status(get(port, "/", "ada"))).isEqualTo(200);
        }

        for (Socket each : List.of(sockets.get(0), sockets.get(CONNECTIONS - 1))) {
            assertThat(RawHttp.isSilent(each)).as("one that is silent stays").isTrue();
            RawHttp.write(each, "GET /style.css HTTP/1.1\r\nHost: localhost\r\nX-Who: ada\r\n\r\n");
            assertThat(status(RawHttp.firstLine(each))).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("answers a new connection while 250 have sent a part of a request, and gives none of these up")
    void half() throws Exception {
        int port = serve(ManyClientsTest::named);
        sockets.addAll(RawHttp.slow(port, CONNECTIONS, FORM));

        for (int i = 0; i < 5; i++) {
            assertThat(status(get(port, "/", "ada"))).isEqualTo(200);
        }

        for (Socket each : sockets) {
            assertThat(RawHttp.isSilent(each)).isTrue();
        }
    }

    @Test
    @DisplayName("answers a new connection while 600 have sent a part of a request: those that came first go")
    void tooManyHalf() throws Exception {
        int port = serve(ManyClientsTest::named);
        sockets.addAll(RawHttp.slow(port, THREADS + 100, FORM));

        for (int i = 0; i < 5; i++) {
            assertThat(status(get(port, "/", "ada"))).isEqualTo(200);
        }

        assertThat(status(RawHttp.answer(sockets.get(0)))).isZero();
        assertThat(RawHttp.isSilent(sockets.get(sockets.size() - 1)))
                .as("one that came later stays")
                .isTrue();
    }

    /** Serves a store that holds up the requests of pages, but not those of files, until there are permits. */
    private int serveSlowly(Semaphore permits, AtomicInteger heldUp) {
        JobStore slow = Stand.answering(store, (call, arguments) -> {
            // Only the frame of a page asks this on the thread of its request.
            if (call.equals("limits") && Thread.currentThread().getName().equals("forthwith-dashboard-http")) {
                heldUp.incrementAndGet();
                permits.acquireUninterruptibly();
            }
            return null;
        });
        server = DashboardServer.of(Stand.dashboard(slow).access(ManyClientsTest::named))
                .start();
        return server.uri().getPort();
    }

    private List<CompletableFuture<String>> ask(int port, int times) {
        List<CompletableFuture<String>> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.add(CompletableFuture.supplyAsync(() -> get(port, "/nothing?lang=en", "eve"), clients));
        }
        return all;
    }

    @Test
    @DisplayName("answers a viewer while all of another one's sixteen requests wait, of whom three have a turn")
    void turns() {
        Semaphore permits = new Semaphore(0);
        AtomicInteger heldUp = new AtomicInteger();
        int port = serveSlowly(permits, heldUp);
        List<CompletableFuture<String>> sixteen = ask(port, 16);
        await().atMost(PATIENCE).until(() -> heldUp.get() == 3);

        assertThat(status(get(port, "/style.css", "ada"))).isEqualTo(200);

        assertThat(sixteen).noneMatch(CompletableFuture::isDone);
        assertThat(heldUp).hasValue(3);
        permits.release(1_000_000);
        sixteen.forEach(each -> assertThat(status(each.join())).isEqualTo(404));
    }

    @Test
    @DisplayName("tells a viewer that too many of their requests wait, in their language, and answers others")
    void tooMany() {
        Semaphore permits = new Semaphore(0);
        int port = serveSlowly(permits, new AtomicInteger());
        List<CompletableFuture<String>> all = ask(port, 44);

        String refused = (String) CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();

        assertThat(refused)
                .startsWith("HTTP/1.1 429")
                .contains("More than 40 requests of yours wait for an answer.", "Try again in a moment", "<h1")
                .containsIgnoringCase("Retry-After: 1")
                .containsIgnoringCase("X-Content-Type-Options: nosniff");
        assertThat(get(port, "/style.css?lang=zh", "eve")).contains("您有超过 40 个请求");
        assertThat(status(get(port, "/style.css", "ada"))).isEqualTo(200);
        permits.release(1_000_000);
        assertThat(all.stream().map(each -> status(each.join())))
                .hasSize(44)
                .containsOnly(404, 429)
                .containsOnlyOnce(429);
    }

    @Test
    @DisplayName(
            "says no to a stranger while thirteen viewers ask for more than it has threads, of whose requests 400 wait")
    void full() throws Exception {
        Semaphore permits = new Semaphore(0);
        int port = serveSlowly(permits, new AtomicInteger());
        for (int i = 0; i < 13 * 43; i++) {
            RawHttp.write(
                    connect(port),
                    "GET /nothing?lang=en HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Who: v" + i % 13
                            + "\r\n\r\n");
        }

        assertThat(status(get(port, "/", "stranger"))).isEqualTo(403);

        await().atMost(PATIENCE).until(() -> answered() == 13 * 43 - 12 - 400);
        permits.release(1_000_000);
        List<String> answers = sockets.stream().map(RawHttp::answer).toList();
        assertThat(answers.stream().filter(each -> status(each) == 404)).hasSize(12 + 400);
        assertThat(answers.stream().filter(each -> status(each) == 429))
                .hasSize(13 * 43 - 12 - 400)
                .anyMatch(each -> each.contains("More than 400 requests of all viewers wait for an answer."));
    }

    /** To how many an answer has come. */
    private long answered() throws IOException {
        long answered = 0;
        for (Socket each : sockets) {
            answered += each.getInputStream().available() > 0 ? 1 : 0;
        }
        return answered;
    }

    @Test
    @DisplayName("reads a body in pieces, tells a client that asks to go on, and reads the next request after it")
    void bodies() throws Exception {
        int port = serve(request -> Access.view("ada").actOnQueues());
        Socket socket = connect(port);
        String headers =
                "Host: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        RawHttp.write(
                socket,
                "POST /act?do=pause-queue&queue=mail HTTP/1.1\r\n" + headers
                        + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        RawHttp.write(socket, "7;x=y\r\nreason=\r\n5\r\npaper\r\n0\r\n\r\n");
        RawHttp.write(socket, "HEAD /queues HTTP/1.1\r\nHost: localhost\r\n\r\n");
        RawHttp.write(socket, "GET /style.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        String answers = RawHttp.answer(socket);

        assertThat(answers).startsWith("HTTP/1.1 100 Continue\r\n").containsOnlyOnce("HTTP/1.1 303 See Other\r\n");
        assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(3);
        assertThat(JobClient.of(store).pausedQueues())
                .singleElement()
                .satisfies(pause -> assertThat(pause.pause().reason()).isEqualTo("paper"));
        assertThat(store.audit().orElseThrow().search(null, null, null, 1).entries())
                .as("the address that the server sees")
                .singleElement()
                .satisfies(entry -> assertThat(entry.author().address()).isEqualTo("127.0.0.1"));
    }

    @Test
    @DisplayName("refuses what a proxy may read in another way, and ends the connection")
    void smuggled() throws Exception {
        int port = serve(ManyClientsTest::named);
        String post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
        List<String> bad = List.of(
                post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                post + "Content-Length: 1x\r\n\r\n",
                post + "Content-Length : 1\r\n\r\n",
                post + "Transfer-Encoding: chunked, gzip\r\n\r\n",
                post + "Content-Length: -1\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n");

        for (String each : bad) {
            Socket socket = connect(port);
            RawHttp.write(socket, each);

            assertThat(RawHttp.answer(socket))
                    .as(each)
                    .matches("(?s)HTTP/1.1 (400|404|501) .*")
                    .containsIgnoringCase("Connection: close");
        }
    }

    @Test
    @DisplayName("ends the connection of a client that sends headers without end")
    void endlessHeaders() throws Exception {
        int port = serve(ManyClientsTest::named);
        Socket socket = connect(port);
        RawHttp.write(socket, "GET / HTTP/1.1\r\nHost: localhost\r\n");
        String headers = "X: y\r\n".repeat(10_000);

        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        RawHttp.write(socket, headers);
                    }
                })
                .isInstanceOf(IOException.class);

        assertThat(status(get(port, "/", "ada"))).isEqualTo(200);
    }
}
