package io.forthwith.worker.internal.attempt;

import io.forthwith.json.JobCodec;
import java.util.function.Consumer;

/**
 * What the worker does for the jobs that it runs. Immutable.
 *
 * @param progressed hears of jobs that have progress to be written
 */
public record JobServices(
        JobCodec codec, DurableStepRunner steps, FamilyReader families, Consumer<RunningJob> progressed) {}
