package io.forthwith.limit;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A sequence whose jobs wait behind one that has failed. Immutable. */
public final class BlockedSequence {
    private final String key;
    private final UUID jobId;
    private final String type;
    private final @Nullable Instant failedAt;
    private final @Nullable String message;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BlockedSequence(
            LibraryOnly by, String key, UUID jobId, String type, @Nullable Instant failedAt, @Nullable String message) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(type, "type");
        this.key = key;
        this.jobId = jobId;
        this.type = type;
        this.failedAt = failedAt;
        this.message = message;
    }

    /** The key of the sequence. */
    public String key() {
        return key;
    }

    /** The job that has failed. */
    public UUID jobId() {
        return jobId;
    }

    /** Its type. */
    public String type() {
        return type;
    }

    /** When it failed. */
    public @Nullable Instant failedAt() {
        return failedAt;
    }

    /** Why. */
    public @Nullable String message() {
        return message;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BlockedSequence that
                && Objects.equals(key, that.key)
                && Objects.equals(jobId, that.jobId)
                && Objects.equals(type, that.type)
                && Objects.equals(failedAt, that.failedAt)
                && Objects.equals(message, that.message);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, jobId, type, failedAt, message);
    }

    @Override
    public String toString() {
        return "BlockedSequence[key=" + key + ", jobId=" + jobId + ", type=" + type + ", failedAt=" + failedAt
                + ", message=" + message + "]";
    }
}
