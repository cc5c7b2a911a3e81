package io.forthwith.dashboard;

import static io.forthwith.dashboard.RawHttp.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.memory.InMemoryJobStore;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Takes longer than a request may take to arrive, which is long here so that no other test is cut off. */
@DisplayName("The server of a dashboard")
@Tag("slow")
class SlowClientsTest {
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin";

    @Test
    @DisplayName("gives up clients that send a part of a request and no more")
    void given_up() throws Exception {
        Dashboard dashboard = Stand.dashboard(new InMemoryJobStore()).access(request -> Access.view("me"));
        try (DashboardServer server = DashboardServer.of(dashboard).start()) {
            for (Socket each : RawHttp.slow(server.uri().getPort(), 40, FORM)) {
                try (each) {
                    assertThat(status(RawHttp.answer(each))).isNotEqualTo(200);
                }
            }
        }
    }
}
