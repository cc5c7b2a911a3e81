package io.forthwith.worker;

/** Time that only ever passes, in nanoseconds; a seam so that tests can step it. */
@FunctionalInterface
interface Ticker {
    long nanos();
}
