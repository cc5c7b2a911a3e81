package io.forthwith.dashboard.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.forthwith.dashboard.RawHttp;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The threads of the JDK's server")
class RequestThreadsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int MOST = 2;
    /** More than the buffers between a server and a client hold. */
    private static final int LARGE = 64 * 1024 * 1024;

    private static final String OK = "HTTP/1.1 200 OK";

    private final CountDownLatch latch = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final List<Socket> sockets = new ArrayList<>();
    private final RequestThreads threads = new RequestThreads(MOST);
    private HttpServer server;
    private int port;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        port = server.getAddress().getPort();
    }

    @AfterEach
    void stop() throws IOException {
        latch.countDown();
        server.stop(0);
        threads.close();
        for (Socket each : sockets) {
            each.close();
        }
    }

    /** Answers with much, after the latch, or at once. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            if (!threads.beginAnswer()) {
                throw new InterruptedIOException("given up");
            }
            asked.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/waits")) {
                awaitLatch();
            }
            threads.waitForClient();
            byte[] body = new byte[path.equals("/large") ? LARGE : 10];
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void awaitLatch() {
        try {
            latch.await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            Thread.currentThread().interrupt();
        }
    }

    private Socket send(String text) throws IOException {
        Socket socket = RawHttp.connect(port);
        sockets.add(socket);
        RawHttp.write(socket, text);
        return socket;
    }

    private Socket get(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    /** A request of which a part comes, on a thread that reads it. */
    private Socket sendPart(String part) throws IOException {
        int before = threads.waiting();
        Socket socket = send(part);
        await().atMost(PATIENCE).until(() -> threads.waiting() == before + 1);
        return socket;
    }

    private void awaitAsked(int times) {
        await().atMost(PATIENCE).until(() -> asked.get() == times);
    }

    @Test
    @DisplayName("give up the request that has been read longest for a new one, and then the next")
    void longest() throws Exception {
        Socket head = sendPart("GET /small HTTP/1.1\r\nHo");
        Socket body = sendPart("POST /small HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\na");

        Socket later = send("GET /small HTTP/1.1\r\nHo");

        assertThat(RawHttp.answer(head)).isEmpty();
        await().atMost(PATIENCE).until(() -> threads.waiting() == MOST);
        assertThat(RawHttp.isSilent(body)).as("one that came later stays").isTrue();
        assertThat(RawHttp.firstLine(get("/small"))).isEqualTo(OK);
        assertThat(RawHttp.answer(body)).isEmpty();
        RawHttp.write(later, "st: localhost\r\n\r\n");
        assertThat(RawHttp.firstLine(later)).isEqualTo(OK);
        assertThat(asked).as("those that were given up are not answered").hasValue(2);
    }

    @Test
    @DisplayName("drop a client that does not read its answer for a new one")
    void deaf() throws Exception {
        Socket waits = get("/waits");
        awaitAsked(1);
        Socket deaf = get("/large");
        awaitAsked(2);

        assertThat(RawHttp.firstLine(get("/small"))).isEqualTo(OK);

        assertThat(RawHttp.answer(deaf).length()).isLessThan(LARGE);
        latch.countDown();
        assertThat(RawHttp.firstLine(waits)).isEqualTo(OK);
    }

    @Test
    @DisplayName("are not interrupted while they answer: a new request waits")
    void waitsForUs() throws Exception {
        Socket one = get("/waits");
        Socket two = get("/waits");
        awaitAsked(MOST);
        Socket third = get("/small");
        await().atMost(PATIENCE).until(() -> threads.requests() == MOST + 1);

        assertThat(RawHttp.isSilent(third)).isTrue();

        latch.countDown();
        for (Socket each : List.of(one, two, third)) {
            assertThat(RawHttp.firstLine(each)).isEqualTo(OK);
        }
        assertThat(interrupted).hasValue(0);
    }

    @Test
    @DisplayName("are taken by no connection of which nothing comes, also between two requests")
    void silent() throws Exception {
        for (int i = 0; i < MOST * 10; i++) {
            send("");
        }
        Socket between = get("/small");
        assertThat(RawHttp.firstLine(between)).isEqualTo(OK);

        await().atMost(PATIENCE).until(() -> threads.requests() == 0);
        for (int i = 0; i < MOST; i++) {
            assertThat(RawHttp.firstLine(get("/small"))).isEqualTo(OK);
        }
        for (Socket each : sockets.subList(0, MOST * 10)) {
            assertThat(RawHttp.isSilent(each)).as("not given up").isTrue();
        }
    }
}
