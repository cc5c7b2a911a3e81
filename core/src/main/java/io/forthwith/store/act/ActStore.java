package io.forthwith.store.act;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Acts on many jobs, which go on whatever becomes of the process that began them. A store may have it: {@code JobStore.acts}; one that has it has an {@link
 * AuditStore} too. Implementations are thread-safe.
 *
 * <p>An act is a row. Whoever is alive carries it on: each call does it to a part of the jobs, and in the transaction that changes these jobs writes who has done
 * it to which ({@link AuditEntry}) and how far the act has come. So a process that dies loses nothing, and nothing is done twice.
 */
public interface ActStore {
    /** The most jobs of one part of an act. */
    int PART = 500;

    /** How long acts that have ended are kept, and entries of the audit. The purge of old jobs deletes older ones. */
    Duration KEPT = Duration.ofDays(400);

    /**
     * Begins an act, and writes it into the audit. Atomic. It is carried on by {@link #carryOn} alone.
     *
     * @return whether it has begun; false if there is an act with this id: then nothing changes
     */
    boolean begin(NewAct act);

    /** An act, as it stands. */
    Optional<BulkAct> find(UUID id);

    /**
     * The acts of all people, the newest first.
     *
     * @param before only acts with a lower id, for the next page; null for the first page
     * @param atMost the most to return, 1 to 1,000
     */
    List<BulkAct> list(@Nullable UUID before, int atMost);

    /**
     * Ends an open act before it has reached its last job, and writes that into the audit. Atomic. What it has done stays done. The part that is just being done is
     * finished.
     *
     * @return whether it was open
     */
    boolean stop(UUID id, Author by);

    /**
     * Does the next part of an open act: of those that have come least far, so that a small one does not wait for a large one.
     *
     * <p>A part has up to {@link #PART} jobs without relatives, which are done in one transaction, with one entry of the audit; or one job with relatives, or to be
     * retried and with a unique key. A call does one part or several, and takes about half a second at most. Jobs are done as the calls for single jobs do it ({@code
     * JobControl}), to those that the act is still about when they are locked. A job that others have locked, or to which it cannot be done, is left out and
     * counted; nothing waits longer than 200 ms for a lock.
     *
     * <p>An act that fails holds up no other one: what it throws is thrown only if no other act goes on.
     *
     * <p>Of several callers one does a part. Acts that a later version has begun, and that this one does not understand, are left to that version.
     */
    Remaining carryOn();

    /**
     * Does something to one job, as the call for single jobs does, and writes it into the audit in the same transaction. If the answer is that nothing was done because
     * others have locked the job, it is written in a transaction of its own.
     *
     * @return what has become of it; the audit has it as {@link Deed#answer} says
     */
    ActResult actOn(UUID job, Deed deed, Author by);

    /** The answer of a part, as the audit has it: {@code done: 498, LOCKED: 2}. */
    static String answer(BulkResult part) {
        StringBuilder text = new StringBuilder("done: ").append(part.done());
        part.skipped().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each ->
                        text.append(", ").append(each.getKey()).append(": ").append(each.getValue()));
        return text.toString();
    }
}
