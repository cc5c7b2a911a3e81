package io.forthwith.store.act;

import io.forthwith.BulkResult;
import io.forthwith.JobQuery;
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
 * @param query which jobs, as {@link #queryText} writes it; {@link #readQuery} reads it
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

    /**
     * A query as one text, for stores that keep it in one column. How many at most is left out: an act is done to all.
     *
     * @throws IllegalArgumentException if something of the query cannot be kept, or it does not begin at the first page: an act must never reach more jobs than its query
     */
    public static String queryText(JobQuery query) {
        return QueryText.write(Objects.requireNonNull(query, "query"));
    }

    /** Which jobs; null if a later version, or another program, has written something that this one does not know: then the act must not be done. */
    public @Nullable JobQuery readQuery() {
        try {
            return QueryText.parse(query);
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }
}
