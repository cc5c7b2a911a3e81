package io.forthwith.schedule;

import java.util.List;

/** A field of a cron text, and the values that it may have. */
enum CronField {
    SECOND("second", 0, 59, ""),
    MINUTE("minute", 0, 59, ""),
    HOUR("hour", 0, 23, ""),
    DAY_OF_MONTH("day of month", 1, 31, ""),
    MONTH("month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
    /** 0 and 7 are Sunday. */
    DAY_OF_WEEK("day of week", 0, 7, "SUN MON TUE WED THU FRI SAT");

    final String label;
    final int min;
    final int max;
    private final String names;

    CronField(String label, int min, int max, String names) {
        this.label = label;
        this.min = min;
        this.max = max;
        this.names = names;
    }

    /** The names of the values, from the lowest value on; empty if they have none. */
    List<String> names() {
        return names.isEmpty() ? List.of() : List.of(names.split(" ", -1));
    }

    /** What may be written, as the end of a sentence. */
    String range() {
        List<String> all = names();
        String numbers = min + " to " + max;
        return all.isEmpty() ? numbers : numbers + ", or " + all.get(0) + " to " + all.get(all.size() - 1);
    }
}
