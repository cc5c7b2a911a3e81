package io.forthwith.jdbc.internal.operations;

import java.time.Duration;

/**
 * How a listener knows that it would hear something.
 *
 * @param silence after which it asks for a sign of life; up to half as long again, so that of many listeners one asks for all
 * @param patience how long it waits for that
 */
public record ListenTimeouts(Duration silence, Duration patience) {
    public static final ListenTimeouts STANDARD = new ListenTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(5));
}
