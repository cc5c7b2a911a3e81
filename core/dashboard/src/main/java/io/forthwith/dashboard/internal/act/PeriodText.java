package io.forthwith.dashboard.internal.act;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The length of a time as somebody writes it into a field: {@code 500ms}, {@code 10s}, {@code 1m}, {@code 24h}, {@code 7d}. */
final class PeriodText {
    private static final Pattern SIMPLE = Pattern.compile("(\\d{1,9})\\s?(ms|s|m|h|d)");
    private static final Map<String, ChronoUnit> UNITS = Map.of(
            "ms", ChronoUnit.MILLIS,
            "s", ChronoUnit.SECONDS,
            "m", ChronoUnit.MINUTES,
            "h", ChronoUnit.HOURS,
            "d", ChronoUnit.DAYS);

    private PeriodText() {}

    /** Null if it is no such text; that of ISO is one too. */
    static @Nullable Duration read(String text) {
        Matcher simple = SIMPLE.matcher(text.toLowerCase(Locale.ROOT));
        if (simple.matches()) {
            return Duration.of(Long.parseLong(simple.group(1)), UNITS.getOrDefault(simple.group(2), ChronoUnit.DAYS));
        }
        try {
            return Duration.parse(text);
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }

    /** What {@link #read} reads, in the longest unit that fits. */
    static String of(Duration period) {
        return UNITS.entrySet().stream()
                .filter(unit -> !period.isZero()
                        && period.toNanos() % unit.getValue().getDuration().toNanos() == 0)
                .max(Map.Entry.comparingByValue())
                .map(unit -> period.dividedBy(unit.getValue().getDuration()) + unit.getKey())
                .orElse(period.toString());
    }
}
