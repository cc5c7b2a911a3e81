package io.forthwith.schedule;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the times of a schedule that have passed unfired, because no worker was alive. Times that do not fire
 * are counted as skipped. Immutable.
 */
public final class CatchUp {
    /** The newest time that was missed fires once, however long ago it was. The default. */
    public static final CatchUp LATEST = new CatchUp("LATEST", 1, null);

    /** A time fires only if it is at most 30 seconds ago. */
    public static final CatchUp SKIP = new CatchUp("SKIP", 1, Duration.ofSeconds(30));

    private static final int LARGEST_MOST = 1_000;
    private static final Duration LONGEST_WINDOW = Duration.ofDays(3_660);
    private static final Pattern ALL = Pattern.compile("ALL\\((P[^,]{1,40}), ?(\\d{1,4})\\)");

    private final String kind;
    private final int atMost;
    private final @Nullable Duration window;

    private CatchUp(String kind, int atMost, @Nullable Duration window) {
        this.kind = kind;
        this.atMost = atMost;
        this.window = window;
    }

    /**
     * Each time that was missed fires, the oldest first.
     *
     * @param window how long ago a time may be, up to 3,660 days; older ones are skipped
     * @param atMost how many fire at the most, 1 to 1,000: the newest
     * @throws IllegalArgumentException if one of them is out of range
     */
    public static CatchUp all(Duration window, int atMost) {
        NullRules.require(window, "window", "give the longest time that a run may be late");
        if (window.isNegative() || window.isZero() || window.compareTo(LONGEST_WINDOW) > 0) {
            throw new IllegalArgumentException(
                    "Catch-up window " + window + " is out of range: more than zero, at most 3660 days");
        }
        if (atMost < 1 || atMost > LARGEST_MOST) {
            throw new IllegalArgumentException(
                    "Catch-up of " + atMost + " times is out of range: 1 to " + LARGEST_MOST);
        }
        return new CatchUp("ALL", atMost, window);
    }

    /**
     * Reads what {@link #text} writes.
     *
     * @throws IllegalArgumentException if the text is another one
     */
    public static CatchUp parse(String text) {
        NullRules.require(text, "text", "give LATEST, SKIP or ALL(PT1H, 10)");
        if (text.equals(LATEST.kind)) {
            return LATEST;
        }
        if (text.equals(SKIP.kind)) {
            return SKIP;
        }
        Matcher all = ALL.matcher(text);
        if (!all.matches()) {
            throw unreadable(text, null);
        }
        try {
            return all(Duration.parse(all.group(1)), Integer.parseInt(all.group(2)));
        } catch (DateTimeParseException notADuration) {
            throw unreadable(text, notADuration);
        }
    }

    private static IllegalArgumentException unreadable(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "Catch-up \"" + SafeText.line(text, 80) + "\" cannot be read: write LATEST, SKIP or ALL(PT1H, 10)",
                cause);
    }

    /** Whether more than one time may fire at once. */
    public boolean firesMany() {
        return atMost > 1;
    }

    /** How many times fire at the most. */
    public int atMost() {
        return atMost;
    }

    /** The oldest time that may fire at {@code now}; null if there is none. */
    public @Nullable Instant oldest(Instant now) {
        NullRules.require(now, "now", "give the time of the store");
        return window == null ? null : now.minus(window);
    }

    /** As it is stored, and {@link #parse} reads it: {@code LATEST}, {@code SKIP}, or {@code ALL(PT1H, 10)}. */
    public String text() {
        return kind.equals("ALL") ? "ALL(" + window + ", " + atMost + ")" : kind;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CatchUp that && text().equals(that.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    /** The {@link #text}. */
    @Override
    public String toString() {
        return text();
    }
}
