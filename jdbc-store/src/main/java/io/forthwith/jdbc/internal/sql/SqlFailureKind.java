package io.forthwith.jdbc.internal.sql;

import io.forthwith.JobStoreException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

/** What an exception of a driver means for the call that met it. */
public enum SqlFailureKind {
    /** Two transactions were in conflict, and the database has rolled this one back: repeat it from the start. */
    CONFLICT,
    /** Another transaction took a unique key after this one looked: look again. If it happens again and again, it is final. */
    DUPLICATE,
    /** Refused for now; nothing was changed. */
    TRANSIENT,
    /** The connection is lost. Nothing says whether the last statement took effect. */
    DISCONNECTED,
    /**
     * A table, a column or a right is missing. The data is not at fault, so no job may fail because of it: a person
     * repairs it, and the same call succeeds.
     */
    NOT_SET_UP,
    /** Refused because of a value; the same call will be refused again. */
    PERMANENT,
    /** Neither SQLState nor vendor code is known. */
    UNCLEAR;

    private static final Set<String> MISSING = Set.of("42P01", "42703", "42S02", "42S03", "42S04", "42S22");

    /** Whether a table or a column is missing. */
    static boolean isMissingTable(SQLException thrown) {
        return MISSING.contains(Objects.requireNonNullElse(thrown.getSQLState(), ""));
    }

    /** Whether the same transaction may well succeed if it is repeated at once. */
    boolean isWorthRepeating() {
        return this == CONFLICT || this == DUPLICATE;
    }

    /**
     * The exception for the caller of the store.
     *
     * @param mayHaveCommitted whether a statement was sent that makes changes durable
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
