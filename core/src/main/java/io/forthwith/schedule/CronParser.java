package io.forthwith.schedule;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a cron text: five fields, or six with the seconds first, or a nickname. Not thread-safe.
 *
 * <p>The rules are those of crontab(5). {@code L}, {@code W}, {@code #} and steps from a number on ({@code 5/15}) are as in
 * Quartz. These texts are refused, because programs read them differently: a step in one day field beside another
 * restriction in the other, steps over the days of the week, a bare {@code L} there, and a number there beside a {@code ?}.
 */
final class CronParser {
    private static final int LONGEST = 200;
    private static final int SHOWN = 40;
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    /** A number that is no count after {@code #}. */
    private static final Pattern DIGIT_OF_DAY = Pattern.compile("(?<![#\\d])\\d");

    /** An item with a step and without the end of a range. */
    private static final Pattern OPEN_STEP = Pattern.compile("(?:^|,)[^,/-]+/");

    private static final Pattern LAST_DAY = Pattern.compile("L(?:-(\\d+))?");
    private static final Pattern NEAREST_WEEKDAY = Pattern.compile("(\\d+)W");
    private static final Pattern LAST_OF_WEEKDAY = Pattern.compile("(\\w+)L");
    private static final Pattern NTH_OF_WEEKDAY = Pattern.compile("(\\w+)#(\\d+)");

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
        if (!text.chars().allMatch(c -> c < 0x80)) {
            throw refused("has a character that is not ASCII, perhaps a space or a letter that only looks like one");
        }
        if (text.length() > LONGEST) {
            throw refused("has " + text.length() + " characters, at most " + LONGEST + " are allowed");
        }
        String[] fields = fields();
        boolean hasSeconds = fields.length == 6;
        int first = hasSeconds ? 1 : 0;
        long seconds = hasSeconds ? values(CronField.SECOND, fields[0]) : 1;
        long minutes = values(CronField.MINUTE, fields[first]);
        long hours = values(CronField.HOUR, fields[first + 1]);
        long months = values(CronField.MONTH, fields[first + 3]);
        readDays(fields[first + 2], fields[first + 4]);
        CronExpression read = new CronExpression(text, seconds, minutes, hours, months, days.build());
        if (read.nextDate(CronExpression.ANY_DAY) == null) {
            throw refused("names a day that never comes; change the day of month, the month or the day of week");
        }
        return read;
    }

    private void readDays(String daysOfMonth, String daysOfWeek) {
        if (!isAny(daysOfMonth)) {
            days.daysOfMonth(values(CronField.DAY_OF_MONTH, daysOfMonth));
        }
        if (!isAny(daysOfWeek)) {
            days.daysOfWeek(values(CronField.DAY_OF_WEEK, daysOfWeek));
        }
        if (OPEN_STEP.matcher(daysOfMonth).find() && !isAny(daysOfWeek)) {
            throw refused("has the steps \"" + SafeText.line(daysOfMonth, SHOWN) + "\" beside the days of the week \""
                    + SafeText.line(daysOfWeek, SHOWN) + "\"; programs disagree whether both must match: if either is"
                    + " enough, write the steps as a range, such as 1-31/2");
        }
        if (daysOfMonth.equals("?") && DIGIT_OF_DAY.matcher(daysOfWeek).find()) {
            throw refused(
                    "has a number for a day of the week beside a \"?\", as in Quartz, where 1 is Sunday; here 0 is"
                            + " Sunday: write names, SUN to SAT");
        }
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
            throw refused("needs five fields: minute, hour, day of month, month, day of week; or six, with the second"
                    + " first. A year cannot be given");
        }
        return fields;
    }

    private static boolean isAny(String field) {
        return field.equals("*") || field.equals("?");
    }

    private long values(CronField field, String list) {
        String[] items = list.split(",", -1);
        long values = 0;
        for (String item : items) {
            if (item.equals("*") && items.length > 1) {
                throw refused(field, list, "names all values by \"*\", so leave the others out");
            }
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
                        "is read as Saturday by some programs; write SAT, or FRIL for a month's last Friday");
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
        String range = slash < 0 ? item : item.substring(0, slash);
        int step = slash < 0 ? 1 : number(field, item.substring(slash + 1), 1, Integer.MAX_VALUE, item);
        int dash = range.indexOf('-');
        int from;
        int to;
        if (range.equals("*")) {
            from = field.min;
            to = field.max;
        } else if (dash < 0) {
            from = value(field, range, item);
            to = slash < 0 ? from : field.max;
        } else {
            from = value(field, range.substring(0, dash), item);
            to = value(field, range.substring(dash + 1), item);
            // Sunday ends a week as well as it begins one.
            to = field == CronField.DAY_OF_WEEK && to == 0 && from > 0 ? 7 : to;
        }
        if (from > to) {
            throw refused(field, item, "runs backwards; write two ranges, or the values one by one");
        }
        if (step > 1 && dash < 0 && field == CronField.DAY_OF_WEEK) {
            throw refused(
                    field, item, "begins its steps on Sunday or on Monday, depending on the program; write the days");
        }
        if (step > 1 && step > to - from) {
            throw refused(field, item, "has a step that leads past its end, so it names one value; write that value");
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
        // More digits than any value has.
        int number = NUMBER.matcher(text).matches() && text.length() < 10 ? Integer.parseInt(text) : -1;
        if (number < min || number > max) {
            String range = max == Integer.MAX_VALUE
                    ? "1 or more"
                    : min == field.min && max == field.max ? field.range() : min + " to " + max;
            throw refused(
                    field,
                    item,
                    (text.equals(item) ? "" : "has \"" + SafeText.line(text, SHOWN) + "\", which ") + "should be "
                            + range);
        }
        return number;
    }

    private IllegalArgumentException refused(CronField field, String item, String why) {
        boolean isDay = field == CronField.DAY_OF_MONTH || field == CronField.DAY_OF_WEEK;
        boolean triesSpecial = isDay && item.matches(".*[LW#].*") && !why.contains("FRIL");
        return refused("cannot be read: the " + field.label + " \"" + SafeText.line(item, SHOWN) + "\" " + why
                + (triesSpecial ? "; see L, L-3, LW, 15W, FRIL and FRI#2" : ""));
    }

    private IllegalArgumentException refused(String why) {
        return new IllegalArgumentException("Cron text \"" + SafeText.line(text, LONGEST) + "\" " + why);
    }
}
