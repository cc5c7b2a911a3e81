package io.forthwith.jdbc.internal.rows;

import io.forthwith.JobQuery;
import io.forthwith.jdbc.internal.sql.IdOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Ids among which the jobs of a query can be. Most ids grow with time, and are made before their jobs are enqueued; so a span of time is a range of ids. The
 * others are looked for everywhere. Immutable.
 *
 * @param from the lowest id; null for all
 * @param to all ids are lower than this one; null for all
 * @param isOfOthers whether only those ids are meant that do not grow with time
 */
record IdZone(@Nullable UUID from, @Nullable UUID to, boolean isOfOthers) {
    /** How long before it is enqueued the id of a job may have been made, and how far a clock may be ahead that makes ids. */
    private static final Duration ID_AND_ROW = Duration.ofHours(1);

    private static final long MOST_MILLIS = (1L << 48) - 1;
    private static final Instant LAST = Instant.ofEpochMilli(MOST_MILLIS).minus(ID_AND_ROW);
    private static final Instant FIRST = Instant.EPOCH.plus(ID_AND_ROW);

    /** The zones of a query, from the highest ids down. */
    static List<IdZone> of(JobQuery query, JobPages pages) {
        if (query.userId() != null || query.parentId() != null || pages.otherIds() == null) {
            return List.of(new IdZone(null, null, false));
        }
        Instant since = query.since();
        // A job that ended before a time was enqueued before it.
        Instant until = earlier(query.until(), query.endedUntil());
        UUID from = since == null || since.isBefore(FIRST) ? null : lowestId(since.minus(ID_AND_ROW));
        UUID to = until == null || until.isAfter(LAST) ? null : lowestId(until.plus(ID_AND_ROW));
        List<IdZone> zones = new ArrayList<>();
        if (to != null) {
            zones.add(new IdZone(to, null, true));
        }
        zones.add(new IdZone(from, to, false));
        if (from != null) {
            zones.add(new IdZone(null, from, true));
        }
        return zones;
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isBefore(one)) ? other : one;
    }

    private static UUID lowestId(Instant time) {
        long millis = Math.min(MOST_MILLIS, Math.max(0, time.toEpochMilli()));
        return new UUID(millis << 16 | 0x7000L, 0x8000000000000000L);
    }

    void addTo(JobConditions conditions, JobPages pages) {
        if (from != null) {
            conditions.add("id >= ?", binder -> binder.id(from));
        }
        if (to != null) {
            conditions.add("id < ?", binder -> binder.id(to));
        }
        if (isOfOthers) {
            conditions.add(Objects.requireNonNull(pages.otherIds()));
        }
    }

    /** Whether a page that begins below this id has passed it. */
    boolean isPassed(@Nullable UUID before) {
        return before != null && from != null && IdOrder.ASCENDING.compare(before, from) <= 0;
    }
}
