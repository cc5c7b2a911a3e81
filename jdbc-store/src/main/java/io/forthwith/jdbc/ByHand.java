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
final class ByHand {
    private final Dialect dialect;
    private final Kin kin;
    private final String holder;
    private final String openUndo;

    ByHand(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.kin = kin;
        this.holder = dialect.sql("""
                SELECT id FROM {job} WHERE type = ? AND {open_key} = ? AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting')""");
        // In the order of the index, or the table would be read in the hope of meeting one soon.
        this.openUndo = dialect.sql("""
                SELECT id FROM {job} WHERE undoes = ANY(?) AND undoes IS NOT NULL AND status <> 'completed'
                ORDER BY undoes LIMIT 1""");
    }

    Moved<CancelResult> cancel(Database database, UUID id, Locale locale) {
        return Kin.repeatedly(
                more -> database.transaction("cancel job " + id, session -> cancel(session, id, locale, more)));
    }

    private Moved<CancelResult> cancel(Session session, UUID id, Locale locale, Set<UUID> more) throws SQLException {
        Changes changes = kin.lock(session, Set.of(id), more);
        Job job = changes.get(id);
        if (job == null) {
            return Moved.quietly(CancelResult.NOT_FOUND);
        }
        if (job.status().isFinal()) {
            return Moved.quietly(CancelResult.ALREADY_ENDED);
        }
        if (job.isUndo()) {
            return Moved.quietly(CancelResult.NOT_CANCELLABLE);
        }
        if (job.status() != JobStatus.PROCESSING) {
            changes.cascade().move(changes.moves().cancel(job), locale);
            changes.end();
            return changes.moved(CancelResult.CANCELLED);
        }
        if (job.cancelRequestedAt() == null) {
            changes.put(changes.moves().requestCancel(job));
        }
        // Whoever wrote that a job is processing may have left out who does it.
        if (job.workerId() != null) {
            changes.tellToCancel(Claim.of(job));
        }
        changes.end();
        return changes.moved(CancelResult.REQUESTED);
    }

    Moved<SealResult> seal(Database database, UUID id, Locale locale) {
        return Kin.repeatedly(
                more -> database.transaction("seal group " + id, session -> seal(session, id, locale, more)));
    }

    private Moved<SealResult> seal(Session session, UUID id, Locale locale, Set<UUID> more) throws SQLException {
        Changes changes = kin.lock(session, Set.of(id), more);
        Job group = changes.get(id);
        if (group == null || group.relations().isSealed()) {
            return Moved.quietly(group == null ? SealResult.NOT_FOUND : SealResult.ALREADY_SEALED);
        }
        changes.put(changes.moves().seal(group));
        changes.cascade().look(id, locale);
        changes.end();
        return changes.moved(SealResult.SEALED);
    }

    /** A key that someone takes between our look and our write is refused by the unique index, and all of this is done again. */
    Moved<RetryResult> retry(Database database, UUID id) {
        return Kin.repeatedly(more -> database.transaction("retry job " + id, session -> {
            Set<UUID> all = new HashSet<>(more);
            all.addAll(kin.endedBelow(session, id));
            return retry(session, id, kin.lock(session, Set.of(id), all));
        }));
    }

    /** The same, but empty if the job has no relatives and others have locked it. */
    Moved<Optional<RetryResult>> retryUnlessLocked(Database database, UUID id) {
        return Kin.repeatedly(more -> database.transaction("retry job " + id, session -> {
            Set<UUID> below = kin.endedBelow(session, id);
            below.addAll(more);
            Changes changes = kin.lockAloneOr(session, id, below);
            if (changes.get(id) == null) {
                return Moved.quietly(Optional.empty());
            }
            Moved<RetryResult> retried = retry(session, id, changes);
            return retried.answering(Optional.of(retried.answer()));
        }));
    }

    private Moved<RetryResult> retry(Session session, UUID id, Changes changes) throws SQLException {
        Job job = changes.get(id);
        if (job == null) {
            return Moved.quietly(RetryResult.of(RetryResult.Outcome.NOT_FOUND));
        }
        if (!Transitions.isRetryable(job)) {
            return Moved.quietly(RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE));
        }
        RetryFamily family = SqlTrouble.unpacked(() -> RetryFamily.of(job, new Relatives(changes)));
        List<Job> members = family.members();
        Optional<UUID> undo = openUndo(session, members);
        if (undo.isPresent()) {
            return Moved.quietly(RetryResult.undoOpen(undo.get()));
        }
        UUID conflict = conflict(session, members);
        if (conflict != null) {
            return Moved.quietly(RetryResult.conflict(conflict));
        }
        SqlTrouble.unpacked(() -> family.retried(changes.moves()))
                .forEach(member -> changes.cascade().move(member, Locale.ENGLISH));
        changes.end();
        return changes.moved(RetryResult.of(RetryResult.Outcome.RETRIED));
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
        private final Changes changes;
        private @Nullable Set<UUID> parents;

        Relatives(Changes changes) {
            this.changes = changes;
        }

        @Override
        public Collection<Job> endedChildren(Job job) {
            return SqlTrouble.carried(() -> changes.getAll(kin.relations().endedChildren(changes.session(), job.id())));
        }

        @Override
        public Collection<Job> endedPredecessors(Job job) {
            return SqlTrouble.carried(
                    () -> changes.getAll(kin.relations().endedPredecessors(changes.session(), job.id())));
        }

        @Override
        public @Nullable Job parent(Job job) {
            return job.parentId() == null ? null : changes.get(job.parentId());
        }

        @Override
        public boolean isUnmarkedParent(Job job) {
            if (parents == null) {
                parents = SqlTrouble.carried(() -> kin.relations().unmarkedParents(changes.session(), changes.ids()));
            }
            return parents.contains(job.id());
        }
    }
}
