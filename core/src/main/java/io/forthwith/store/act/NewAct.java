package io.forthwith.store.act;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.BoundedCount;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An act on many jobs, as somebody asks for it. Immutable.
 *
 * @param id of the act; a call that is repeated with the same one begins nothing anew
 * @param deed what is done to the jobs
 * @param query which jobs: narrowed to those to which it can be done
 * @param until only jobs that ended before this time, if they are retried, and only those that were enqueued before it, if they are cancelled or changed: by the
 *     clock of the store; null for the time at which the act begins, which a later time means too. So an act does not follow jobs that fail again
 * @param total how many jobs the person was told of; null if nobody has counted
 * @param author who, and why
 */
public record NewAct(
        UUID id,
        Deed deed,
        JobQuery query,
        @Nullable Instant until,
        @Nullable BoundedCount total,
        Author author) {
    /**
     * Narrows the query.
     *
     * @throws IllegalArgumentException if the query names a status in which this cannot be done to jobs, or cannot be kept
     */
    public NewAct {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(author, "author");
        query = Objects.requireNonNull(deed, "deed").possible(Objects.requireNonNull(query, "query"));
        QueryText.write(query);
    }

    /** Returns the act as it begins: it is about no job that ends, or is enqueued, later than now. */
    public NewAct beginning(Instant now) {
        return new NewAct(id, deed, query, until == null || until.isAfter(now) ? now : until, total, author);
    }

    /** Whether the act is about a job, as the job is now. */
    public boolean isAbout(Job job) {
        return isMeant(job) && query.selects(job);
    }

    /** Whether the person can have meant a job of the query: it ended, or was enqueued, before. */
    public boolean isMeant(Job job) {
        return until == null || deed.isMeant(job, until);
    }
}
