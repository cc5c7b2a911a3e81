package io.forthwith.dashboard.internal.data;

import io.forthwith.Job;
import io.forthwith.client.JobClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that were looked up by their ids. Immutable.
 *
 * @param jobs those that exist
 * @param looked the ids that were looked up: others took too long
 */
public record JobsById(Map<UUID, Job> jobs, Set<UUID> looked) {
    /** Looks them up one by one, and begins no other look after this time. */
    static JobsById read(JobClient client, List<UUID> ids, Duration mostTime) {
        Map<UUID, Job> jobs = new HashMap<>();
        Set<UUID> looked = new HashSet<>();
        long end = System.nanoTime() + mostTime.toNanos();
        for (UUID id : ids) {
            if (System.nanoTime() - end > 0) {
                break;
            }
            client.find(id)
                    .ifPresent(job -> jobs.put(
                            id, job.toBuilder().input(null).result(null).build()));
            looked.add(id);
        }
        return new JobsById(Map.copyOf(jobs), Set.copyOf(looked));
    }

    /** The job with this id; null if there is none, or it was not looked up. */
    @Nullable
    public Job job(UUID id) {
        return jobs.get(id);
    }

    /** Whether it is known whether a job exists. */
    public boolean isKnown(UUID id) {
        return looked.contains(id);
    }
}
