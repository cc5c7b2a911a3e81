package io.forthwith.jdbc.internal.family;

import io.forthwith.Job;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Rows that a transaction has locked. Not thread-safe.
 *
 * @param jobs by id, with all changes that are known so far
 * @param unlike the ids of the rows that have values which their jobs do not show. An update of such a row writes all columns
 */
record LockedRows(Map<UUID, Job> jobs, Set<UUID> unlike) {
    static LockedRows none() {
        return new LockedRows(new HashMap<>(), new HashSet<>());
    }

    void add(Job job, boolean isUnlike) {
        jobs.put(job.id(), job);
        if (isUnlike) {
            unlike.add(job.id());
        }
    }

    void addAll(LockedRows more) {
        jobs.putAll(more.jobs);
        unlike.addAll(more.unlike);
    }
}
