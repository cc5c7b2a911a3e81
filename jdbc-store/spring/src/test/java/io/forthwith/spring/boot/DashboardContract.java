package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardAccess;
import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.servlet.DashboardServlet;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.spring.DashboardCustomizer;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.store.JobStore;
import jakarta.servlet.http.HttpServlet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;

/** How each starter serves the dashboard. */
abstract class DashboardContract extends BatchContract {
    private static final String ENABLED = "forthwith.dashboard.enabled=true";
    private static final DashboardAccess ALL = request -> Access.view("ada");

    /** An application with a servlet container. */
    private WebApplicationContextRunner onTheWeb() {
        return new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(configurations().toArray(Class<?>[]::new)))
                .withPropertyValues(
                        "spring.datasource.url=" + url,
                        "spring.datasource.username=sa",
                        "forthwith.worker.enabled=false");
    }

    private WebApplicationContextRunner enabled() {
        return onTheWeb().withPropertyValues(ENABLED).withBean(DashboardAccess.class, () -> ALL);
    }

    private static ServletRegistrationBean<?> servlet(ApplicationContext context) {
        return context.getBean("forthwithDashboardServlet", ServletRegistrationBean.class);
    }

    private static String page(Dashboard dashboard) {
        return dashboard
                .handle(DashboardRequest.of("GET", "/").carriedBy("test"))
                .text();
    }

    @Test
    @DisplayName("has no dashboard unless it is enabled, also with a rule of access")
    void dashboard_is_off() {
        onTheWeb()
                .withBean(DashboardAccess.class, () -> ALL)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(Dashboard.class)
                        .doesNotHaveBean(ServletRegistrationBean.class));
    }

    @Test
    @DisplayName("serves the dashboard of its store to whom the bean lets in")
    void dashboard_is_served() {
        enabled().run(context -> {
            ServletRegistrationBean<?> servlet = servlet(context);
            assertThat(servlet.getUrlMappings()).containsExactly("/forthwith/*");
            assertThat(servlet.getServlet()).isInstanceOf(DashboardServlet.class);
            assertThat(page(context.getBean(Dashboard.class))).contains("<html", "· Forthwith</title>");
        });
        onTheWeb()
                .withPropertyValues(ENABLED)
                .withBean(DashboardAccess.class, () -> request -> Access.none())
                .run(context ->
                        assertThat(page(context.getBean(Dashboard.class))).doesNotContain("<html"));
    }

    @Test
    @DisplayName("does not start with a dashboard for which no bean says who may see it, and names the bean")
    void dashboard_without_rule() {
        onTheWeb()
                .withPropertyValues(ENABLED)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a bean of type io.forthwith.dashboard.DashboardAccess"));
    }

    @Test
    @DisplayName(
            "serves it where its properties say, under their name, and does not start with what is no path or origin")
    void dashboard_properties() {
        enabled()
                .withPropertyValues(
                        "forthwith.dashboard.path=/admin/jobs",
                        "forthwith.dashboard.name=Production",
                        "forthwith.dashboard.public-origin=https://jobs.example.org,https://jobs.example.com")
                .run(context -> {
                    assertThat(servlet(context).getUrlMappings()).containsExactly("/admin/jobs/*");
                    assertThat(page(context.getBean(Dashboard.class))).contains("· Production</title>");
                });
        enabled()
                .withPropertyValues("forthwith.dashboard.path=/")
                .run(context -> assertThat(servlet(context).getUrlMappings()).containsExactly("/*"));
        for (String wrong : List.of("path=jobs", "path=/jobs/", "path=/jobs/*", "public-origin=jobs.example.org")) {
            enabled()
                    .withPropertyValues("forthwith.dashboard." + wrong)
                    .run(context ->
                            assertThat(context).getFailure().rootCause().isInstanceOf(IllegalArgumentException.class));
        }
    }

    @Test
    @DisplayName("lets customizers and a dashboard of its own have their way")
    void dashboard_of_the_application() {
        enabled()
                .withBean(DashboardCustomizer.class, () -> dashboard -> dashboard.name("Customized"))
                .run(context ->
                        assertThat(page(context.getBean(Dashboard.class))).contains("· Customized</title>"));
        Dashboard own = Dashboard.of(new InMemoryJobStore()).access(ALL);
        onTheWeb()
                .withPropertyValues(ENABLED)
                .withBean(Dashboard.class, () -> own)
                .run(context -> {
                    assertThat(context.getBean(Dashboard.class)).isSameAs(own);
                    assertThat(context).hasSingleBean(ServletRegistrationBean.class);
                });
    }

    @Test
    @DisplayName("serves the dashboard of any store, and leaves the time-out of its own store as it is")
    void dashboard_of_any_store() {
        enabled()
                .withBean(JobStore.class, InMemoryJobStore::new)
                .run(context ->
                        assertThat(page(context.getBean(Dashboard.class))).contains("<html"));
        enabled().run(context -> assertThat(context).hasSingleBean(SpringJobStore.class));
    }

    @Test
    @DisplayName("says that a dashboard is not served without a servlet container")
    void dashboard_without_web() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(ForthwithDashboardAutoConfiguration.class);
        logger.addAppender(log);
        log.start();
        application()
                .withPropertyValues(ENABLED)
                .withBean(DashboardAccess.class, () -> ALL)
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(Dashboard.class);
                    assertThat(log.list)
                            .extracting(ILoggingEvent::getFormattedMessage)
                            .anyMatch(message -> message.contains("this application has no servlet container"));
                });
        application()
                .withPropertyValues(ENABLED)
                .withBean(DashboardAccess.class, () -> ALL)
                .withClassLoader(new FilteredClassLoader(HttpServlet.class))
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    @DisplayName("starts without the dashboard among its classes")
    void dashboard_is_left_out() {
        ApplicationContextRunner without = application()
                .withPropertyValues(ENABLED)
                .withClassLoader(new FilteredClassLoader("io.forthwith.dashboard"));
        without.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Dashboard.class));
    }
}
