package io.forthwith.jdbc.internal.operations;

import java.time.Duration;

/**
 * The time-outs by which a listener tests that it still gets notifications.
 *
 * @param silence after so much silence, or up to half as long again, it asks for a sign of life; the random part
 *     makes one of many listeners ask for all
 * @param patience how long it waits for the sign
 */
public record ListenTimeouts(Duration silence, Duration patience) {
    public static final ListenTimeouts STANDARD = new ListenTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(5));
}
