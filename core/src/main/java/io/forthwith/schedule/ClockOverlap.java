package io.forthwith.schedule;

/** What becomes of a time that a local clock shows twice, because it is set back. */
public enum ClockOverlap {
    /** The schedule fires when the clock shows the time first. */
    FIRST,
    /** The schedule fires when the clock shows the time again. */
    LAST,
    /** The schedule fires both times. */
    BOTH
}
