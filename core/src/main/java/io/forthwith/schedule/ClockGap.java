package io.forthwith.schedule;

/** What becomes of a time that a local clock leaves out, because it is set forward. */
public enum ClockGap {
    /** The schedule fires once, at the first instant after the gap. */
    SHIFT,
    /** The schedule does not fire for this time. */
    SKIP
}
