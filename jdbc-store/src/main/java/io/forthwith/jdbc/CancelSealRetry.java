package io.forthwith.jdbc;

import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.RetryFamily;
import io.forthwith.store.rules.Transitions;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do to jobs: cancel, retry, and seal. */
final class CancelSealRetry {
    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final SqlStatement holder;
    private final SqlStatement openUndo;

    CancelSealRetry(SqlDialect dialect, FamilyLocks locks) {
        this.dialect = dialect;
        this.locks = locks;
        this.holder = dialect.sql("""
                SELECT id FROM {job} WHERE type = ? AND {open_key} = ? AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting')""");
        // In the order of the index, or the table would be read in the hope of meeting one soon.
        this.openUndo = dialect.sql("""
                SELECT id FROM {job} WHERE undoes {in} AND undoes IS NOT NULL AND status <> 'completed'
                ORDER BY undoes LIMIT 1""");
    }

    Committed<CancelResult> cancel(Database database, UUID id, Locale locale) {
        return FamilyLocks.repeatedly(
                more -> database.transaction("cancel job " + id, session -> cancel(session, id, locale, more)));
    }

    private Committed<CancelResult> cancel(Session session, UUID id, Locale locale, Set<UUID> more)
            throws SQLException {
        LockedJobs locked = locks.lock(session, Set.of(id), more);
        Job job = locked.get(id);
        if (job == null) {
            return Committed.withoutNotices(CancelResult.NOT_FOUND);
        }
        if (job.status().isFinal()) {
            return Committed.withoutNotices(CancelResult.ALREADY_ENDED);
        }
        if (job.isUndo()) {
            return Committed.withoutNotices(CancelResult.NOT_CANCELLABLE);
        }
        if (job.status() != JobStatus.PROCESSING) {
            locked.cascade().move(locked.transitions().cancel(job), locale);
            locked.end();
            return locked.committed(CancelResult.CANCELLED);
        }
        if (job.cancelRequestedAt() == null) {
            locked.put(locked.transitions().requestCancel(job));
        }
        // Whoever wrote that a job is processing may have left out who does it.
        if (job.workerId() != null) {
            locked.tellToCancel(Claim.of(job));
        }
        locked.end();
        return locked.committed(CancelResult.REQUESTED);
    }

    Committed<SealResult> seal(Database database, UUID id, Locale locale) {
        return FamilyLocks.repeatedly(
                more -> database.transaction("seal group " + id, session -> seal(session, id, locale, more)));
    }

    private Committed<SealResult> seal(Session session, UUID id, Locale locale, Set<UUID> more) throws SQLException {
        LockedJobs locked = locks.lock(session, Set.of(id), more);
        Job group = locked.get(id);
        if (group == null || group.ties().isSealed()) {
            return Committed.withoutNotices(group == null ? SealResult.NOT_FOUND : SealResult.ALREADY_SEALED);
        }
        locked.put(locked.transitions().seal(group));
        locked.cascade().look(id, locale);
        locked.end();
        return locked.committed(SealResult.SEALED);
    }

    /** A key that someone takes between our look and our write is refused by the unique index, and all of this is done again. */
    Committed<RetryResult> retry(Database database, UUID id) {
        return FamilyLocks.repeatedly(more -> database.transaction("retry job " + id, session -> {
            Set<UUID> all = new HashSet<>(more);
            all.addAll(locks.endedBelow(session, id));
            return retry(session, id, locks.lock(session, Set.of(id), all));
        }));
    }

    /** The same, but empty if the job has no relatives and others have locked it. */
    Committed<Optional<RetryResult>> retryUnlessLocked(Database database, UUID id) {
        return FamilyLocks.repeatedly(more -> database.transaction("retry job " + id, session -> {
            Set<UUID> below = locks.endedBelow(session, id);
            below.addAll(more);
            LockedJobs locked = locks.lockAloneOr(session, id, below);
            if (locked.get(id) == null) {
                return Committed.withoutNotices(Optional.empty());
            }
            Committed<RetryResult> retried = retry(session, id, locked);
            return retried.answering(Optional.of(retried.answer()));
        }));
    }

    private Committed<RetryResult> retry(Session session, UUID id, LockedJobs locked) throws SQLException {
        Job job = locked.get(id);
        if (job == null) {
            return Committed.withoutNotices(RetryResult.of(RetryResult.Outcome.NOT_FOUND));
        }
        if (!Transitions.isRetryable(job)) {
            return Committed.withoutNotices(RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE));
        }
        RetryFamily family = CarriedSqlException.unpacked(() -> RetryFamily.of(job, new Relatives(locked)));
        List<Job> members = family.members();
        Optional<UUID> undo = openUndo(session, members);
        if (undo.isPresent()) {
            return Committed.withoutNotices(RetryResult.undoOpen(undo.get()));
        }
        UUID conflict = conflict(session, members);
        if (conflict != null) {
            return Committed.withoutNotices(RetryResult.conflict(conflict));
        }
        CarriedSqlException.unpacked(() -> family.retried(locked.transitions()))
                .forEach(member -> locked.cascade().move(member, Locale.ENGLISH));
        locked.end();
        return locked.committed(RetryResult.of(RetryResult.Outcome.RETRIED));
    }

    private Optional<UUID> openUndo(Session session, List<Job> family) throws SQLException {
        return session.first(
                openUndo, binder -> binder.ids(family.stream().map(Job::id).toList()), row -> dialect.readId(row, 1));
    }

    /** The open job that holds the key of a member, or the second member with the same key. */
    private @Nullable UUID conflict(Session session, List<Job> family) throws SQLException {
        Set<List<String>> own = new HashSet<>();
        for (Job member : family) {
            String key = member.uniqueKey();
            if (key == null) {
                continue;
            }
            List<UUID> holders = session.query(
                    holder, binder -> binder.text(member.type()).text(key), row -> dialect.readId(row, 1));
            if (!holders.isEmpty() || !own.add(List.of(member.type(), key))) {
                return holders.isEmpty() ? member.id() : holders.get(0);
            }
        }
        return null;
    }

    /** Who is retried together, of locked rows, as asked in statements of their own. */
    private final class Relatives implements RetryFamily.Relatives {
        private final LockedJobs locked;
        private @Nullable Set<UUID> parents;

        Relatives(LockedJobs locked) {
            this.locked = locked;
        }

        @Override
        public Collection<Job> endedChildren(Job job) {
            return CarriedSqlException.carried(
                    () -> locked.getAll(locks.queries().endedChildren(locked.session(), job.id())));
        }

        @Override
        public Collection<Job> endedPredecessors(Job job) {
            return CarriedSqlException.carried(
                    () -> locked.getAll(locks.queries().endedPredecessors(locked.session(), job.id())));
        }

        @Override
        public @Nullable Job parent(Job job) {
            return job.parentId() == null ? null : locked.get(job.parentId());
        }

        @Override
        public boolean isUnmarkedParent(Job job) {
            if (parents == null) {
                parents = CarriedSqlException.carried(
                        () -> locks.queries().unmarkedParents(locked.session(), locked.ids()));
            }
            return parents.contains(job.id());
        }
    }
}
