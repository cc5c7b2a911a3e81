package io.forthwith.spring.boot;

import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardAccess;
import io.forthwith.dashboard.servlet.DashboardServlet;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.spring.DashboardCustomizer;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.store.JobStore;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The dashboard, where it is enabled and a bean says who may see it. */
@AutoConfiguration(after = ForthwithAutoConfiguration.class)
@ConditionalOnClass(Dashboard.class)
@ConditionalOnBean({JobStore.class, ForthwithProperties.class})
@ConditionalOnProperty(prefix = "forthwith.dashboard", name = "enabled")
public class ForthwithDashboardAutoConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(ForthwithDashboardAutoConfiguration.class);
    /** How long the dashboard waits for its store. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Bean
    @ConditionalOnMissingBean
    Dashboard forthwithDashboard(
            JobStore store,
            ForthwithProperties properties,
            ObjectProvider<DashboardAccess> access,
            ObjectProvider<DashboardCustomizer> customizers) {
        DashboardAccess rule = access.getIfAvailable();
        if (rule == null) {
            throw new IllegalStateException(
                    "forthwith.dashboard.enabled is true, and nothing says who may see the dashboard: declare a bean of type"
                            + " io.forthwith.dashboard.DashboardAccess, for example request -> request.carrier(HttpServletRequest.class)"
                            + ".map(HttpServletRequest::getRemoteUser).map(Access::view).orElse(Access.none())");
        }
        Dashboard dashboard = Dashboard.of(impatient(store)).access(rule);
        if (properties.dashboard().name() != null) {
            dashboard = dashboard.name(properties.dashboard().name());
        }
        for (String origin : properties.dashboard().publicOrigin()) {
            dashboard = dashboard.publicOrigin(origin);
        }
        for (DashboardCustomizer each : customizers.orderedStream().toList()) {
            dashboard = each.customize(dashboard);
        }
        return dashboard;
    }

    private static JobStore impatient(JobStore store) {
        if (store instanceof SpringJobStore inSpring) {
            return inSpring.queryTimeout(PATIENCE);
        }
        return store instanceof JdbcJobStore jdbc ? jdbc.queryTimeout(PATIENCE) : store;
    }

    /** Comes first: the other one asks whether there is a bean. */
    @Configuration(proxyBeanMethods = false)
    @Order(1)
    @ConditionalOnClass({HttpServlet.class, ServletRegistrationBean.class})
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Served {
        @Bean
        @ConditionalOnMissingBean(name = "forthwithDashboardServlet")
        ServletRegistrationBean<DashboardServlet> forthwithDashboardServlet(
                Dashboard dashboard, ForthwithProperties properties) {
            ServletRegistrationBean<DashboardServlet> servlet = new ServletRegistrationBean<>(
                    new DashboardServlet(dashboard),
                    pattern(properties.dashboard().path()));
            servlet.setName("forthwithDashboard");
            return servlet;
        }

        private static String pattern(String path) {
            if (!path.matches("/|(/[\\w.~-]+)+")) {
                throw new IllegalArgumentException(
                        "forthwith.dashboard.path must begin with a slash, and not end in one, such as /admin/jobs; this does not: "
                                + path);
            }
            return path.equals("/") ? "/*" : path + "/*";
        }
    }

    /** Says that nobody can see it. */
    @Configuration(proxyBeanMethods = false)
    @Order(2)
    @ConditionalOnMissingBean(name = "forthwithDashboardServlet")
    static class NotServed {
        NotServed() {
            LOG.warn(
                    "forthwith.dashboard.enabled is true, but this application has no servlet container, so it does not serve the dashboard."
                            + " DashboardServer serves the bean of type Dashboard");
        }
    }
}
