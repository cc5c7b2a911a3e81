package io.forthwith.client;

import java.util.UUID;

/**
 * Jobs could not be enqueued, because another job has the unique key of one of them: of a family or a graph, or of a job whose key says {@link
 * io.forthwith.UniqueKey#reject}.
 */
public final class UniqueKeyTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final UUID holderId;

    UniqueKeyTakenException(UUID holderId) {
        super("Nothing was enqueued: job " + holderId + " has the type and unique key of a job of this call");
        this.holderId = holderId;
    }

    /** The job that has the key. It may have ended, or been deleted, if it has the key for a period. */
    public UUID holderId() {
        return holderId;
    }
}
