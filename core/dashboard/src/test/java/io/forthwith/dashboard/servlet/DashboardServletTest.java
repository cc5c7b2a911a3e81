package io.forthwith.dashboard.servlet;

import static io.forthwith.dashboard.RawHttp.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.RawHttp;
import io.forthwith.memory.InMemoryJobStore;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The dashboard in a servlet container")
class DashboardServletTest {
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final Tomcat TOMCAT = new Tomcat();
    private static final AtomicReference<DashboardRequest> LAST = new AtomicReference<>();

    private static int port;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        TOMCAT.setBaseDir(folder.toString());
        TOMCAT.setPort(0);
        TOMCAT.setSilent(true);
        Dashboard dashboard = Dashboard.of(new InMemoryJobStore())
                .publicOrigin("https://jobs.example.org")
                .access(request -> {
                    LAST.set(request);
                    return Access.view("ada");
                });
        mount("", folder.toFile(), dashboard, "/admin/jobs/*");
        mount("/beneath", folder.toFile(), dashboard, "/*");
        mount("/default", folder.toFile(), dashboard, "/");
        Context read = mount("/read", folder.toFile(), dashboard, "/*");
        Filter reader = (request, response, chain) -> {
            assertThat(request.getParameter("a")).isNotNull();
            chain.doFilter(request, response);
        };
        FilterDef definition = new FilterDef();
        definition.setFilterName("reader");
        definition.setFilter(reader);
        read.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("reader");
        map.addURLPattern("/*");
        read.addFilterMap(map);
        TOMCAT.start();
        port = TOMCAT.getConnector().getLocalPort();
    }

    private static Context mount(String context, File folder, Dashboard dashboard, String pattern) {
        Context at = TOMCAT.addContext(context, folder.getPath());
        Tomcat.addServlet(at, "dashboard", new DashboardServlet(dashboard));
        at.addServletMappingDecoded(pattern, "dashboard");
        return at;
    }

    @AfterAll
    static void stop() throws Exception {
        TOMCAT.stop();
        TOMCAT.destroy();
    }

    private static String get(String target) throws IOException {
        return RawHttp.send(port, "GET " + target + " HTTP/1.1", "Host: localhost:" + port);
    }

    private static String post(String target, String body, String... headers) throws IOException {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Host: localhost:" + port;
        all[headers.length + 1] = FORM;
        return RawHttp.post(port, target, body, all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin/jobs", "/beneath", "/default"})
    @DisplayName("has its pages and files wherever it is mounted, with relative links only")
    void mounted(String at) throws Exception {
        assertThat(get(at + "/"))
                .startsWith("HTTP/1.1 200")
                .contains("href=\"style.css\"", "href=\"queues\"")
                .doesNotContain("href=\"/");
        assertThat(get(at + "/jobs"))
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("X-Content-Type-Options: nosniff");
        assertThat(get(at + "/style.css"))
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("Content-Type: text/css;charset=utf-8");
        assertThat(status(get(at + "/nothing"))).isEqualTo(404);
    }

    @Test
    @DisplayName("leads to the address with a slash, relatively, so that a proxy may have changed it")
    void slash() throws Exception {
        assertThat(get("/admin/jobs?lang=zh")).startsWith("HTTP/1.1 302").contains("Location: ./jobs/?lang=zh\r\n");
        assertThat(get("//evil.example/admin/jobs")).doesNotContain("Location");
        assertThat(status(RawHttp.send(port, "DELETE /admin/jobs HTTP/1.1", "Host: localhost")))
                .isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/jobs/../jobs/jobs",
                "/admin/jobs/x/../style.css",
                "/admin/jobs/%2e%2e/jobs/style.css",
                "/admin/jobs/..%2fstyle.css",
                "/admin/jobs//style.css",
                "/admin//jobs/style.css",
                "/admin/jobs/style.css;jsessionid=1",
                "/admin/jobs;x/style.css",
                "/admin/jobs/;x",
                "/admin/jobs/style.css%00",
                "/admin/jobs/%5c..%5cstyle.css",
                "/admin/jobs/./style.css",
                "/admin/jobs/WEB-INF/web.xml",
                "/admin/jobs/..;/jobs/style.css",
                "/beneath/..;/admin/jobs/style.css",
                "/default/;a/style.css"
            })
    @DisplayName("has no page at an address that the container and a filter may read in two ways")
    void paths(String target) throws Exception {
        assertThat(status(get(target))).isIn(400, 404);
    }

    @Test
    @DisplayName("takes parameters from the address only, in UTF-8, and gives the rule the request")
    void parameters() throws Exception {
        get("/admin/jobs/jobs?name=%E5%BD%B1&a=1&a=2&b");
        assertThat(LAST.get().parameter("name")).isEqualTo("影");
        assertThat(LAST.get().query().get("a")).containsExactly("1", "2");
        assertThat(LAST.get().path()).isEqualTo("/jobs");
        assertThat(LAST.get().origin()).isEqualTo("http://localhost:" + port);
        assertThat(LAST.get().carrier(HttpServletRequest.class)).isPresent();
        post("/admin/jobs/jobs?a=1", "a=2&c=3", "Origin: null");
        assertThat(LAST.get().query()).containsOnlyKeys("a");
    }

    @Test
    @DisplayName("acts on forms of its own pages only, in its own address or a public one")
    void forms() throws Exception {
        assertThat(status(post("/admin/jobs/", "a=b", "Sec-Fetch-Site: same-origin")))
                .isEqualTo(405);
        assertThat(status(post("/admin/jobs/", "a=b", "Origin: http://localhost:" + port)))
                .isEqualTo(405);
        assertThat(status(post("/admin/jobs/", "a=b", "Origin: https://jobs.example.org")))
                .isEqualTo(405);
        assertThat(post("/admin/jobs/", "a=b", "Origin: https://localhost:" + port))
                .startsWith("HTTP/1.1 403")
                .contains("Origin");
        assertThat(status(post("/admin/jobs/", "a=b", "Sec-Fetch-Site: cross-site")))
                .isEqualTo(403);
        assertThat(status(post("/admin/jobs/", "a=b"))).isEqualTo(403);
        assertThat(status(post("/admin/jobs/", "x".repeat(70_000), "Sec-Fetch-Site: same-origin")))
                .isEqualTo(413);
    }

    @Test
    @DisplayName("says that a filter has read a form before it")
    void form_was_read() throws Exception {
        assertThat(post("/read/", "a=b", "Sec-Fetch-Site: same-origin"))
                .startsWith("HTTP/1.1 400")
                .contains("a filter");
    }

    @Test
    @DisplayName("sends no body to HEAD, and echoes nothing to TRACE")
    void methods() throws Exception {
        assertThat(RawHttp.send(port, "HEAD /admin/jobs/style.css HTTP/1.1", "Host: localhost"))
                .startsWith("HTTP/1.1 200")
                .endsWith("\r\n\r\n");
        assertThat(RawHttp.send(port, "TRACE /admin/jobs/ HTTP/1.1", "Host: localhost", "X-Secret: 1"))
                .startsWith("HTTP/1.1 405")
                .doesNotContain("X-Secret");
        assertThat(status(RawHttp.send(port, "OPTIONS /admin/jobs/ HTTP/1.1", "Host: localhost")))
                .isEqualTo(405);
    }
}
