package io.forthwith;

import java.util.Locale;

/** What becomes of a job when one that it waits for fails or is cancelled. */
public enum PredecessorFailurePolicy {
    /** It fails too, in the same moment, and so do those that wait for it. */
    FAIL,
    /** It runs anyway, when all it waits for have ended. */
    RUN,
    /** It is cancelled, in the same moment. */
    CANCEL;

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
