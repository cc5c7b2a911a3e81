package io.forthwith.schedule;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StoredTexts;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The nominal times of a schedule, one after the other. Implementations are immutable. */
public interface FiringTimes {
    /** After this instant there are no times: well before the last year that the time classes can compute with. */
    Instant LATEST = Instant.parse("9900-01-01T00:00:00Z");

    /** The first time after this instant; null if there is none, or the instant is after {@link #LATEST}. */
    @Nullable
    Instant after(Instant instant);

    /**
     * The times of a definition.
     *
     * @param anchor one of the times, if it has a period
     * @throws IllegalArgumentException if a text cannot be read; the message names it
     */
    static FiringTimes of(ScheduleDefinition definition, Instant anchor) {
        NullRules.require(definition, "definition", "give StoredSchedule.definition()");
        NullRules.require(anchor, "anchor", "give any instant if the definition has no period");
        if (definition.cron() == null) {
            if (definition.period() == null) {
                throw new IllegalArgumentException("It has neither a cron text nor a period");
            }
            Duration period = StoredTexts.duration(
                    "Period", definition.period(), Schedule.SHORTEST_PERIOD, Schedule.LONGEST_PERIOD);
            // Stored times have no nanoseconds: a time that is rounded down would come once more.
            if (!period.equals(period.truncatedTo(ChronoUnit.MILLIS))) {
                throw new IllegalArgumentException("Period \"" + SafeText.line(definition.period(), 80)
                        + "\" is not allowed: write whole milliseconds");
            }
            return new PeriodTimes(anchor, period);
        }
        if (definition.period() != null) {
            throw new IllegalArgumentException("It has both a cron text and a period");
        }
        return new CronTimes(
                CronExpression.parse(definition.cron()),
                zone(definition.zone()),
                StoredTexts.constant(ClockGap.class, "Gap", definition.gap()),
                StoredTexts.constant(ClockOverlap.class, "Overlap", definition.overlap()));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException unknown) {
            throw new IllegalArgumentException(
                    "Time zone \"" + SafeText.line(text, 80) + "\" is unknown: write one like Europe/Berlin, or UTC",
                    unknown);
        }
    }
}
