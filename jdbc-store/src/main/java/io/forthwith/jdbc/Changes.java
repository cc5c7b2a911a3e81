package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.CascadeRows;
import io.forthwith.store.rules.Transitions;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Locked rows, what is to become of them, and what follows from that. Lives within one transaction. Not thread-safe.
 *
 * <p>A row that is locked cannot change under us, so what it becomes is worked out here, from what was read with the lock,
 * and the whole of it is written back. Whoever asks how others stand is answered by a new statement, after all that was put so far is
 * written: an older snapshot might not see a sibling that ended while we waited for the lock of a parent, and two last children
 * would miss each other.
 */
final class Changes implements CascadeRows {
    private final Session session;
    private final Kin kin;
    private final Map<UUID, Job> rows;
    private final Set<UUID> lookedFor;
    /** Jobs that are not locked, and their parents. */
    private final Map<UUID, @Nullable UUID> ancestors = new HashMap<>();

    private final Transitions moves;
    private final Cascade cascade;
    private final NavigableMap<UUID, Job> changed = new TreeMap<>(IdOrder.ASCENDING);
    private final NavigableMap<UUID, Job> changedTies = new TreeMap<>(IdOrder.ASCENDING);
    private final List<UUID> deleted = new ArrayList<>();
    private final List<JobFailure> failures = new ArrayList<>();
    private final List<Job> undos = new ArrayList<>();
    private final List<Claim> toCancel = new ArrayList<>();
    private boolean hasAdded;

    /**
     * @param rows the locked rows by id
     * @param lookedFor their ids, and those of jobs that do not exist
     * @param now the database's time
     */
    Changes(Session session, Kin kin, Map<UUID, Job> rows, Set<UUID> lookedFor, Instant now) {
        this.session = session;
        this.kin = kin;
        this.rows = rows;
        this.lookedFor = lookedFor;
        this.moves = new Transitions(now);
        this.cascade = new Cascade(moves, this);
    }

    /** What jobs become at the database's time. */
    Transitions moves() {
        return moves;
    }

    /** Where moves are made from which others may follow. */
    Cascade cascade() {
        return cascade;
    }

    /** The ids of all parents of locked rows. */
    Set<UUID> parents() {
        return rows.values().stream()
                .map(Job::parentId)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    Session session() {
        return session;
    }

    Set<UUID> ids() {
        return rows.keySet();
    }

    /** Takes up a row that this transaction has inserted. */
    void inserted(Job job) {
        hasAdded |= job.status() == JobStatus.PENDING;
        rows.put(job.id(), job);
    }

    /** The job as it stands with the changes made so far; null if it does not exist. */
    @Override
    public @Nullable Job get(UUID id) {
        if (!rows.containsKey(id) && !lookedFor.contains(id)) {
            SqlTrouble.carried(() -> {
                requireLocked(Set.of(id));
                return true;
            });
        }
        return rows.get(id);
    }

    /** Jobs as they stand, those left out that do not exist. */
    List<Job> getAll(Collection<UUID> ids) throws SQLException {
        requireLocked(ids);
        return ids.stream().map(rows::get).filter(Objects::nonNull).toList();
    }

    /** Locks those of these rows that are not locked yet, or has the transaction begun anew. */
    void requireLocked(Collection<UUID> ids) throws SQLException {
        Set<UUID> missing = new HashSet<>(ids);
        missing.removeIf(id -> rows.containsKey(id) || lookedFor.contains(id));
        if (!missing.isEmpty()) {
            rows.putAll(kin.lockMore(session, missing));
            missing.removeAll(rows.keySet());
        }
        if (!missing.isEmpty()) {
            throw new NotLocked(missing);
        }
    }

    @Override
    public void put(Job moved) {
        Job before = rows.put(moved.id(), moved);
        moves.undo(before, moved).ifPresent(undos::add);
        changed.put(moved.id(), moved);
        if (before != null && !before.relations().equals(moved.relations())) {
            changedTies.put(moved.id(), moved);
        }
    }

    /** Deletes a job that nobody waits for. */
    void delete(Job job) {
        rows.remove(job.id());
        deleted.add(job.id());
    }

    /** Adds a failed attempt to the history. */
    void remember(JobFailure failure) {
        failures.add(failure);
    }

    /** Asks the worker of a running job to stop; it is told once this is committed. */
    void requestCancel(CancelRule.RequestCancel request) {
        if (request.requested() != null) {
            put(request.requested());
        }
        if (request.claim() != null) {
            toCancel.add(request.claim());
        }
    }

    /** Works out all that follows, and writes it. */
    void end() throws SQLException {
        SqlTrouble.unpacked(() -> {
            cascade.settle();
            return true;
        });
        write();
    }

    /** The answer, with what is to be done once this is committed. */
    <T> Moved<T> moved(T answer) {
        List<Claim> all = new ArrayList<>(toCancel);
        all.addAll(cascade.cancelRequested());
        return new Moved<>(answer, all, hasAdded || cascade.hasReleased());
    }

    /** Writes what has changed since the last write. */
    void write() throws SQLException {
        kin.writes().update(session, changed.values());
        kin.writes().updateTies(session, changedTies.values());
        kin.writes().remember(session, failures);
        kin.writes().addUndos(session, undos);
        if (!deleted.isEmpty()) {
            kin.writes().delete(session, deleted);
        }
        changed.clear();
        changedTies.clear();
        failures.clear();
        undos.clear();
        deleted.clear();
    }

    @Override
    public int depth(UUID id) {
        int depth = 0;
        // A stranger may have written a job that is its own ancestor.
        int most = rows.size() + ancestors.size();
        for (UUID parent = parentOf(id); parent != null && depth <= most; parent = parentOf(parent)) {
            depth++;
        }
        return depth;
    }

    private @Nullable UUID parentOf(UUID id) {
        Job job = rows.get(id);
        if (job != null) {
            return job.parentId();
        }
        if (!ancestors.containsKey(id)) {
            SqlTrouble.carried(() -> readAncestors(id));
        }
        return ancestors.get(id);
    }

    /** Of all jobs at once: those that come after others, and those locked out of turn, are locked without their ancestors. */
    private boolean readAncestors(UUID first) throws SQLException {
        Set<UUID> unknown = unlocked(rows.values().stream().map(Job::parentId));
        unknown.add(first);
        while (!unknown.isEmpty()) {
            Map<UUID, UUID> parents = kin.relations().parentsOf(session, unknown);
            unknown.forEach(id -> ancestors.put(id, parents.get(id)));
            unknown = unlocked(parents.values().stream());
        }
        return true;
    }

    private Set<UUID> unlocked(Stream<? extends @Nullable UUID> ids) {
        return ids.filter(Objects::nonNull)
                .filter(id -> !rows.containsKey(id) && !ancestors.containsKey(id))
                .collect(Collectors.toSet());
    }

    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return ask(relations -> relations.withOpenChildren(session, parents));
    }

    @Override
    public Map<UUID, ChildCounts> children(Set<UUID> parents) {
        return ask(relations -> relations.children(session, parents));
    }

    @Override
    public Map<UUID, Integer> sizes(Set<UUID> parents) {
        return ask(relations -> relations.lastPositions(session, parents));
    }

    @Override
    public Map<UUID, UUID> finishers(Set<UUID> parents) {
        return ask(relations -> relations.finishers(session, parents));
    }

    @Override
    public List<UUID> childrenToCancel(UUID parent) {
        return ask(relations -> {
            List<UUID> children = relations.childrenToCancel(session, parent);
            try {
                requireLocked(children);
            } catch (NotLocked some) {
                // All below at once, or each generation would begin anew.
                throw new NotLocked(kin.openBelow(session, parent));
            }
            return children;
        });
    }

    @Override
    public @Nullable FirstFailure firstFailedChild(UUID parent) {
        return ask(relations -> relations.firstFailedChild(session, parent));
    }

    @Override
    public Set<UUID> successors(Set<UUID> predecessors) {
        return ask(relations -> {
            Set<UUID> successors = relations.successors(session, predecessors);
            requireLocked(successors);
            return successors;
        });
    }

    @Override
    public Set<UUID> withOpenPredecessors(Set<UUID> jobs) {
        return ask(relations -> relations.withOpenPredecessors(session, jobs));
    }

    @Override
    public Map<UUID, PredecessorCounts> predecessors(Set<UUID> jobs) {
        return ask(relations -> relations.predecessors(session, jobs));
    }

    @Override
    public @Nullable FirstFailure firstFailedPredecessor(UUID job) {
        return ask(relations -> relations.firstFailedPredecessor(session, job));
    }

    private <T extends @Nullable Object> T ask(Question<T> question) {
        return SqlTrouble.carried(() -> {
            write();
            return question.put(kin.relations());
        });
    }

    @FunctionalInterface
    private interface Question<T extends @Nullable Object> {
        T put(Relations relations) throws SQLException;
    }
}
