package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.servlet.DashboardServlet;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The samples of docs/dashboard.md, which a test of all documents finds here word for word. */
class DashboardSamplesTest {
    private final JobStore store = new InMemoryJobStore();

    @Test
    void stand_alone() {
        Dashboard dashboard = Dashboard.of(store).access(request -> Access.view("operator"));
        DashboardServer server = DashboardServer.of(dashboard).start();
        System.out.println(server.uri());

        assertThat(server.uri()).hasHost("localhost");
        server.close();
    }

    @Test
    void servlet() {
        Dashboard dashboard = Dashboard.of(store)
                .access(request -> request.carrier(HttpServletRequest.class)
                        .filter(asked -> asked.isUserInRole("operator"))
                        .map(asked -> Access.view(asked.getRemoteUser()).actOnJobs())
                        .orElse(Access.none()));
        DashboardServlet servlet = new DashboardServlet(dashboard);

        assertThat(servlet).isNotNull();
        assertThat(dashboard.handle(Requests.get("/")).status()).isEqualTo(403);
    }

    @Test
    void redactor() {
        UnaryOperator<String> redactor = text -> text.replaceAll("(?i)(api[_-]?key\\W{1,5})[\\w-]+", "$1***");

        assertThat(redactor.apply("{\"apiKey\": \"k-17\"}")).isEqualTo("{\"apiKey\": \"***\"}");
        assertThat(Dashboard.of(store).redactor(redactor)).isNotNull();
    }

    @Test
    void behind_a_proxy() throws Exception {
        Dashboard dashboard = Dashboard.of(store).access(request -> Access.view("operator"));

        DashboardServer server = DashboardServer.of(dashboard.publicOrigin("https://jobs.example.org"))
                .bind(InetAddress.getByName("0.0.0.0"))
                .hostNames("10.0.0.7")
                .start();

        assertThat(RawHttp.send(server.uri().getPort(), "GET / HTTP/1.1", "Host: jobs.example.org"))
                .startsWith("HTTP/1.1 200");
        server.close();
    }
}
