package io.forthwith.spring.boot;

import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.WorkerHealth;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The actuator endpoint {@code forthwith}: what this process does with jobs. It reads no table. Thread-safe. */
@Endpoint(id = "forthwith")
public final class ForthwithEndpoint {
    private final ForthwithProperties properties;
    private final ProcessorRegistry processors;
    private final @Nullable WorkerLifecycle worker;

    ForthwithEndpoint(ForthwithProperties properties, ProcessorRegistry processors, @Nullable WorkerLifecycle worker) {
        this.properties = properties;
        this.processors = processors;
        this.worker = worker;
    }

    /** The state of the library in this process. */
    @ReadOperation
    public Description describe() {
        WorkerHealth health = worker == null ? null : worker.health();
        return new Description(
                properties.transaction().name(),
                properties.schema().name(),
                processors.types(),
                health == null
                        ? null
                        : new DescribedWorker(
                                worker != null && worker.isRunning(),
                                health.status().name(),
                                health.reasons(),
                                properties.worker().queues(),
                                properties.worker().concurrency()));
    }

    /**
     * What this process does with jobs.
     *
     * @param transaction in which transaction jobs are enqueued
     * @param schema what was done about the tables at the start
     * @param types the job types that have a processor here
     * @param worker null if it is disabled
     */
    public record Description(
            String transaction,
            String schema,
            Set<String> types,
            @Nullable DescribedWorker worker) {}

    /**
     * The worker of this process.
     *
     * @param running whether it is started
     * @param status {@code UP}, {@code DEGRADED} or {@code DOWN}
     * @param reasons why it is not {@code UP}
     * @param queues the queues that it serves, as the properties say
     * @param concurrency how many jobs it runs at a time, as the properties say
     */
    public record DescribedWorker(
            boolean running, String status, List<String> reasons, List<String> queues, int concurrency) {}
}
