package io.forthwith.client;

import java.util.UUID;

/** A family or graph could not be enqueued, because an open job holds the unique key of one of its jobs. */
public final class UniqueKeyTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final UUID holderId;

    UniqueKeyTakenException(UUID holderId) {
        super("Nothing was enqueued: job " + holderId
                + " is open and holds the type and unique key of a job of this call");
        this.holderId = holderId;
    }

    /** The open job that holds the key. */
    public UUID holderId() {
        return holderId;
    }
}
