package io.forthwith.store.act;

import io.forthwith.BulkResult;
import io.forthwith.insight.BoundedCount;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An act on many jobs, as it stands. Immutable.
 *
 * @param id of the act
 * @param what is done, as {@link Deed#text} says it
 * @param query which jobs, as {@link QueryText} writes it
 * @param until only jobs that ended, or were enqueued, before this time
 * @param total how many jobs the person was told of; null if nobody has counted
 * @param author who has begun it, and why
 * @param state whether it goes on
 * @param progress how many jobs were done, how many were left out and why, and behind which job it goes on
 * @param createdAt when it began
 * @param endedAt when it was stopped, or had reached its last job; null while it is open
 * @param stoppedBy who has stopped it; null if nobody has
 */
public record BulkAct(
        UUID id,
        String what,
        String query,
        Instant until,
        @Nullable BoundedCount total,
        Author author,
        State state,
        BulkResult progress,
        Instant createdAt,
        @Nullable Instant endedAt,
        @Nullable String stoppedBy) {
    /** Whether an act goes on. */
    public enum State {
        /** There may be jobs left. */
        OPEN,
        /** Somebody has ended it before it was done. */
        STOPPED,
        /** No job is left. */
        DONE;

        /** The word for it, as it is stored. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The state that this word stands for. Of an unknown one, only a later version can go on. */
        public static State parse(String text) {
            return text.equals(OPEN.text()) ? OPEN : text.equals(DONE.text()) ? DONE : STOPPED;
        }
    }

    /** Checks that nothing is missing. */
    public BulkAct {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(query, "query");
        Objects.requireNonNull(until, "until");
        Objects.requireNonNull(author, "author");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(createdAt, "createdAt");
    }
}
