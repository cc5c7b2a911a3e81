package io.forthwith.store.rows;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * A unique key that a job has for a time, whatever becomes of the job. Immutable.
 *
 * @param type the name of the type of the job
 * @param key the key
 * @param jobId the job that has it; it may have ended, or been deleted
 * @param expiresAt from when another job may have it
 */
public record TimedUniqueKey(String type, String key, UUID jobId, Instant expiresAt) {
    /** Checks for null. */
    public TimedUniqueKey {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(expiresAt, "expiresAt");
    }
}
