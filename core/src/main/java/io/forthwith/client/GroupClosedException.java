package io.forthwith.client;

import java.util.UUID;

/** A child could not be enqueued, because the job that is to be its parent takes none. */
public final class GroupClosedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final UUID groupId;

    GroupClosedException(UUID groupId) {
        super("Nothing was enqueued: job " + groupId
                + " takes no children, because it does not exist, is sealed or has ended; enqueue a parent in the same call as"
                + " its children, or unsealed before them");
        this.groupId = groupId;
    }

    /** The job that was to be the parent. */
    public UUID groupId() {
        return groupId;
    }
}
