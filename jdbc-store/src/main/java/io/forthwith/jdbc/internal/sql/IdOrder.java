package io.forthwith.jdbc.internal.sql;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** The order in which databases sort ids, and so the order in which rows are locked. */
public final class IdOrder {
    /** {@link UUID#compareTo} compares signed numbers; databases compare bytes or characters. */
    public static final Comparator<UUID> ASCENDING = (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    private IdOrder() {}

    public static List<UUID> sorted(Collection<UUID> ids) {
        return ids.stream().sorted(ASCENDING).toList();
    }
}
