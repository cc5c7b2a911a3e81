package io.forthwith.spring.boot;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.worker.WorkerHealth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The health of the worker of an application, for the operators. Immutable.
 *
 * @param isUp whether the worker does what it is there for; also if it has troubles from which it recovers by itself, and if this process
 *     is not to run jobs
 * @param worker its state in one word
 * @param reasons what is wrong; empty if nothing is
 */
public record WorkerState(boolean isUp, String worker, List<String> reasons) {
    /**
     * The present state.
     *
     * @param worker null if it is disabled
     */
    public static WorkerState of(@Nullable WorkerLifecycle worker) {
        if (worker == null) {
            return new WorkerState(true, "disabled", List.of());
        }
        if (!worker.isAutoStartup() && !worker.isRunning()) {
            return new WorkerState(true, "not started", List.of());
        }
        WorkerHealth health = worker.health();
        return new WorkerState(
                health.status() != WorkerHealth.Status.DOWN, health.status().name(), health.reasons());
    }
}
