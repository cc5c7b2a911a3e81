package io.forthwith;

import java.util.Locale;

/** What happens to a parent when one of its children fails or is cancelled. */
public enum ChildFailurePolicy {
    /** The parent fails in the same transaction, whatever its other children are doing. */
    FAIL_AT_ONCE,
    /** The parent fails when all its children have ended. */
    FAIL_AT_END,
    /** Nothing: the parent goes on when all its children have ended, completed or not. */
    IGNORE;

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
