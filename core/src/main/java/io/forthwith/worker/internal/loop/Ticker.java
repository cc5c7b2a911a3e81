package io.forthwith.worker.internal.loop;

/** Time that only ever passes, in nanoseconds; a seam so that tests can step it. */
@FunctionalInterface
public interface Ticker {
    long nanos();
}
