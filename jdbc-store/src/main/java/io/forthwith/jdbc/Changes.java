package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.store.JobMoves;
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
    private final JobMoves moves;
    private final NavigableMap<UUID, Job> changed = new TreeMap<>(IdOrder.ASCENDING);
    private final List<JobFailure> failures = new ArrayList<>();
    private final List<Job> undos = new ArrayList<>();
    private final NavigableMap<UUID, Locale> parents = new TreeMap<>(IdOrder.ASCENDING);

    /**
     * @param rows the locked rows by id
     * @param now the database's time
     */
    Changes(Map<UUID, Job> rows, Instant now) {
        this.rows = rows;
        this.moves = new JobMoves(now);
    }

    /** The job as it stands with the changes made so far; null if it does not exist. */
    @Nullable
    Job get(UUID id) {
        return rows.get(id);
    }

    /** What jobs become at the database's time. */
    JobMoves moves() {
        return moves;
    }

    /**
     * Notes a job that has moved, the job that undoes its steps, if there is one, and the parent that may have to follow, in the
     * language {@code locale}.
     */
    void put(Job moved, Locale locale) {
        noteUndo(moved);
        rows.put(moved.id(), moved);
        changed.put(moved.id(), moved);
        if (moved.status() == JobStatus.WAITING) {
            settleLater(moved.id(), locale);
        } else if (moved.status().isFinal()) {
            settleLater(moved.parentId(), locale);
        }
    }

    /** A waiting parent as its children say: it goes on waiting, or ends and has its own parent look. */
    void putDecided(Job parent, Locale locale) {
        noteUndo(parent);
        rows.put(parent.id(), parent);
        changed.put(parent.id(), parent);
        if (parent.status().isFinal()) {
            settleLater(parent.parentId(), locale);
        }
    }

    private void noteUndo(Job moved) {
        moves.undo(rows.get(moved.id()), moved).ifPresent(undos::add);
    }

    /** Adds a failed attempt to the history. */
    void remember(JobFailure failure) {
        failures.add(failure);
    }

    /** Has a parent, if there is one, look at its children once all changes so far are written. */
    void settleLater(@Nullable UUID parent, Locale locale) {
        if (parent != null) {
            parents.putIfAbsent(parent, locale);
        }
    }

    /**
     * The deepest of the parents to look at, which are forgotten here. Those above them look when these have been decided and
     * written, or they would count what was.
     */
    NavigableMap<UUID, Locale> takeDeepestParents() {
        int deepest = parents.keySet().stream().mapToInt(this::depth).max().orElse(0);
        NavigableMap<UUID, Locale> taken = new TreeMap<>(parents);
        taken.keySet().removeIf(id -> depth(id) < deepest);
        parents.keySet().removeAll(taken.keySet());
        return taken;
    }

    private int depth(UUID id) {
        Job job = rows.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    /** Writes what has changed since the last write. */
    void write(Session session, Writes writes) throws SQLException {
        writes.update(session, changed.values());
        writes.remember(session, failures);
        writes.addUndos(session, undos);
        changed.clear();
        failures.clear();
        undos.clear();
    }

    Set<UUID> ids() {
        return rows.keySet();
    }
}
