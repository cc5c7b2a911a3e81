package io.forthwith.internal;

import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.ResourceBundle;
import java.util.stream.Collectors;

/** The sentences that say why a job does not run, in English or Chinese. Immutable and thread-safe. */
public final class ReasonTexts {
    private static final String BUNDLE = "io.forthwith.text.reasons";
    private static final int LONGEST = 500;

    private final Locale locale;
    private final ResourceBundle words;

    private ReasonTexts(Locale locale) {
        this.locale = locale;
        this.words = ResourceBundle.getBundle(BUNDLE, locale.equals(Locale.CHINESE) ? locale : Locale.ROOT);
    }

    /** In Chinese if the language is {@code zh}, otherwise in English. */
    public static ReasonTexts in(Locale locale) {
        return new ReasonTexts(locale.getLanguage().equals("zh") ? Locale.CHINESE : Locale.ENGLISH);
    }

    /** What is so. */
    public String what(String reason, List<Object> evidence) {
        return say(reason, evidence);
    }

    /** What to do about it; empty if there is nothing to do. */
    public String remedy(String reason, List<Object> evidence) {
        return say(reason + ".remedy", evidence);
    }

    private String say(String key, List<Object> evidence) {
        Object[] values = evidence.stream().map(this::value).toArray();
        return new MessageFormat(words.getString(key), locale).format(values).strip();
    }

    private Object value(Object evidence) {
        if (evidence instanceof Integer) {
            return evidence;
        }
        if (evidence instanceof Duration duration) {
            return duration(duration);
        }
        if (evidence instanceof Instant instant) {
            return instant.truncatedTo(ChronoUnit.MILLIS).toString();
        }
        if (evidence instanceof Enum<?> || evidence instanceof Boolean) {
            String key = evidence instanceof Enum<?> constant
                    ? constant.getDeclaringClass().getSimpleName() + "." + constant.name()
                    : "Boolean." + evidence;
            return words.getString(key);
        }
        if (evidence instanceof Collection<?> several) {
            return several.stream()
                    .map(each -> SafeText.line(String.valueOf(each), LONGEST))
                    .collect(Collectors.joining(isChinese() ? "、" : ", "));
        }
        return SafeText.line(String.valueOf(evidence), LONGEST);
    }

    private boolean isChinese() {
        return locale.equals(Locale.CHINESE);
    }

    /** Rounded, so that a person reads it: 3 h 5 min, 12.4 s, 80 ms. */
    private String duration(Duration duration) {
        List<String> units = isChinese() ? List.of("天", "小时", "分", "秒", "毫秒") : List.of("d", "h", "min", "s", "ms");
        if (duration.toDays() > 0) {
            return two(duration.toDays(), units.get(0), duration.toHoursPart(), units.get(1));
        }
        if (duration.toHours() > 0) {
            return two(duration.toHours(), units.get(1), duration.toMinutesPart(), units.get(2));
        }
        if (duration.toMinutes() > 0) {
            return two(duration.toMinutes(), units.get(2), duration.toSecondsPart(), units.get(3));
        }
        return duration.toSeconds() > 0
                ? String.format(Locale.ROOT, "%.1f %s", duration.toMillis() / 1000.0, units.get(3))
                : duration.toMillis() + " " + units.get(4);
    }

    private static String two(long large, String largeUnit, int small, String smallUnit) {
        return large + " " + largeUnit + " " + small + " " + smallUnit;
    }
}
