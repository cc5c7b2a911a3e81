package io.forthwith.limit;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A sequence whose jobs wait behind one that has failed. Immutable.
 *
 * @param key the key of the sequence
 * @param jobId the job that has failed
 * @param type its type
 * @param failedAt when it failed
 * @param message why
 */
public record BlockedSequence(
        String key,
        UUID jobId,
        String type,
        @Nullable Instant failedAt,
        @Nullable String message) {
    /** Checks what is never null. */
    public BlockedSequence {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(type, "type");
    }
}
