package io.forthwith.store.count;

import io.forthwith.FailedAttempt;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * How many attempts ended in each minute, how, and why they failed. A store may have it: {@link JobStore#outcomes}. Implementations are thread-safe.
 *
 * <p>What is counted stays when jobs are purged, or deleted as they complete.
 */
public interface OutcomeStore {
    /** How long minutes are kept before they are added up to hours; at the next full hour after that. */
    Duration MINUTES_KEPT = Duration.ofHours(1);

    /** How long hours are kept. */
    Duration HOURS_KEPT = Duration.ofDays(30);

    /** How long it is kept how many jobs waited. */
    Duration DEPTHS_KEPT = Duration.ofHours(2);

    /** For so long, a write that is repeated changes nothing. */
    Duration WRITES_KEPT = Duration.ofHours(1);

    /**
     * Adds what a worker has counted since it last wrote. Atomic. A call that is repeated with the same id within {@link #WRITES_KEPT} changes nothing,
     * also if its counts were added up since. So nothing is counted twice by a worker that does not know whether its write has come through.
     *
     * @param writeId a new one for each write
     * @param attempts each with a different minute, queue, type or outcome, and a span of a minute
     * @param failures why attempts failed: each with a different fingerprint, or a different minute in which the last of them failed
     */
    void record(UUID writeId, List<JobOutcomes> attempts, List<JobFailures> failures);

    /**
     * What all workers together have counted, by time, queue, type and outcome. Hours that were added up come as hours.
     *
     * @param from the earliest beginning of a minute or hour
     * @param to the end, not included
     */
    List<JobOutcomes> read(Instant from, Instant to);

    /**
     * What all workers together have counted in each hour, over all queues and types, by time and outcome: what {@link #read} gives, added up, with {@link
     * JobOutcomes#OTHER} as queue and type, and without how long attempts ran. A month may have a hundred thousand rows, and a chart of it needs no more than this.
     *
     * @param from the earliest beginning of a minute or hour
     * @param to the end, not included
     */
    List<JobOutcomes> readHours(Instant from, Instant to);

    /**
     * Why attempts failed, over the whole time, by fingerprint, those with most attempts first. Of each minute, and of each hour that was added up, the fifty
     * with most attempts are told apart, and the rest is counted as {@link JobFailures#OTHER}.
     *
     * @param from the earliest beginning of a minute or hour
     * @param to the end, not included
     */
    List<JobFailures> failures(Instant from, Instant to);

    /**
     * The failed attempts that were counted as one cause, newest first: each with its own message, as far as their jobs are still there. Those that a library of a version
     * before has written are left out.
     *
     * @param cause one of {@link #failures}; of {@link JobFailures#OTHER} there are none
     * @param from when the earliest failed
     * @param to the end, not included
     * @param atMost the most to return, 1 to 1,000
     */
    List<FailedAttempt> attempts(JobFailures cause, Instant from, Instant to, int atMost);

    /**
     * Takes the turn of this minute by the store's clock: of all workers that ask in one minute, one gets true, and does what one has to do for all. If it
     * dies, another one has the turn of the next minute.
     */
    boolean takeTurn();

    /**
     * Counts how many jobs wait in each queue, as far as that takes a short time, and writes it for this minute. Repeated, it replaces what it has written.
     *
     * @return how many wait in all queues, as far as it has counted
     */
    int recordDepths();

    /**
     * What {@link #recordDepths} has written, by time and queue. It is kept for {@link #DEPTHS_KEPT}.
     *
     * @param from the earliest minute
     * @param to the end, not included
     */
    List<QueueDepth> depths(Instant from, Instant to);

    /**
     * Adds up the minutes that are over: over all workers at once, and to hours when they have been over for {@link #MINUTES_KEPT}. Deletes hours after {@link
     * #HOURS_KEPT}. Each minute and each hour is one transaction, so each attempt is counted once; what comes late is added by a later call. Several workers may
     * do it at the same time.
     *
     * @return how many rows are gone
     */
    int rollUp();
}
