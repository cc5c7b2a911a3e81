/**
 * Pages that show jobs, queues, schedules and workers, and why a job does not run. {@link io.forthwith.dashboard.Dashboard} answers requests; {@link
 * io.forthwith.dashboard.DashboardServer} and {@code io.forthwith.dashboard.servlet} bring them to it.
 */
@NullMarked
package io.forthwith.dashboard;

import org.jspecify.annotations.NullMarked;
