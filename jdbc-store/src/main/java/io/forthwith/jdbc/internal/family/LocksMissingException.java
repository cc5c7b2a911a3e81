package io.forthwith.jdbc.internal.family;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * A transaction needs rows that it has not locked. To lock them now would break the lock order: the transaction is
 * rolled back and repeated, and locks them at its start.
 */
@SuppressWarnings("serial") // Caught where it is thrown for.
public final class LocksMissingException extends RuntimeException {
    private final Set<UUID> ids;

    LocksMissingException(Collection<UUID> ids) {
        super("Not locked: " + ids.size() + " jobs", null, false, false);
        this.ids = new HashSet<>(ids);
    }

    Set<UUID> ids() {
        return ids;
    }
}
