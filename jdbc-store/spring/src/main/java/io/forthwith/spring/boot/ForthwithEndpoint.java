package io.forthwith.spring.boot;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.spring.boot.internal.WorkerHealthDetails;
import io.forthwith.worker.ProcessorRegistry;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The actuator endpoint {@code forthwith}: what this process does with jobs. It reads no table. Thread-safe. */
@Endpoint(id = "forthwith")
final class ForthwithEndpoint {
    private final ForthwithProperties properties;
    private final ProcessorRegistry processors;
    private final Supplier<Map<String, WorkerLifecycle>> workers;

    /**
     * @param workers by the names of their beans
     */
    ForthwithEndpoint(
            ForthwithProperties properties,
            ProcessorRegistry processors,
            Supplier<Map<String, WorkerLifecycle>> workers) {
        this.properties = properties;
        this.processors = processors;
        this.workers = workers;
    }

    /** The state of the library in this process. */
    @ReadOperation
    public Description describe() {
        Map<String, WorkerHealthDetails> states = new TreeMap<>();
        workers.get().forEach((name, worker) -> states.put(name, WorkerHealthDetails.of(worker)));
        return new Description(
                properties.transaction().name(), properties.schema().name(), processors.types(), states);
    }

    /**
     * What this process does with jobs.
     *
     * @param transaction in which transaction jobs are enqueued
     * @param schema what was done about the tables at the start
     * @param types the job types that have a processor here
     * @param workers by the names of their beans; empty if this process runs no jobs
     */
    record Description(
            String transaction, String schema, Set<String> types, Map<String, WorkerHealthDetails> workers) {}
}
