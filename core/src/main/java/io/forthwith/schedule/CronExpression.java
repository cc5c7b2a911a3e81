package io.forthwith.schedule;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import org.jspecify.annotations.Nullable;

/** A cron text that has been read: which dates and times of a local clock it names. It knows no time zone. Immutable. */
final class CronExpression {
    /** A day from which every day that ever comes is found. */
    static final LocalDate ANY_DAY = LocalDate.of(2000, 1, 1);

    /** The rarest day that comes at all is the fifth of a day of the week in February: after 40 years at most. */
    private static final int MOST_YEARS = 41;

    private static final long EVERY_HOUR = (1L << 24) - 1;

    private final String text;
    private final long seconds;
    private final long minutes;
    private final long hours;
    private final long months;
    private final CronDays days;

    /**
     * What a text names.
     *
     * @param seconds a bit for each second, 0 to 59; so {@code minutes}, {@code hours}, and {@code months} from 1 to 12; at
     *     least one each
     */
    CronExpression(String text, long seconds, long minutes, long hours, long months, CronDays days) {
        this.text = text;
        this.seconds = seconds;
        this.minutes = minutes;
        this.hours = hours;
        this.months = months;
        this.days = days;
    }

    /**
     * Reads a cron text.
     *
     * @throws IllegalArgumentException if it cannot be read, or never comes; the message names the rule and the way out
     */
    public static CronExpression parse(String text) {
        return CronParser.parse(text);
    }

    /** Whether it names some hours of the day and not all. */
    public boolean hasFixedHours() {
        return hours != EVERY_HOUR;
    }

    /** The text. */
    @Override
    public String toString() {
        return text;
    }

    /** The first date and time named at {@code from} or after it; null if there is none in 41 years. */
    @Nullable
    LocalDateTime next(LocalDateTime from) {
        LocalDate date = from.toLocalDate();
        if (names(date)) {
            LocalTime time = nextTime(from.toLocalTime());
            if (time != null) {
                return date.atTime(time);
            }
        }
        LocalDate later = nextDate(date.plusDays(1));
        return later == null ? null : later.atTime(firstTime());
    }

    private boolean names(LocalDate date) {
        return CronDays.has(months, date.getMonthValue())
                && CronDays.has(days.in(YearMonth.from(date)), date.getDayOfMonth());
    }

    /** The first date named at {@code from} or after it; null if there is none in 41 years. */
    @Nullable
    LocalDate nextDate(LocalDate from) {
        YearMonth month = YearMonth.from(from);
        int day = from.getDayOfMonth();
        YearMonth last = month.plusYears(MOST_YEARS);
        while (!month.isAfter(last)) {
            if (CronDays.has(months, month.getMonthValue())) {
                int named = next(days.in(month), day);
                if (named >= 0) {
                    return month.atDay(named);
                }
            }
            month = month.plusMonths(1);
            day = 1;
        }
        return null;
    }

    private LocalTime firstTime() {
        return LocalTime.of(next(hours, 0), next(minutes, 0), next(seconds, 0));
    }

    private @Nullable LocalTime nextTime(LocalTime from) {
        int second = next(seconds, from.getSecond() + (from.getNano() > 0 ? 1 : 0));
        int minute = next(minutes, from.getMinute() + (second < 0 ? 1 : 0));
        if (minute != from.getMinute()) {
            second = next(seconds, 0);
        }
        int hour = next(hours, from.getHour() + (minute < 0 ? 1 : 0));
        if (hour < 0) {
            return null;
        }
        return hour == from.getHour()
                ? LocalTime.of(hour, minute, second)
                : LocalTime.of(hour, next(minutes, 0), next(seconds, 0));
    }

    /** The lowest index at {@code from} or above whose bit is set; -1 if there is none. */
    private static int next(long bits, int from) {
        long rest = from >= Long.SIZE ? 0 : bits >>> from << from;
        return rest == 0 ? -1 : Long.numberOfTrailingZeros(rest);
    }
}
