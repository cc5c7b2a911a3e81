package io.forthwith.store.rules;

import io.forthwith.Job;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;

/** Whether several jobs may be open together: at most one open job of a type has a unique key. A pure function. */
public final class UniqueKeyRule {
    private UniqueKeyRule() {}

    /**
     * The job that keeps these jobs from being open together.
     *
     * @param jobs jobs that are not open yet
     * @param holderOf the open job that has this type and unique key. Asked for one job after the other, and not any more once a conflict
     *     is found
     * @return an open job that has the key of one of them, or the second of them that has the same key; empty if they may be open together
     */
    public static Optional<UUID> conflict(List<Job> jobs, BiFunction<String, String, Optional<UUID>> holderOf) {
        Set<List<String>> own = new HashSet<>();
        for (Job job : jobs) {
            String key = job.uniqueKey();
            if (key != null) {
                Optional<UUID> holder = holderOf.apply(job.type(), key);
                if (holder.isPresent()) {
                    return holder;
                }
                if (!own.add(List.of(job.type(), key))) {
                    return Optional.of(job.id());
                }
            }
        }
        return Optional.empty();
    }
}
