package io.forthwith.store.act;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who has done what by hand. A store may have it: {@code JobStore.audit}. Entries are kept for {@link ActStore#KEPT}; then the purge of old jobs deletes them.
 * Implementations are thread-safe.
 *
 * <p>What {@link ActStore} does, it writes by itself, in the transaction that does it. What people do by other calls, to queues, limits and schedules, has a
 * transaction of its own, and is written by {@link #record} right after it, with its answer: if the process dies in between, or the answer to
 * the commit is lost, the entry is missing.
 */
public interface AuditStore {
    /** How many entries a look for a subject reads at a time. */
    int MOST_LOOKED_AT = 1_000;

    /**
     * Writes one entry. Atomic.
     *
     * @param what was done, in one line
     * @param subjects to what: names, or ids of jobs; at most 1,000
     * @param answer what has become of it, in one line
     */
    void record(Author by, String what, List<String> subjects, String answer);

    /**
     * Looks for entries, newest first: by id, so by the time at which each was written, not by that of its commit.
     *
     * @param who only what this person has done; null for all
     * @param subject only what was done to the job with this id, or to what has this name; null for all. A look for it reads {@link
     *     #MOST_LOOKED_AT} entries at a time until the page is full or a third of a second is over
     * @param before only entries with a lower id, for the next page; null for the first page
     * @param atMost the most to return, 1 to 1,000
     */
    AuditPage search(@Nullable String who, @Nullable String subject, @Nullable UUID before, int atMost);
}
