package io.forthwith;

/** What became of a request to seal a group. */
public enum SealResult {
    /** The group gets no more children from now on; if none is open, it has ended, or its finisher may run. */
    SEALED,
    /** It had been sealed before, or never was a group; nothing changed. */
    ALREADY_SEALED,
    /** There is no such job. */
    NOT_FOUND
}
