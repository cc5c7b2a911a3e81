package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Locked rows, what is to become of them, and which parents must look at their children afterwards. Lives within one
 * transaction. Not thread-safe.
 *
 * <p>A row that is locked cannot change under us, so what it becomes is worked out here, from what was read with the lock,
 * and the whole of it is written back.
 */
final class Changes {
    private final Map<UUID, Job> rows;
    private final Instant now;
    private final NavigableMap<UUID, Job> changed = new TreeMap<>(IdOrder.ASCENDING);
    private final List<JobFailure> failures = new ArrayList<>();
    private NavigableMap<UUID, Locale> parents = new TreeMap<>(IdOrder.ASCENDING);

    /**
     * @param rows the locked rows by id
     * @param now the database's time
     */
    Changes(Map<UUID, Job> rows, Instant now) {
        this.rows = rows;
        this.now = now;
    }

    /** The job as it stands with the changes made so far; null if it does not exist. */
    @Nullable
    Job get(UUID id) {
        return rows.get(id);
    }

    Instant now() {
        return now;
    }

    /** A builder of {@code job} in its next status. */
    Job.Builder move(Job job, JobStatus next) {
        return job.toBuilder().status(job.status().become(next)).updatedAt(now);
    }

    void put(Job job) {
        rows.put(job.id(), job);
        changed.put(job.id(), job);
    }

    /** Ends a job; its parent will look at its children in the language {@code locale}. */
    void end(Job job, JobStatus status, @Nullable JobError error, Locale locale) {
        put(move(job, status).error(error).completedAt(now).build());
        settleLater(job.parentId(), locale);
    }

    /** Adds a failed attempt to the history. */
    void remember(Job job, JobError error) {
        failures.add(new JobFailure(
                job.id(),
                job.claim(),
                job.attempt(),
                error.kind(),
                error.code(),
                error.message(),
                error.exceptionClass(),
                error.trace(),
                job.workerId(),
                job.startedAt(),
                now));
    }

    /** Has a parent, if there is one, look at its children once all changes so far are written. */
    void settleLater(@Nullable UUID parent, Locale locale) {
        if (parent != null) {
            // English is also what those speak who have nothing to say: a child that completes.
            parents.merge(parent, locale, (first, second) -> first.equals(Locale.ENGLISH) ? second : first);
        }
    }

    /** The parents to look at, which are forgotten here. */
    NavigableMap<UUID, Locale> takeParents() {
        NavigableMap<UUID, Locale> taken = parents;
        parents = new TreeMap<>(IdOrder.ASCENDING);
        return taken;
    }

    /** Writes what has changed since the last write. */
    void write(Session session, Writes writes) throws SQLException {
        writes.update(session, changed.values());
        writes.remember(session, failures);
        changed.clear();
        failures.clear();
    }

    Set<UUID> ids() {
        return rows.keySet();
    }
}
