package io.forthwith.store.rules;

import io.forthwith.store.count.OutcomeStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** How long counts of outcomes are kept. Pure functions. */
public final class OutcomeRetentionRule {
    private OutcomeRetentionRule() {}

    /** Minutes before this time are over. */
    public static Instant workersEnd(Instant now) {
        return now.truncatedTo(ChronoUnit.MINUTES);
    }

    /** Writes before this time are forgotten. Twice as long as they have to be kept. */
    public static Instant writesEnd(Instant now) {
        return now.minus(OutcomeStore.WRITES_KEPT.multipliedBy(2));
    }

    /** Minutes before this time are added up to hours. */
    public static Instant minutesEnd(Instant now) {
        return now.minus(OutcomeStore.MINUTES_KEPT).truncatedTo(ChronoUnit.HOURS);
    }

    /** Hours before this time are deleted. */
    public static Instant hoursEnd(Instant now) {
        return now.minus(OutcomeStore.HOURS_KEPT).truncatedTo(ChronoUnit.HOURS);
    }
}
