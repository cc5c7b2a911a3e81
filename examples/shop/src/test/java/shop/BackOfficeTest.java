package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;

/** What docs/dashboard.md says of Spring Security, with the filters of a real server. */
@DisplayName("The back office of a shop with Spring Security")
class BackOfficeTest {
    private static final String NOBODY = "";
    private static final String COOK = "cook:pan";
    private static final String AUDITOR = "auditor:ink";
    private static final String CLERK = "clerk:sesame";
    private static final String[] OF_A_PAGE = {"Sec-Fetch-Site", "same-origin"};

    private static ConfigurableApplicationContext shop;
    private UUID job;

    @BeforeAll
    static void start() {
        shop = start(List.of(ShopApplication.class), "forthwith.dashboard.path=/forthwith");
    }

    /** A shop whose jobs nobody runs. */
    private static ConfigurableApplicationContext start(List<Class<?>> sources, String property) {
        ConfigurableApplicationContext started = Shops.start(
                sources,
                "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1",
                "forthwith.worker.enabled=false",
                "shop.back-office-password=sesame",
                property);
        InMemoryUserDetailsManager users = started.getBean(InMemoryUserDetailsManager.class);
        users.createUser(user(COOK, "KITCHEN"));
        users.createUser(user(AUDITOR, BackOffice.VIEW));
        return started;
    }

    private static UserDetails user(String nameAndPassword, String role) {
        String[] parts = nameAndPassword.split(":");
        return User.withUsername(parts[0]).password("{noop}" + parts[1]).roles(role).build();
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    @BeforeEach
    void order() {
        job = order(shop);
    }

    private static UUID order(ConfigurableApplicationContext shop) {
        shop.getBean(Orders.class).place("ada@example.org", 1);
        return Shops.jobs(shop).scan(JobQuery.all().status(JobStatus.PENDING)).get(0).id();
    }

    private static JobStatus status(ConfigurableApplicationContext shop, UUID id) {
        return Shops.jobs(shop).find(id).map(Job::status).orElseThrow();
    }

    private static int get(String who, String path) throws Exception {
        return Shops.as(who, Shops.port(shop), path).statusCode();
    }

    private static HttpResponse<String> cancel(ConfigurableApplicationContext shop, String who, UUID job, String... headers)
            throws Exception {
        return Shops.post(who, Shops.port(shop), "/forthwith/act?do=cancel&id=" + job, headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/forthwith", "/forthwith/", "/forthwith/jobs", "/forthwith/style.css"})
    @DisplayName("asks strangers who they are, refuses users without the right, and lets in those who have it")
    void pages(String path) throws Exception {
        assertThat(get(NOBODY, path)).isEqualTo(401);
        assertThat(get("clerk:open", path)).as("a wrong password").isEqualTo(401);
        assertThat(get(COOK, path)).isEqualTo(403);
        assertThat(get(AUDITOR, path)).isIn(200, 302);
        assertThat(get(CLERK, path)).isIn(200, 302);
    }

    @ParameterizedTest
    @ValueSource(strings = {"//forthwith/", "/forthwith;a=b/", "/forthwith/;a=b", "/x/../forthwith/", "/%66orthwith/", "/forthwith%2f", "/FORTHWITH/"})
    @DisplayName("shows no page at an address that the filters may read in another way than the server")
    void tricks(String path) throws Exception {
        assertThat(get(NOBODY, path)).isGreaterThanOrEqualTo(400);
        assertThat(get(COOK, path)).isGreaterThanOrEqualTo(400);
    }

    @Test
    @DisplayName("shows a viewer the pages, and lets nobody act without the right to")
    void viewer() throws Exception {
        assertThat(Shops.as(AUDITOR, Shops.port(shop), "/forthwith/").body()).contains("<html");
        for (String who : List.of(NOBODY, COOK, AUDITOR)) {
            assertThat(cancel(shop, who, job, OF_A_PAGE).statusCode()).isEqualTo(who.isEmpty() ? 401 : 403);
            assertThat(status(shop, job)).isEqualTo(JobStatus.PENDING);
        }
    }

    @Test
    @DisplayName("lets those act who have the right, by forms without a token of Spring Security's")
    void actor() throws Exception {
        assertThat(cancel(shop, CLERK, job, OF_A_PAGE).body()).contains("1 job is cancelled");
        assertThat(status(shop, job)).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("refuses forms of other pages, also with the right: this check stands in for the token")
    void other_pages() throws Exception {
        for (String[] headers : new String[][] {
            {}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}
        }) {
            assertThat(cancel(shop, CLERK, job, headers))
                    .returns(403, HttpResponse::statusCode)
                    .extracting(HttpResponse::body)
                    .asString()
                    .containsAnyOf("not sent by a page of this dashboard", "Nothing says that a page of this dashboard");
        }
        assertThat(status(shop, job)).isEqualTo(JobStatus.PENDING);
    }

    /** Comes before the chain of the shop, for forms. */
    @TestConfiguration(proxyBeanMethods = false)
    static class WithTokens {
        @Bean
        @Order(1)
        SecurityFilterChain withTokens(HttpSecurity http) throws Exception {
            return http.securityMatcher(PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.POST, "/forthwith/**"))
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasRole(BackOffice.VIEW))
                    .httpBasic(withDefaults())
                    .build();
        }
    }

    @Test
    @DisplayName("would refuse all its forms if the chain asked for a token")
    void tokens() throws Exception {
        try (ConfigurableApplicationContext strict =
                start(List.of(ShopApplication.class, WithTokens.class), "forthwith.dashboard.path=/forthwith")) {
            UUID id = order(strict);
            assertThat(Shops.as(CLERK, Shops.port(strict), "/forthwith/").statusCode()).isEqualTo(200);
            assertThat(cancel(strict, CLERK, id, OF_A_PAGE))
                    .returns(403, HttpResponse::statusCode)
                    .extracting(HttpResponse::body)
                    .asString()
                    .doesNotContain("dashboard");
            assertThat(status(strict, id)).isEqualTo(JobStatus.PENDING);
        }
    }

    @Test
    @DisplayName("lets nobody in where no chain stands before it: the rule does not trust that one does")
    void elsewhere() throws Exception {
        try (ConfigurableApplicationContext moved =
                start(List.of(ShopApplication.class), "forthwith.dashboard.path=/moved")) {
            for (String who : List.of(NOBODY, COOK, AUDITOR, CLERK)) {
                assertThat(Shops.as(who, Shops.port(moved), "/moved/"))
                        .returns(403, HttpResponse::statusCode)
                        .extracting(HttpResponse::body)
                        .asString()
                        .doesNotContain("confirm-order");
            }
        }
    }

    @Test
    @DisplayName("has no clerk without a password, and guards nothing but its own pages")
    void no_password() throws Exception {
        try (ConfigurableApplicationContext open = Shops.start(
                "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "forthwith.worker.enabled=false")) {
            int port = Shops.port(open);
            assertThat(Shops.as("clerk:", port, "/forthwith/").statusCode()).isEqualTo(401);
            assertThat(Shops.send("POST", port, "/orders?customer=ada@example.org&cents=1").statusCode()).isEqualTo(200);
            assertThat(Shops.send("GET", port, "/actuator/health").statusCode()).isEqualTo(200);
        }
    }
}
