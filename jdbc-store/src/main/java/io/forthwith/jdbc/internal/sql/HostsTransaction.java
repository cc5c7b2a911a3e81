package io.forthwith.jdbc.internal.sql;

import io.forthwith.JobStoreException;

/** A transaction of the host on a connection that the store has borrowed. */
public final class HostsTransaction {
    private HostsTransaction() {}

    /** The refusal of such a connection. */
    public static JobStoreException refused() {
        return new JobStoreException(
                JobStoreException.Kind.PERMANENT,
                "The data source has handed out a connection that is in a transaction already, which the store would commit;"
                        + " nothing was changed. Give the store the data source behind, which hands out a connection to one borrower"
                        + " at a time, and enqueue within a transaction by joining(connection)",
                null);
    }
}
