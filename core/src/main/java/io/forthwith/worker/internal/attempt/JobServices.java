package io.forthwith.worker.internal.attempt;

import io.forthwith.event.JobInterceptor;
import io.forthwith.json.internal.JobJson;
import java.util.function.Consumer;

/**
 * The services of a worker for its running jobs. Immutable.
 *
 * @param progressed receives jobs that have progress to write
 */
public record JobServices(
        JobJson json,
        JobInterceptor interceptor,
        DurableStepRunner steps,
        FamilyReader families,
        Consumer<RunningJob> progressed) {}
