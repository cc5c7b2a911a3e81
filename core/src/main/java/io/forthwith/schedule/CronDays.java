package io.forthwith.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;

/**
 * Which days of a month a cron text names. If both the day of month and the day of week are restricted, a day that matches
 * either of them is named, as crontab(5) has it. Immutable.
 *
 * @param isAny whether every day is named
 * @param daysOfMonth a bit for each day, 1 to 31
 * @param beforeLast a bit for each number of days before the last one, 0 to 30
 * @param nearestWeekdays a bit for each day whose nearest day from Monday to Friday is named
 * @param lastWeekday whether the last day from Monday to Friday is named
 * @param daysOfWeek a bit for each day of the week, 0 for Sunday
 * @param nths a bit for each {@code 7 * (n - 1) + day of the week}
 * @param lasts a bit for each day of the week that is named when it comes for the last time in a month
 */
record CronDays(
        boolean isAny,
        long daysOfMonth,
        long beforeLast,
        long nearestWeekdays,
        boolean lastWeekday,
        long daysOfWeek,
        long nths,
        long lasts) {

    /** A bit for each day of this month that is named, 1 to 31. */
    long in(YearMonth month) {
        int length = month.lengthOfMonth();
        long all = ((1L << length) - 1) << 1;
        if (isAny) {
            return all;
        }
        int firstWeekday = weekday(month.atDay(1));
        long named = daysOfMonth & all;
        for (int day = 1; day <= length; day++) {
            int weekday = (firstWeekday + day - 1) % 7;
            int nth = (day - 1) / 7;
            boolean isLast = day + 7 > length;
            if (has(beforeLast, length - day)
                    || has(daysOfWeek, weekday)
                    || has(nths, 7 * nth + weekday)
                    || (isLast && has(lasts, weekday))) {
                named |= 1L << day;
            }
            if (has(nearestWeekdays, day)) {
                named |= 1L << nearestWeekday(day, weekday, length);
            }
        }
        if (lastWeekday) {
            int weekday = (firstWeekday + length - 1) % 7;
            named |= 1L << (length - (weekday == 6 ? 1 : weekday == 0 ? 2 : 0));
        }
        return named;
    }

    /** Within the same month. */
    private static int nearestWeekday(int day, int weekday, int length) {
        if (weekday == 6) {
            return day == 1 ? 3 : day - 1;
        } else if (weekday == 0) {
            return day == length ? day - 2 : day + 1;
        }
        return day;
    }

    static boolean has(long bits, int index) {
        return (bits >> index & 1) != 0;
    }

    /** 0 for Sunday. */
    private static int weekday(LocalDate date) {
        DayOfWeek day = date.getDayOfWeek();
        return day.getValue() % 7;
    }

    /** Collects what is named. Not thread-safe. */
    static final class Builder {
        private boolean isAny = true;
        private long daysOfMonth;
        private long beforeLast;
        private long nearestWeekdays;
        private boolean lastWeekday;
        private long daysOfWeek;
        private long nths;
        private long lasts;

        void daysOfMonth(long days) {
            isAny = false;
            daysOfMonth = days;
        }

        void daysOfWeek(long days) {
            isAny = false;
            daysOfWeek = days;
        }

        void beforeLast(int days) {
            beforeLast |= 1L << days;
        }

        void nearestWeekday(int day) {
            nearestWeekdays |= 1L << day;
        }

        void lastWeekday() {
            lastWeekday = true;
        }

        void nth(int weekday, int n) {
            nths |= 1L << (7 * (n - 1) + weekday);
        }

        void last(int weekday) {
            lasts |= 1L << weekday;
        }

        CronDays build() {
            return new CronDays(isAny, daysOfMonth, beforeLast, nearestWeekdays, lastWeekday, daysOfWeek, nths, lasts);
        }
    }
}
