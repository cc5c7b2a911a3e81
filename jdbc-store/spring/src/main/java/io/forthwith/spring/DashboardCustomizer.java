package io.forthwith.spring;

import io.forthwith.dashboard.Dashboard;

/** Changes the settings of the dashboard that a starter for Spring Boot builds; all beans of this type, in their order. */
@FunctionalInterface
public interface DashboardCustomizer {
    /**
     * Sets what no property does, for example {@link Dashboard#redactor}.
     *
     * @param dashboard as the properties say, or what another customizer has made of it
     */
    Dashboard customize(Dashboard dashboard);
}
