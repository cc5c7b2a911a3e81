package io.forthwith.schedule.internal;

import io.forthwith.internal.SafeText;
import io.forthwith.schedule.ClockGap;
import io.forthwith.schedule.ClockOverlap;
import io.forthwith.schedule.ScheduleDefinition;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The nominal times of a stored schedule, out of its texts. */
public final class ScheduleTimes {
    private static final int FINGERPRINT_LENGTH = 32;

    private ScheduleTimes() {}

    /**
     * The times that a definition names.
     *
     * @param anchor one of the times, if it has a period
     * @throws IllegalArgumentException if a text cannot be read; the message names it
     */
    public static FiringTimes of(ScheduleDefinition definition, Instant anchor) {
        if (definition.cron() == null) {
            if (definition.period() == null) {
                throw new IllegalArgumentException("It has neither a cron text nor a period");
            }
            return new PeriodTimes(anchor, duration("Period", definition.period()));
        }
        if (definition.period() != null) {
            throw new IllegalArgumentException("It has both a cron text and a period");
        }
        return new CronTimes(
                CronExpression.parse(definition.cron()),
                zone(definition.zone()),
                constant(ClockGap.class, "Gap", definition.gap()),
                constant(ClockOverlap.class, "Overlap", definition.overlap()));
    }

    /** Of the texts from which the times follow. */
    public static String fingerprint(ScheduleDefinition definition) {
        return hex(String.join(
                "\n",
                Arrays.asList(
                        String.valueOf(definition.cron()),
                        String.valueOf(definition.period()),
                        definition.zone(),
                        String.valueOf(definition.gap()),
                        String.valueOf(definition.overlap()))));
    }

    /** A duration in ISO 8601 that is more than zero. */
    public static Duration duration(String what, String text) {
        try {
            Duration read = Duration.parse(text);
            if (!read.isNegative() && !read.isZero()) {
                return read;
            }
        } catch (DateTimeException unreadable) {
            throw new IllegalArgumentException(
                    what + " \"" + SafeText.line(text, 80) + "\" cannot be read: write PT15M for 15 minutes",
                    unreadable);
        }
        throw new IllegalArgumentException(what + " \"" + SafeText.line(text, 80) + "\" must be more than zero");
    }

    /** A constant with this name; null if there is no name. */
    public static <E extends Enum<E>> @Nullable E constant(Class<E> type, String what, @Nullable String name) {
        if (name == null) {
            return null;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(what + " \"" + SafeText.line(name, 80) + "\" is unknown: one of "
                + Arrays.toString(type.getEnumConstants()));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException unknown) {
            throw new IllegalArgumentException(
                    "Time zone \"" + SafeText.line(text, 80) + "\" is unknown: write one like Europe/Berlin, or UTC",
                    unknown);
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(sha256(text)).substring(0, FINGERPRINT_LENGTH);
    }

    /** The SHA-256 hash of a text. */
    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("Every Java has SHA-256", impossible);
        }
    }
}
