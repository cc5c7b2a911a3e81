package io.forthwith.worker.internal.attempt;

import io.forthwith.event.JobInterceptor;
import io.forthwith.json.internal.JobJson;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The services of a worker for its running jobs. Immutable.
 *
 * @param progressed receives jobs that have progress to write
 * @param leaseLeft how long the lease of the worker lasts under which a job was claimed
 */
public record JobServices(
        JobJson json,
        JobInterceptor interceptor,
        DurableStepRunner steps,
        FamilyReader families,
        Consumer<RunningJob> progressed,
        Function<UUID, Duration> leaseLeft) {}
