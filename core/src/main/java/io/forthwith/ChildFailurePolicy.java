package io.forthwith;

import java.util.Locale;

/** What becomes of a parent when one of its children fails or is cancelled. */
public enum ChildFailurePolicy {
    /** It fails in the same moment, whatever its other children are doing. */
    FAIL_AT_ONCE,
    /** It fails when all its children have ended. */
    FAIL_AT_END,
    /** Nothing: it goes on when all its children have ended, however they did. */
    IGNORE;

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
