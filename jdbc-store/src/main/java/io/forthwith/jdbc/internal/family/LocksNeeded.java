package io.forthwith.jdbc.internal.family;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * A transaction has come upon rows that it has to change and has not locked. It cannot lock them now, out of turn: it is undone, and
 * begun anew with these locked from the start.
 */
@SuppressWarnings("serial") // Caught where it is thrown for.
public final class LocksNeeded extends RuntimeException {
    private final Set<UUID> ids;

    LocksNeeded(Collection<UUID> ids) {
        super("Not locked: " + ids.size() + " jobs", null, false, false);
        this.ids = new HashSet<>(ids);
    }

    Set<UUID> ids() {
        return ids;
    }
}
