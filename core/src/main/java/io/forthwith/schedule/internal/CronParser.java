package io.forthwith.schedule.internal;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a cron text: five fields, or six with the seconds first, or a nickname. Not thread-safe.
 *
 * <p>The rules are those of crontab(5), with {@code L}, {@code W} and {@code #} as Quartz has them. A text that programs
 * read differently is refused.
 */
final class CronParser {
    private static final int LONGEST = 200;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");
    private static final Pattern LAST_DAY = Pattern.compile("L(?:-(\\d{1,4}))?");
    private static final Pattern NEAREST_WEEKDAY = Pattern.compile("(\\d{1,4})W");
    private static final Pattern LAST_OF_WEEKDAY = Pattern.compile("(\\w+)L");
    private static final Pattern NTH_OF_WEEKDAY = Pattern.compile("(\\w+)#(\\d{1,4})");

    private static final Map<String, String> NICKNAMES = Map.of(
            "@YEARLY", "0 0 1 1 *",
            "@ANNUALLY", "0 0 1 1 *",
            "@MONTHLY", "0 0 1 * *",
            "@WEEKLY", "0 0 * * 0",
            "@DAILY", "0 0 * * *",
            "@MIDNIGHT", "0 0 * * *",
            "@HOURLY", "0 * * * *");

    private final String text;
    private final CronDays.Builder days = new CronDays.Builder();
    private boolean hourSteps;

    private CronParser(String text) {
        this.text = text;
    }

    /**
     * Reads a text.
     *
     * @throws IllegalArgumentException naming the field, the rule and the way out
     */
    static CronExpression parse(String text) {
        NullRules.require(text, "cron", "give five fields, such as \"0 3 * * *\" for every day at three");
        return new CronParser(text.strip()).expression();
    }

    private CronExpression expression() {
        if (text.length() > LONGEST) {
            throw refused("has " + text.length() + " characters, at most " + LONGEST + " are allowed");
        }
        String[] fields = fields();
        boolean hasSeconds = fields.length == 6;
        int first = hasSeconds ? 1 : 0;
        long seconds = hasSeconds ? values(CronField.SECOND, fields[0]) : 1;
        long minutes = values(CronField.MINUTE, fields[first]);
        long hours = values(CronField.HOUR, fields[first + 1]);
        String daysOfMonth = fields[first + 2];
        long months = values(CronField.MONTH, fields[first + 3]);
        String daysOfWeek = fields[first + 4];
        requireClear(daysOfMonth, daysOfWeek);
        if (!isAny(daysOfMonth)) {
            days.daysOfMonth(values(CronField.DAY_OF_MONTH, daysOfMonth));
        }
        if (!isAny(daysOfWeek)) {
            days.daysOfWeek(values(CronField.DAY_OF_WEEK, daysOfWeek));
        }
        CronExpression read = new CronExpression(seconds, minutes, hours, months, days.build(), !hourSteps);
        if (read.nextDate(CronExpression.ANY_DAY) == null) {
            throw refused("names a day that never comes; mend the day of month, the month or the day of week");
        }
        return read;
    }

    private String[] fields() {
        String upper = text.toUpperCase(Locale.ROOT);
        if (upper.startsWith("@")) {
            String meant = NICKNAMES.get(upper);
            if (meant == null) {
                throw refused("is no nickname; there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and"
                        + " @hourly");
            }
            return meant.split(" ", -1);
        }
        String[] fields = upper.split("[ \\t]+", -1);
        if (fields.length != 5 && fields.length != 6) {
            throw refused("has " + (upper.isEmpty() ? 0 : fields.length)
                    + " fields; write minute, hour, day of month, month and day"
                    + " of week, or six fields with the second first; a year cannot be given");
        }
        return fields;
    }

    /** Of a step over all days and a list, some programs want both and some want either. */
    private void requireClear(String daysOfMonth, String daysOfWeek) {
        if (isAny(daysOfMonth) || isAny(daysOfWeek)) {
            return;
        }
        for (String field : List.of(daysOfMonth, daysOfWeek)) {
            if (field.startsWith("*")) {
                throw refused("has \"" + field + "\" in one day field and \""
                        + (field.equals(daysOfMonth) ? daysOfWeek : daysOfMonth)
                        + "\" in the other; programs disagree whether both must match: leave one of them \"*\", or write"
                        + " the step with its range, such as 1-31/2, if either is enough");
            }
        }
    }

    private static boolean isAny(String field) {
        return field.equals("*") || field.equals("?");
    }

    private long values(CronField field, String list) {
        long values = 0;
        for (String item : list.split(",", -1)) {
            values |= special(field, item) ? 0 : plain(field, item);
        }
        return values;
    }

    /** Reads an item with L, W or #. Returns false if it is none. */
    private boolean special(CronField field, String item) {
        if (field == CronField.DAY_OF_MONTH) {
            Matcher last = LAST_DAY.matcher(item);
            Matcher nearest = NEAREST_WEEKDAY.matcher(item);
            if (last.matches()) {
                String before = last.group(1);
                days.beforeLast(before == null ? 0 : number(field, before, 0, 30, item));
            } else if (item.equals("LW")) {
                days.lastWeekday();
            } else if (nearest.matches()) {
                days.nearestWeekday(number(field, nearest.group(1), 1, 31, item));
            } else {
                return false;
            }
            return true;
        }
        if (field == CronField.DAY_OF_WEEK) {
            Matcher last = LAST_OF_WEEKDAY.matcher(item);
            Matcher nth = NTH_OF_WEEKDAY.matcher(item);
            if (nth.matches()) {
                days.nth(weekday(nth.group(1), item), number(field, nth.group(2), 1, 5, item));
            } else if (item.equals("L")) {
                throw refused(
                        field,
                        item,
                        "is read as Saturday by some programs; write SAT, or FRIL for the last Friday of"
                                + " the month");
            } else if (last.matches()) {
                days.last(weekday(last.group(1), item));
            } else {
                return false;
            }
            return true;
        }
        return false;
    }

    private int weekday(String name, String item) {
        return value(CronField.DAY_OF_WEEK, name, item) % 7;
    }

    private long plain(CronField field, String item) {
        int slash = item.indexOf('/');
        return slash < 0 ? range(field, item, item, false, 1) : stepped(field, item, slash);
    }

    private long stepped(CronField field, String item, int slash) {
        int step = number(field, item.substring(slash + 1), 1, Integer.MAX_VALUE, item);
        String range = item.substring(0, slash);
        boolean isOpen = range.indexOf('-') < 0;
        if (isOpen && field == CronField.DAY_OF_WEEK) {
            throw refused(
                    field, item, "begins its steps on Sunday or on Monday, depending on the program; write the days");
        }
        if (step > field.max - field.min) {
            throw refused(
                    field,
                    item,
                    "has a step that is longer than the field, and would begin anew each time;"
                            + " write one value, or use a schedule with a period, every(Duration)");
        }
        hourSteps |= isOpen && field == CronField.HOUR;
        return range(field, range, item, isOpen, step);
    }

    private long range(CronField field, String range, String item, boolean isOpen, int step) {
        int dash = range.indexOf('-');
        int from;
        int to;
        if (range.equals("*")) {
            hourSteps |= field == CronField.HOUR;
            from = field.min;
            to = field.max;
        } else if (dash < 0) {
            from = value(field, range, item);
            to = isOpen ? field.max : from;
        } else {
            from = value(field, range.substring(0, dash), item);
            to = value(field, range.substring(dash + 1), item);
            // Sunday ends a week as well as it begins one.
            to = field == CronField.DAY_OF_WEEK && to == 0 && from > 0 ? 7 : to;
        }
        if (from > to) {
            throw refused(field, item, "runs backwards; write two ranges, or the values one by one");
        }
        long values = 0;
        for (int value = from; value <= to; value += step) {
            values |= 1L << (field == CronField.DAY_OF_WEEK ? value % 7 : value);
        }
        return values;
    }

    private int value(CronField field, String text, String item) {
        int name = field.names().indexOf(text);
        return name >= 0 ? field.min + name : number(field, text, field.min, field.max, item);
    }

    private int number(CronField field, String text, int min, int max, String item) {
        int number = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1;
        if (number < min || number > max) {
            String rule = min == field.min && max == field.max
                    ? field.range()
                    : max == Integer.MAX_VALUE ? "a step of 1 or more" : min + " to " + max;
            throw refused(field, item, "is not understood: \"" + SafeText.line(text, 20) + "\" should be " + rule);
        }
        return number;
    }

    private IllegalArgumentException refused(CronField field, String item, String why) {
        return refused("has a " + field.label + " that cannot be: \"" + SafeText.line(item, 40) + "\" " + why);
    }

    private IllegalArgumentException refused(String why) {
        return new IllegalArgumentException("Cron text \"" + SafeText.line(text, LONGEST) + "\" " + why);
    }
}
