package io.forthwith.store.act;

/** What is left to do after a call that does a part of it. */
public enum Remaining {
    /** Nothing that the call knows of. */
    NOTHING,
    /** More than it was to do, or could do in the time: call again at once. */
    MORE,
    /** Only what others have locked: call again within a second. */
    LOCKED
}
