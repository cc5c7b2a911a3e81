package io.forthwith.spring.boot.internal;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.worker.WorkerHealth;
import java.util.List;

/**
 * How a worker of an application is, for the operators. Immutable.
 *
 * @param isUp whether the worker does what it is there for; also if it has troubles from which it recovers by itself, and if it is not to
 *     start with the application
 * @param running whether it is started
 * @param status {@code UP}, {@code DEGRADED}, {@code DOWN} or {@code NOT_STARTED}
 * @param reasons what is wrong; empty if nothing is
 */
public record WorkerHealthDetails(boolean isUp, boolean running, String status, List<String> reasons) {
    /** The present state of a worker. */
    public static WorkerHealthDetails of(WorkerLifecycle worker) {
        if (!worker.isAutoStartup() && !worker.isRunning()) {
            return new WorkerHealthDetails(true, false, "NOT_STARTED", List.of());
        }
        WorkerHealth health = worker.health();
        return new WorkerHealthDetails(
                health.status() != WorkerHealth.Status.DOWN,
                worker.isRunning(),
                health.status().name(),
                health.reasons());
    }
}
