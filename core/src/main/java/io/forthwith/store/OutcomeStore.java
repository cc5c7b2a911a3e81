package io.forthwith.store;

import io.forthwith.insight.JobOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * How many attempts ended in each minute, and how. A store may have it: {@link JobStore#outcomes}. Implementations are thread-safe.
 *
 * <p>What is counted stays when jobs are purged, or deleted as they complete.
 */
public interface OutcomeStore {
    /** How long minutes are kept before they are added up to hours; at the next full hour after that. */
    Duration MINUTES_KEPT = Duration.ofHours(1);

    /** How long hours are kept. */
    Duration HOURS_KEPT = Duration.ofDays(30);

    /**
     * Writes what a worker has counted: for each minute, queue, type and outcome the whole number so far, which replaces what the same worker has
     * written before. Atomic. So a call that is repeated changes nothing.
     *
     * @param minutes each with a different minute, queue, type or outcome, and a span of a minute
     */
    void record(UUID workerId, List<JobOutcomes> minutes);

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
     * Adds up the minutes of hours that have been over for {@link #MINUTES_KEPT}, and deletes hours after {@link #HOURS_KEPT}. Each hour is one
     * transaction, so each attempt is counted once. Several workers may do it at the same time.
     *
     * @return how many rows are gone
     */
    int rollUp();
}
