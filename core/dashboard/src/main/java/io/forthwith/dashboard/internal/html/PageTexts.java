package io.forthwith.dashboard.internal.html;

import io.forthwith.insight.BoundedCount;
import java.text.MessageFormat;
import java.text.NumberFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** The words of the pages in English or Chinese, and numbers, times and durations as people read them. Immutable and thread-safe. */
public final class PageTexts {
    private static final String BUNDLE = "io.forthwith.dashboard.internal.html.words";
    private static final PageTexts ENGLISH = new PageTexts(Locale.ENGLISH, ZoneOffset.UTC);
    private static final PageTexts CHINESE = new PageTexts(Locale.CHINESE, ZoneOffset.UTC);
    private static final String EXACT = "uuuu-MM-dd HH:mm:ss.SSS ";
    private static final String MINUTE = "uuuu-MM-dd HH:mm ";
    private static final String CLOCK = "HH:mm ";

    private final Locale locale;
    private final ZoneId zone;
    private final ResourceBundle bundle;

    private PageTexts(Locale locale, ZoneId zone) {
        this.locale = locale;
        this.zone = zone;
        bundle = ResourceBundle.getBundle(BUNDLE, locale.equals(Locale.CHINESE) ? locale : Locale.ROOT);
    }

    /** In Chinese if the language is {@code zh}, otherwise in English. */
    public static PageTexts in(Locale locale) {
        return locale.getLanguage().equals("zh") ? CHINESE : ENGLISH;
    }

    /** Returns the same words with times as clocks in a zone show them. They show UTC if the zone is as UTC, or has no name that a browser knows. */
    public PageTexts timesIn(ZoneId other) {
        return new PageTexts(locale, isUtc(other) || other instanceof ZoneOffset ? ZoneOffset.UTC : other);
    }

    /** Whether clocks in a zone show UTC at all times. */
    public static boolean isUtc(ZoneId zone) {
        return zone.normalized().equals(ZoneOffset.UTC);
    }

    /** The zone of the times. */
    public ZoneId zone() {
        return zone;
    }

    /** The zone that has this name; null if there is none: a difference to UTC is not a zone. */
    public static @Nullable ZoneId zone(@Nullable String name) {
        return name != null && ZoneId.getAvailableZoneIds().contains(name) ? ZoneId.of(name) : null;
    }

    /** The name of a zone. */
    public static String name(ZoneId zone) {
        return isUtc(zone) ? "UTC" : zone.getId();
    }

    /** English or Chinese. */
    public Locale locale() {
        return locale;
    }

    /** The text with this key; {@code {0}} and so on stand for values, which may be numbers. */
    public String say(String key, Object... values) {
        String pattern = bundle.getString(key);
        return values.length == 0 ? pattern : new MessageFormat(pattern, locale).format(values);
    }

    /** Whether there is a text with this key. */
    public boolean has(String key) {
        return bundle.containsKey(key);
    }

    /** The text with this key, or another one if there is none: for words that come from the store. */
    public String sayOr(String key, String otherwise) {
        return has(key) ? bundle.getString(key) : otherwise;
    }

    /** A number with separators of thousands. */
    public String number(long number) {
        return NumberFormat.getIntegerInstance(locale).format(number);
    }

    /** A number that may be higher: {@code 10,000+}. */
    public String number(long number, boolean isExact) {
        return isExact ? number(number) : number(number) + "+";
    }

    /** How many jobs were counted: {@code 1,000+} if there may be more. */
    public String number(BoundedCount count) {
        return number(count.jobs(), count.isExact());
    }

    /** A duration in one or two units: {@code 340 ms}, {@code 12 s}, {@code 4 min 20 s}, {@code 3 d 2 h}. */
    public String duration(Duration duration) {
        if (duration.isNegative()) {
            return duration(duration.negated());
        }
        long seconds = duration.toSeconds();
        if (seconds < 10) {
            return seconds == 0
                    ? duration.toMillis() + " " + say("unit.ms")
                    : new MessageFormat("{0,number,0.#} {1}", locale)
                            .format(new Object[] {duration.toMillis() / 1000.0, say("unit.s")});
        }
        if (seconds < 60) {
            return seconds + " " + say("unit.s");
        }
        if (seconds < 3600) {
            return two(seconds / 60, "unit.min", seconds % 60, "unit.s");
        }
        if (seconds < 86_400) {
            return two(seconds / 3600, "unit.h", seconds % 3600 / 60, "unit.min");
        }
        return two(seconds / 86_400, "unit.d", seconds % 86_400 / 3600, "unit.h");
    }

    private String two(long more, String moreUnit, long less, String lessUnit) {
        String first = number(more) + " " + say(moreUnit);
        return less == 0 ? first : first + " " + less + " " + say(lessUnit);
    }

    /** A duration in one unit, for times that are relative anyway. */
    private String about(Duration duration) {
        long seconds = duration.abs().toSeconds();
        if (seconds < 60) {
            return seconds + " " + say("unit.s");
        }
        if (seconds < 3600) {
            return seconds / 60 + " " + say("unit.min");
        }
        if (seconds < 2 * 86_400) {
            return seconds / 3600 + " " + say("unit.h");
        }
        return number(seconds / 86_400) + " " + say("unit.d");
    }

    /** How long ago a time was, or in how long it comes; the exact time is its title. A dash if there is none. */
    public Node ago(@Nullable Instant time, Instant now) {
        if (time == null) {
            return Html.text("–");
        }
        Duration past = Duration.between(time, now);
        String relative = past.abs().compareTo(Duration.ofSeconds(1)) < 0
                ? say("time.now")
                : say(past.isNegative() ? "time.in" : "time.ago", about(past));
        return Html.el("time", Html.attr("datetime", time), Html.attr("title", exact(time)), relative);
    }

    /** A time to the millisecond, with how it differs from UTC: {@code 2026-01-05 04:00:00.000 +01:00}. The only way in which times are written out. */
    public String exact(Instant time) {
        return written(EXACT, time, zone);
    }

    /** A time as it is written out, for machines too. */
    public Node time(Instant time) {
        return time(time, zone);
    }

    /** A time as a clock in another zone shows it. */
    public Node time(Instant time, ZoneId other) {
        return Html.el("time", Html.attr("datetime", time), written(EXACT, time, other));
    }

    /** A time to the minute, for charts. */
    public String minute(Instant time) {
        return written(MINUTE, time, zone);
    }

    /** Hour and minute, for charts. */
    public String clock(Instant time) {
        return written(CLOCK, time, zone);
    }

    private static String written(String pattern, Instant time, ZoneId zone) {
        return DateTimeFormatter.ofPattern(pattern + (isUtc(zone) ? "'UTC'" : "xxx"), Locale.ROOT)
                .withZone(zone)
                .format(time);
    }

    /** The beginning of a text; a text that is longer ends in an ellipsis. */
    public static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = most - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    /** The first lines of a text, all of them whole, so that what a redactor looks for is not cut in two. */
    public static String cutLines(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = text.lastIndexOf('\n', most - 1);
        return end < 0 ? cut(text, most) : text.substring(0, end + 1) + "…";
    }

    /** An id, cut in the middle: its beginning, which is its time, and its end, which tells it from others. */
    public static String shortId(Object id) {
        String text = id.toString();
        return text.length() <= 14 ? text : text.substring(0, 8) + "…" + text.substring(text.length() - 4);
    }
}
