package io.forthwith.store.rows;

import io.forthwith.Job;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks for the open jobs that hold unique keys. */
final class OpenKeys {
    private final JobRows rows;

    OpenKeys(JobRows rows) {
        this.rows = rows;
    }

    /** The open job that has this key; empty if the key is null. */
    Optional<UUID> holder(String type, @Nullable String key) {
        return key == null ? Optional.empty() : rows.holderOf(type, key);
    }

    /** A job that keeps these jobs from being open together: an open job with the key of one of them, or one of them with the key of another. */
    Optional<UUID> holder(List<Job> jobs) {
        Set<UniqueKey> own = new HashSet<>();
        for (Job job : jobs) {
            UniqueKey key = UniqueKey.of(job.type(), job.uniqueKey());
            Optional<UUID> holder = holder(job.type(), job.uniqueKey());
            if (holder.isPresent() || (key != null && !own.add(key))) {
                return Optional.of(holder.orElse(job.id()));
            }
        }
        return Optional.empty();
    }
}
