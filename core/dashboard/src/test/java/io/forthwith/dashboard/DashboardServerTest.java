package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.dashboard.internal.http.Guard;
import io.forthwith.dashboard.internal.http.RequestThreads;
import io.forthwith.memory.InMemoryJobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The server of the dashboard")
class DashboardServerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Dashboard dashboard = Stand.dashboard(new InMemoryJobStore()).access(request -> Access.view("ada"));
    private final List<DashboardServer> servers = new ArrayList<>();

    private int serve() {
        DashboardServer server = DashboardServer.of(dashboard).start();
        servers.add(server);
        return server.uri().getPort();
    }

    @AfterEach
    void stop() {
        servers.forEach(DashboardServer::close);
    }

    @Test
    @DisplayName("sends no body to HEAD, but its length")
    void head() throws Exception {
        int port = serve();
        String answer = RawHttp.send(port, "HEAD /style.css HTTP/1.1", "Host: localhost");
        assertThat(answer)
                .startsWith("HTTP/1.1 200")
                .endsWith("\r\n\r\n")
                .containsPattern("(?i)Content-Length: [1-9][0-9]{3}");
    }

    @Test
    @DisplayName("says that a port is taken, and what to do")
    void port_taken() {
        int port = serve();
        assertThatThrownBy(() -> DashboardServer.of(dashboard).port(port).start())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(":" + port)
                .hasMessageContaining("Choose another port");
    }

    @Test
    @DisplayName("ends while connections are open")
    void close() throws Exception {
        int port = serve();
        try (Socket idle = RawHttp.connect(port);
                Socket half = RawHttp.connect(port)) {
            RawHttp.write(half, "GET / HTTP/1.1\r\nHost:");
            RawHttp.write(idle, "GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(idle.getInputStream().read()).isEqualTo('H');
            servers.get(0).close();
            assertThat(RawHttp.answer(half)).isEmpty();
            assertThat(RawHttp.answer(idle)).startsWith("TTP/1.1 200");
            assertThatThrownBy(() -> RawHttp.connect(port)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("keeps no thread when it ends while the body of a form arrives")
    void close_while_a_body_arrives() throws Exception {
        int port = serve();
        try (Socket half = RawHttp.connect(port)) {
            RawHttp.write(half, "POST /act HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\na");
            Thread reading = await().atMost(PATIENCE)
                    .until(DashboardServerTest::readingBody, Optional::isPresent)
                    .orElseThrow();

            servers.get(0).close();

            await().atMost(PATIENCE).until(() -> !reading.isAlive());
        }
    }

    /** The thread of a server that waits for the rest of a body. */
    private static Optional<Thread> readingBody() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(each -> each.getKey().getName().equals(RequestThreads.NAME))
                .filter(each -> Stream.of(each.getValue())
                        .anyMatch(frame -> frame.getClassName().equals(Guard.class.getName())
                                && frame.getMethodName().equals("arrived")))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://a/b", "a", "//a", "ftp://a", "https://", "https://a?b", "https://u@a", "https://a/"})
    @DisplayName("takes no public origin that is more or less than one")
    void public_origin(String origin) {
        assertThatThrownBy(() -> dashboard.publicOrigin(origin))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(origin);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a", "a:80", "a/b", "::1", "", "a b"})
    @DisplayName("takes no host name that is more or less than one")
    void host_name(String name) {
        assertThatThrownBy(() -> DashboardServer.of(dashboard).hostNames(name))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
