package io.forthwith.dashboard.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.dashboard.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What listens for connections")
class HttpListenerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** More than the buffers between a server and a client hold. */
    private static final int LARGE = 64 * 1024 * 1024;

    private final CountDownLatch latch = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Socket> sockets = new ArrayList<>();
    private HttpListener listener;

    /** Answers with much, after the latch, or at once. */
    private final class Answers implements HttpListener.Handler {
        @Override
        public Reply answer(Exchange exchange, BooleanSupplier isGone) {
            asked.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/waits")) {
                awaitLatch();
            }
            return path.equals("/large")
                    ? new Reply(200, Reply.headers("text/plain"), new byte[LARGE])
                    : Reply.plain(200, "small");
        }

        private void awaitLatch() {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void look() {}
    }

    private int listen(int most) throws IOException {
        listener = HttpListener.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), most, new Answers());
        return listener.address().getPort();
    }

    @AfterEach
    void stop() throws IOException {
        latch.countDown();
        listener.close();
        for (Socket each : sockets) {
            each.close();
        }
    }

    private Socket send(int port, String text) throws IOException {
        Socket socket = RawHttp.connect(port);
        sockets.add(socket);
        RawHttp.write(socket, text);
        return socket;
    }

    private Socket get(int port, String path) throws IOException {
        return send(port, "GET " + path + " HTTP/1.1\r\n\r\n");
    }

    private void giveUpIn(int seconds) {
        listener.giveUp(System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
    }

    private void awaitAsked(int times) {
        await().atMost(PATIENCE).until(() -> asked.get() == times);
    }

    @Test
    @DisplayName("drops a client that does not read its answer for a new one")
    void deafForNew() throws Exception {
        int port = listen(1);
        Socket deaf = get(port, "/large");
        awaitAsked(1);

        assertThat(RawHttp.firstLine(get(port, "/small"))).isEqualTo("HTTP/1.1 200 OK");

        assertThat(RawHttp.answer(deaf).length()).isLessThan(LARGE);
    }

    @Test
    @DisplayName("gives up a client that does not read its answer within a minute")
    void deaf() throws Exception {
        int port = listen(10);
        Socket deaf = get(port, "/large");
        awaitAsked(1);

        giveUpIn(10);
        assertThat(listener.open()).isEqualTo(1);
        await().atMost(PATIENCE).until(() -> {
            giveUpIn(61);
            return listener.open() == 0;
        });

        assertThat(RawHttp.answer(deaf).length()).isLessThan(LARGE);
    }

    @Test
    @DisplayName(
            "gives up a request that does not arrive, and a connection without one, but none that waits for its answer")
    void late() throws Exception {
        int port = listen(10);
        Socket waits = get(port, "/waits");
        Socket half = send(port, "GET /small HTTP/1.1\r\nHo");
        Socket body = send(port, "POST /small HTTP/1.1\r\nContent-Length: 10\r\n\r\na");
        Socket idle = send(port, "");
        Socket between = get(port, "/small");
        assertThat(RawHttp.firstLine(between)).isEqualTo("HTTP/1.1 200 OK");
        awaitAsked(2);
        await().atMost(PATIENCE).until(() -> listener.open() == 5);

        giveUpIn(1);
        assertThat(listener.open()).isEqualTo(5);
        await().atMost(PATIENCE).until(() -> {
            giveUpIn(21);
            return listener.open() == 3;
        });
        assertThat(RawHttp.answer(half) + RawHttp.answer(body)).isEmpty();
        await().atMost(PATIENCE).until(() -> {
            giveUpIn(61);
            return listener.open() == 1;
        });
        assertThat(RawHttp.answer(idle)).isEmpty();
        giveUpIn(3_600);
        assertThat(RawHttp.isSilent(waits)).isTrue();

        latch.countDown();
        assertThat(RawHttp.firstLine(waits)).isEqualTo("HTTP/1.1 200 OK");
    }

    @Test
    @DisplayName("drops a silent client before one that waits for its answer")
    void waitsForUs() throws Exception {
        int port = listen(2);
        Socket waits = get(port, "/waits");
        awaitAsked(1);
        Socket idle = send(port, "");

        assertThat(RawHttp.firstLine(get(port, "/small"))).isEqualTo("HTTP/1.1 200 OK");

        assertThat(RawHttp.answer(idle)).isEmpty();
        latch.countDown();
        assertThat(RawHttp.firstLine(waits)).isEqualTo("HTTP/1.1 200 OK");
    }
}
