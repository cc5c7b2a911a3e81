package io.forthwith.jdbc.internal.family;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.CascadeRows;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.PurgeRule;
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
 * The locked rows of one transaction, and the changes to them and to their relatives. Not thread-safe.
 *
 * <p>A locked row cannot change, so its new state is computed here from what was read with the lock, and what has changed is
 * written back. So no other statement of the transaction changes a column of {@link io.forthwith.jdbc.internal.rows.JobColumn} in a locked row, unless its job is
 * under limits: then all columns are written.
 *
 * <p>A question about other jobs is a new statement, after all changes so far are written. Two transactions that
 * complete the last two children of a parent show why: the second one waits for the lock of the parent. A snapshot
 * from before that wait would still show the first child as open, and neither transaction would complete the parent.
 */
public final class LockedJobs implements CascadeRows {
    private final Session session;
    private final FamilyLocks locks;
    private final LockedRows locked;
    private final Map<UUID, Job> rows;
    private final Set<UUID> lookedFor;
    /** Those that are not there for sure: this transaction has deleted them, or has looked again after it had locked their children. */
    private final Set<UUID> absent = new HashSet<>();
    /** Jobs that are not locked, with their parents. */
    private final Map<UUID, @Nullable UUID> ancestors = new HashMap<>();

    private final JobMoves transitions;
    private final Cascade cascade;
    /** What the rows of the changed jobs hold. */
    private final Map<UUID, Job> stored = new HashMap<>();

    private final NavigableMap<UUID, Job> changed = new TreeMap<>(IdOrder.ASCENDING);
    private final NavigableMap<UUID, Job> changedRelations = new TreeMap<>(IdOrder.ASCENDING);
    private final List<UUID> deleted = new ArrayList<>();
    private final List<FailedAttempt> failures = new ArrayList<>();
    private final List<Job> undos = new ArrayList<>();
    private final List<Claim> toCancel = new ArrayList<>();
    private final Set<UUID> written = new HashSet<>();
    private final Map<UUID, Job> released = new HashMap<>();
    private boolean hasAdded;

    /**
     * The rows that a transaction has locked.
     *
     * @param locked the locked rows
     * @param lookedFor the ids that were asked for, also those of jobs that do not exist
     * @param now the time of the database
     */
    LockedJobs(Session session, FamilyLocks locks, LockedRows locked, Set<UUID> lookedFor, Instant now) {
        this.session = session;
        this.locks = locks;
        this.locked = locked;
        this.rows = locked.jobs();
        this.lookedFor = lookedFor;
        this.transitions = new JobMoves(now);
        this.cascade = new Cascade(transitions, this);
    }

    /** The transitions of jobs at the time of the database. */
    public JobMoves transitions() {
        return transitions;
    }

    /** Takes changes from which others follow. */
    public Cascade cascade() {
        return cascade;
    }

    /** The ids of all parents of locked rows. */
    public Set<UUID> parents() {
        return rows.values().stream()
                .map(Job::parentId)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    FamilyQueries queries() {
        return locks.queries();
    }

    public Session session() {
        return session;
    }

    public Set<UUID> ids() {
        return rows.keySet();
    }

    /** These rows are locked by another transaction. Whoever needs one has to ask for it. */
    void leaveOut(Set<UUID> held) {
        lookedFor.removeAll(held);
    }

    /** Adds a job that this transaction has inserted. */
    void inserted(Job job) {
        hasAdded |= job.status() == JobStatus.PENDING;
        written.add(job.id());
        // The database has set some columns.
        locked.add(job, true);
    }

    /**
     * The job with all changes so far; null if it does not exist.
     *
     * <p>A parent that was not there is looked for once more: while this transaction waited for the lock of a child,
     * another one may have added the parent again, and it has counted the child as it was.
     */
    @Override
    public @Nullable Job get(UUID id) {
        if (!rows.containsKey(id)) {
            if (!lookedFor.contains(id)) {
                CarriedSqlException.carried(() -> {
                    requireLocked(Set.of(id));
                    return true;
                });
            } else if (isParent(id) && absent.add(id)) {
                CarriedSqlException.carried(() -> lookAgain(Set.of(id)));
            }
        }
        return rows.get(id);
    }

    private boolean isParent(UUID id) {
        return rows.values().stream().anyMatch(job -> id.equals(job.parentId()));
    }

    /**
     * Looks by a new statement for rows that were not there.
     *
     * @throws LocksMissingException if one is there now, and another transaction has locked it
     */
    boolean lookAgain(Set<UUID> ids) throws SQLException {
        LockedAndBusyJobs now = locks.lockWhatIsFree(session, ids);
        if (!now.busy().isEmpty()) {
            throw new LocksMissingException(now.busy());
        }
        locked.addAll(now.locked().locked);
        return true;
    }

    /** The jobs with all changes so far, without those that do not exist. */
    public List<Job> getAll(Collection<UUID> ids) throws SQLException {
        requireLocked(ids);
        return ids.stream().map(rows::get).filter(Objects::nonNull).toList();
    }

    /**
     * Locks those of these rows that are not locked yet.
     *
     * @throws LocksMissingException if another transaction has locked one of them
     */
    public void requireLocked(Collection<UUID> ids) throws SQLException {
        Set<UUID> missing = new HashSet<>(ids);
        missing.removeIf(id -> rows.containsKey(id) || lookedFor.contains(id));
        if (!missing.isEmpty()) {
            locked.addAll(locks.lockMore(session, missing));
            missing.removeAll(rows.keySet());
        }
        if (!missing.isEmpty()) {
            throw new LocksMissingException(missing);
        }
    }

    @Override
    public void put(Job moved) {
        Job before = rows.put(moved.id(), moved);
        transitions.undo(before, moved).ifPresent(this::addUndo);
        if (changed.put(moved.id(), moved) == null && before != null) {
            stored.put(moved.id(), before);
        }
        if (before != null && moved.status() != JobStatus.PROCESSING) {
            release(before);
        }
        if (before != null && !before.relations().equals(moved.relations())) {
            changedRelations.put(moved.id(), moved);
        }
    }

    private void addUndo(Job undo) {
        undos.add(undo);
        hasAdded = true;
    }

    /** Deletes a job that no other job waits for. */
    public void delete(Job job) {
        rows.remove(job.id());
        deleted.add(job.id());
        absent.add(job.id());
        release(job);
    }

    /** Without looking at anything else, it leaves notes for the limits of a job that has run or was to run, or that held up its sequence. */
    private void release(Job before) {
        boolean mayRun = before.status() == JobStatus.PROCESSING
                || before.status() == JobStatus.PENDING
                || PurgeRule.blocksSequence(before);
        if (mayRun && !before.limits().isEmpty()) {
            released.put(before.id(), before);
            hasAdded = true;
        }
    }

    /** Adds a failed attempt to the history of its job. */
    public void remember(FailedAttempt failure) {
        failures.add(failure);
    }

    /** Requests that the worker of a running job stops; the worker gets the hint after the commit. */
    public void requestCancel(CancelRule.RequestCancel request) {
        if (request.requested() != null) {
            put(request.requested());
        }
        if (request.claim() != null) {
            toCancel.add(request.claim());
        }
    }

    /** Computes all that follows from the changes, and writes it. */
    public void end() throws SQLException {
        CarriedSqlException.unpacked(() -> {
            cascade.settle();
            return true;
        });
        write();
        hold();
    }

    /**
     * Holds the locks also against transactions on other servers of a cluster: this or the other one fails with a conflict. After all
     * writes, for what rests on rows that this transaction has only read.
     */
    public void hold() throws SQLException {
        Set<UUID> onlyRead = new HashSet<>(rows.keySet());
        onlyRead.removeAll(written);
        if (!onlyRead.isEmpty()) {
            locks.hold(session, onlyRead);
        }
    }

    /** The answer, and the notices to give after the commit. */
    public <T> AnswerWithNotices<T> committed(T answer) {
        List<Claim> all = new ArrayList<>(toCancel);
        all.addAll(cascade.cancelRequested());
        return new AnswerWithNotices<>(answer, all, hasAdded || cascade.hasReleased());
    }

    /** Writes what has changed since the last write. */
    public void write() throws SQLException {
        locks.writes()
                .update(session, changed.values().stream().map(this::change).toList());
        locks.writes().updateRelations(session, changedRelations.values());
        locks.writes()
                .remember(
                        session,
                        failures,
                        id -> Objects.requireNonNull(rows.get(id)).type());
        locks.writes().addUndos(session, undos);
        if (!deleted.isEmpty()) {
            locks.writes().delete(session, deleted);
        }
        locks.writes()
                .leaveNotes(session, released.values().stream().map(Job::limits).toList());
        released.clear();
        written.addAll(changed.keySet());
        written.addAll(changedRelations.keySet());
        locked.unlike().removeAll(changed.keySet());
        stored.clear();
        changed.clear();
        changedRelations.clear();
        failures.clear();
        undos.clear();
        deleted.clear();
    }

    /** Of a job under limits another statement of this transaction may have changed the row. */
    private JobUpdates.Change change(Job job) {
        Job before = stored.get(job.id());
        boolean isKnown = before != null
                && !locked.unlike().contains(job.id())
                && before.limits().isEmpty()
                && job.limits().isEmpty();
        return new JobUpdates.Change(isKnown ? before : null, job);
    }

    @Override
    public int depth(UUID id) {
        int depth = 0;
        // Another program may have written a job that is its own ancestor.
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
            CarriedSqlException.carried(() -> readAncestors(id));
        }
        return ancestors.get(id);
    }

    /**
     * Reads the ancestors of all jobs at once: successors, and jobs that were locked later, are locked without their
     * ancestors.
     */
    private boolean readAncestors(UUID first) throws SQLException {
        Set<UUID> unknown = unlocked(rows.values().stream().map(Job::parentId));
        unknown.add(first);
        while (!unknown.isEmpty()) {
            Map<UUID, UUID> parents = locks.queries().parentsOf(session, unknown);
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
        return ask(queries -> queries.withOpenChildren(session, parents));
    }

    @Override
    public Map<UUID, ChildCounts> children(Set<UUID> parents) {
        return ask(queries -> queries.children(session, parents));
    }

    @Override
    public Map<UUID, Integer> sizes(Set<UUID> parents) {
        return ask(queries -> queries.lastPositions(session, parents));
    }

    @Override
    public Map<UUID, UUID> finishers(Set<UUID> parents) {
        return ask(queries -> queries.finishers(session, parents));
    }

    @Override
    public List<UUID> childrenToCancel(UUID parent) {
        return ask(queries -> {
            List<UUID> children = queries.childrenToCancel(session, Set.of(parent));
            try {
                requireLocked(children);
            } catch (LocksMissingException some) {
                // All descendants at once: otherwise each generation would repeat the transaction.
                throw new LocksMissingException(locks.openBelow(session, parent));
            }
            return children;
        });
    }

    @Override
    public @Nullable FirstFailure firstFailedChild(UUID parent) {
        return ask(queries -> queries.firstFailedChild(session, parent));
    }

    @Override
    public Set<UUID> successors(Set<UUID> predecessors) {
        return ask(queries -> {
            Set<UUID> successors = queries.successors(session, predecessors);
            requireLocked(successors);
            return successors;
        });
    }

    @Override
    public List<UUID> behind(SequencePlace place) {
        return ask(queries -> {
            List<UUID> behind = queries.behind(session, place);
            requireLocked(behind);
            return behind;
        });
    }

    @Override
    public Set<UUID> withOpenPredecessors(Set<UUID> jobs) {
        return ask(queries -> queries.withOpenPredecessors(session, jobs));
    }

    @Override
    public Map<UUID, PredecessorCounts> predecessors(Set<UUID> jobs) {
        return ask(queries -> queries.predecessors(session, jobs));
    }

    @Override
    public @Nullable FirstFailure firstFailedPredecessor(UUID job) {
        return ask(queries -> queries.firstFailedPredecessor(session, job));
    }

    private <T extends @Nullable Object> T ask(Question<T> question) {
        return CarriedSqlException.carried(() -> {
            write();
            return question.put(locks.queries());
        });
    }

    @FunctionalInterface
    private interface Question<T extends @Nullable Object> {
        T put(FamilyQueries queries) throws SQLException;
    }
}
