package io.forthwith.dashboard.internal.view;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How far back a page looks. */
public enum Span {
    H1(Duration.ofHours(1), Duration.ofMinutes(1)),
    H24(Duration.ofHours(24), Duration.ofHours(1)),
    D7(Duration.ofDays(7), Duration.ofHours(6)),
    D30(Duration.ofDays(30), Duration.ofDays(1));

    private final Duration length;
    private final Duration step;

    Span(Duration length, Duration step) {
        this.length = length;
        this.step = step;
    }

    public Duration length() {
        return length;
    }

    /** How long one column of a chart is. */
    public Duration step() {
        return step;
    }

    /** Its word in an address: {@code 24h}. */
    public String word() {
        return name().substring(1) + name().substring(0, 1).toLowerCase(Locale.ROOT);
    }

    /** The span of a word; one hour for every other word. */
    public static Span of(@Nullable String word) {
        for (Span span : values()) {
            if (span.word().equals(word)) {
                return span;
            }
        }
        return H1;
    }
}
