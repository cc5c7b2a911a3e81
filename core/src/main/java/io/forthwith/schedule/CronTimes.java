package io.forthwith.schedule;

import io.forthwith.internal.FiringTimes;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The instants that a cron text names in a time zone. Between two changes of its clock a zone has one offset: there, local
 * times and instants are in the same order. Immutable.
 */
final class CronTimes implements FiringTimes {
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final int MOST_DAYS = 41 * 366;

    private final CronExpression cron;
    private final ZoneRules zone;
    private final ClockGap gap;
    private final ClockOverlap overlap;

    /**
     * The instants of a text in a zone. If every hour is named, the text goes on by the time that passes, by default.
     *
     * @param gap by default {@link ClockGap#SHIFT} for a text that names hours of the day, otherwise {@link
     *     ClockGap#SKIP}
     * @param overlap by default {@link ClockOverlap#FIRST} for such a text, otherwise {@link ClockOverlap#BOTH}
     */
    public CronTimes(CronExpression cron, ZoneId zone, @Nullable ClockGap gap, @Nullable ClockOverlap overlap) {
        this.cron = cron;
        this.zone = zone.getRules();
        this.gap = gap != null ? gap : cron.hasFixedHours() ? ClockGap.SHIFT : ClockGap.SKIP;
        this.overlap = overlap != null ? overlap : cron.hasFixedHours() ? ClockOverlap.FIRST : ClockOverlap.BOTH;
    }

    /** The first instant after this one; null if there is none in 41 years, or this one is after the year 9900. */
    @Override
    public @Nullable Instant after(Instant instant) {
        if (instant.isAfter(LATEST)) {
            return null;
        }
        Instant begin = instant.isBefore(EARLIEST) ? EARLIEST : instant;
        // With gaps that are left out, a text may never come although its days do: 02:30 on the day when that is
        // skipped.
        Instant end = begin.plus(MOST_DAYS, ChronoUnit.DAYS);
        return first(begin, end);
    }

    private @Nullable Instant first(Instant instant, Instant end) {
        ZoneOffset offset = zone.getOffset(instant);
        LocalDateTime from = LocalDateTime.ofEpochSecond(instant.getEpochSecond() + 1, 0, offset);
        Instant start = instant;
        while (true) {
            LocalDateTime next = cron.next(from);
            if (next == null || start.isAfter(end)) {
                return null;
            }
            ZoneOffsetTransition change = zone.nextTransition(start);
            if (change == null || next.isBefore(change.getDateTimeBefore())) {
                if (isWanted(next, offset)) {
                    return next.toInstant(offset);
                }
                from = next.plusSeconds(1);
            } else {
                if (change.isGap() && gap == ClockGap.SHIFT && next.isBefore(change.getDateTimeAfter())) {
                    return change.getInstant();
                }
                start = change.getInstant();
                offset = change.getOffsetAfter();
                from = change.getDateTimeAfter();
            }
        }
    }

    /** Whether this is the one of two equal local times that counts. */
    private boolean isWanted(LocalDateTime time, ZoneOffset offset) {
        if (overlap == ClockOverlap.BOTH) {
            return true;
        }
        List<ZoneOffset> offsets = zone.getValidOffsets(time);
        return offsets.size() < 2
                || offsets.get(overlap == ClockOverlap.FIRST ? 0 : offsets.size() - 1)
                        .equals(offset);
    }
}
