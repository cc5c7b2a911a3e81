package io.forthwith.dashboard;

import io.forthwith.store.JobStore;
import java.time.InstantSource;
import java.time.ZoneOffset;

/** A dashboard that is told the time, as the tests of the dashboard itself have it. */
public final class DashboardWithClock {
    private DashboardWithClock() {}

    public static Dashboard of(JobStore store, InstantSource time) {
        return Dashboard.of(store, time.withZone(ZoneOffset.UTC), Dashboard.PATIENCE);
    }
}
