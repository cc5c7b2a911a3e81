package io.forthwith.jdbc.internal.sql;

import io.forthwith.JobStoreException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

/** What an exception of a driver means for the call that met it. */
public enum SqlFailure {
    /** Two transactions got in each other's way, and the database has undone this one: do it again from the start. */
    CONFLICT,
    /** A unique key was taken since we looked: look again. If it stays so, it is refused for good. */
    DUPLICATE,
    /** Refused for now; nothing was changed. */
    TRANSIENT,
    /** The connection is gone; whether the last thing sent on it was done is anybody's guess. */
    DISCONNECTED,
    /**
     * A table, a column or a right is missing. Not the fault of what was to be written, so that nothing may be given up for
     * it: a person mends it, and the same call succeeds.
     */
    NOT_SET_UP,
    /** Refused because of a value, and will be again. */
    PERMANENT,
    /** Neither SQLState nor vendor code is known. */
    UNCLEAR;

    private static final Set<String> MISSING = Set.of("42P01", "42703", "42S02", "42S03", "42S04", "42S22");

    /** Whether a table or column is not there. */
    static boolean isMissingTable(SQLException thrown) {
        return MISSING.contains(Objects.requireNonNullElse(thrown.getSQLState(), ""));
    }

    /** Whether the same transaction, begun anew, may well succeed at once. */
    boolean isWorthRepeating() {
        return this == CONFLICT || this == DUPLICATE;
    }

    /**
     * What is known of the call that failed.
     *
     * @param mayHaveCommitted whether something was sent that makes changes durable
     */
    public JobStoreException.Kind kind(boolean mayHaveCommitted) {
        return switch (this) {
            case CONFLICT, TRANSIENT, NOT_SET_UP -> JobStoreException.Kind.TRANSIENT;
            case DUPLICATE, PERMANENT -> JobStoreException.Kind.PERMANENT;
            case DISCONNECTED, UNCLEAR ->
                mayHaveCommitted ? JobStoreException.Kind.UNKNOWN_OUTCOME : JobStoreException.Kind.TRANSIENT;
        };
    }
}
