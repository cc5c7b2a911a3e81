package io.forthwith.worker.internal.loop;

/** A clock that never goes back, in nanoseconds. Tests replace it with one that they set. */
@FunctionalInterface
public interface Ticker {
    long nanos();
}
