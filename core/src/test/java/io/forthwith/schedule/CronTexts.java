package io.forthwith.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random cron fields. Not thread-safe. */
public final class CronTexts {
    private final Random random;
    private final boolean hasNames;

    CronTexts(Random random) {
        this(random, true);
    }

    private CronTexts(Random random, boolean hasNames) {
        this.random = random;
        this.hasNames = hasNames;
    }

    /** Others without names for months and days. */
    CronTexts withoutNames() {
        return new CronTexts(random, false);
    }

    /** A field of numbers, names, ranges, steps and lists; now and then a star. */
    String field(CronField field) {
        if (random.nextInt(3) == 0) {
            return "*";
        }
        List<String> items = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            items.add(item(field));
        }
        return String.join(",", items);
    }

    /** A field of days that is not a star. */
    String restricted(CronField field) {
        String text = field(field);
        while (text.contains("*") || text.matches("(?:.*,)?[A-Z0-9]+/.*")) {
            text = field(field);
        }
        return text;
    }

    private String item(CronField field) {
        // Spring reads a range that begins with day 7, or ends with SUN, as all days.
        int a = between(field.min, field == CronField.DAY_OF_WEEK ? 6 : field.max);
        int b = between(field == CronField.DAY_OF_WEEK ? a + 1 : a, field.max);
        String range = name(field, a) + "-" + name(field, b);
        int step = between(1, Math.max(1, Math.min(b - a, 12)));
        int openStep = between(1, Math.max(1, Math.min(field.max - a, 12)));
        boolean hasOpenSteps = field != CronField.DAY_OF_WEEK;
        return switch (random.nextInt(6)) {
            case 0 -> range;
            case 1 -> range + "/" + step;
            case 2 -> hasOpenSteps ? "*/" + openStep : range;
            case 3 -> hasOpenSteps ? a + "/" + openStep : range + "/" + step;
            default -> name(field, a);
        };
    }

    private String name(CronField field, int value) {
        int index = value - field.min;
        return hasNames && index < field.names().size() && random.nextBoolean()
                ? field.names().get(index)
                : String.valueOf(value);
    }

    private int between(int min, int max) {
        return min + random.nextInt(max - min + 1);
    }

    /** A day of the month, or of the week, that only L, W or # can name. */
    String special(CronField field, int longestDay) {
        String weekday = CronField.DAY_OF_WEEK.names().get(random.nextInt(7));
        if (field == CronField.DAY_OF_WEEK) {
            return random.nextBoolean() ? weekday + "L" : weekday + "#" + between(1, 5);
        }
        return switch (random.nextInt(4)) {
            case 0 -> "L";
            case 1 -> "L-" + between(1, longestDay - 1);
            case 2 -> "LW";
            default -> between(1, longestDay) + "W";
        };
    }

    /** Prints a seed that repeats a run, {@code -Dcron.seed}. */
    public static Random seeded(String what) {
        long seed = Long.getLong("cron.seed", new Random().nextLong());
        System.out.println(what + ": seed " + seed);
        return new Random(seed);
    }

    static <T> T oneOf(Random random, List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    static IntStream rounds(int few, int many) {
        return IntStream.range(0, Boolean.getBoolean("thorough") ? many : few);
    }
}
