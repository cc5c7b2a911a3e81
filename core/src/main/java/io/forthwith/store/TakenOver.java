package io.forthwith.store;

import io.forthwith.JobStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that was taken from a dead worker. Immutable.
 *
 * @param jobId the job
 * @param status what it is now: pending, failed or cancelled
 * @param lostWorker the worker it was taken from; null if the row named none
 */
public record TakenOver(
        UUID jobId, JobStatus status, @Nullable UUID lostWorker) {}
