package io.forthwith.spring;

import io.forthwith.worker.WorkerBuilder;

/** Changes the settings of the worker that a starter for Spring Boot builds; all beans of this type, in their order. */
@FunctionalInterface
public interface WorkerCustomizer {
    /**
     * Sets what no property does.
     *
     * @param worker as the properties say
     */
    void customize(WorkerBuilder worker);
}
