package io.forthwith.jdbc;

import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.RetryRows;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.SealRule;
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
        CancelRule.Verdict verdict = CancelRule.decide(changes.get(id), changes.moves());
        if (verdict instanceof CancelRule.NoChange) {
            return Moved.quietly(verdict.answer());
        }
        if (verdict instanceof CancelRule.CancelNow now) {
            changes.cascade().move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request) {
            changes.requestCancel(request);
        }
        changes.end();
        return changes.moved(verdict.answer());
    }

    Moved<SealResult> seal(Database database, UUID id, Locale locale) {
        return Kin.repeatedly(
                more -> database.transaction("seal group " + id, session -> seal(session, id, locale, more)));
    }

    private Moved<SealResult> seal(Session session, UUID id, Locale locale, Set<UUID> more) throws SQLException {
        Changes changes = kin.lock(session, Set.of(id), more);
        SealRule.Verdict verdict = SealRule.decide(changes.get(id), changes.moves());
        if (verdict.sealed() == null) {
            return Moved.quietly(verdict.answer());
        }
        changes.put(verdict.sealed());
        changes.cascade().look(id, locale);
        changes.end();
        return changes.moved(verdict.answer());
    }

    /** A key that someone takes between our look and our write is refused by the unique index, and all of this is done again. */
    Moved<RetryResult> retry(Database database, UUID id) {
        return Kin.repeatedly(more -> database.transaction("retry job " + id, session -> {
            Set<UUID> all = new HashSet<>(more);
            all.addAll(kin.endedBelow(session, id));
            return retry(kin.lock(session, Set.of(id), all), id);
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
            Moved<RetryResult> retried = retry(changes, id);
            return retried.answering(Optional.of(retried.answer()));
        }));
    }

    private Moved<RetryResult> retry(Changes changes, UUID id) throws SQLException {
        RetryRule.Verdict verdict =
                SqlTrouble.unpacked(() -> RetryRule.decide(changes.get(id), new RowsOfRetry(changes), changes.moves()));
        if (verdict.retried().isEmpty()) {
            return Moved.quietly(verdict.answer());
        }
        verdict.retried().forEach(member -> changes.cascade().move(member, Locale.ENGLISH));
        changes.end();
        return changes.moved(verdict.answer());
    }

    /** Locked rows. Each question is a statement of its own. */
    private final class RowsOfRetry implements RetryRows {
        private final Changes changes;
        private @Nullable Set<UUID> parents;

        RowsOfRetry(Changes changes) {
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

        @Override
        public Optional<UUID> openUndo(List<Job> jobs) {
            return first(
                    openUndo, binder -> binder.ids(jobs.stream().map(Job::id).toList()));
        }

        @Override
        public Optional<UUID> keyHolder(String type, String uniqueKey) {
            return first(holder, binder -> binder.text(type).text(uniqueKey));
        }

        private Optional<UUID> first(String statement, Binder.Params params) {
            return SqlTrouble.carried(() -> changes.session().first(statement, params, row -> dialect.readId(row, 1)));
        }
    }
}
