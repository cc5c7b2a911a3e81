package io.forthwith.store;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a decision about a schedule may ask the store, after the row of the schedule was locked. */
public interface ScheduleFacts {
    /** The time of the store's own clock; the same in one decision. */
    Instant now();

    /** Those of these jobs that are open, as committed after the row of the schedule was locked. */
    Set<UUID> open(Collection<UUID> jobs);

    /** See {@link ScheduleStore#newestVersion}; as committed after the row of the schedule was locked. */
    @Nullable
    Long newestVersion(String owner);
}
