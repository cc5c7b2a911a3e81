package io.forthwith.jdbc.internal.operations;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LockPolling;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.rules.CancelRule;
import io.forthwith.store.rules.RetryRows;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.SealRule;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Cancels, seals and retries single jobs by hand. Immutable and thread-safe. */
public final class CancelSealRetry {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE_FOR_ONE_OF_MANY = Duration.ofMillis(100);

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final StatementText holder;
    private final StatementText openUndo;

    public CancelSealRetry(SqlDialect dialect, FamilyLocks locks) {
        this.dialect = dialect;
        this.locks = locks;
        this.holder = dialect.sql("""
                SELECT id FROM {job} WHERE type = ? AND {open_key} = ? AND {open_key} IS NOT NULL
                  AND status IN ('pending', 'processing', 'waiting')""");
        // In the order of the index: otherwise the planner would read the table and hope to meet one soon.
        this.openUndo = dialect.sql("""
                SELECT id FROM {job} WHERE undoes {in} AND undoes IS NOT NULL AND status <> 'completed'
                ORDER BY undoes LIMIT 1""");
    }

    public AnswerWithNotices<ActResult> cancel(Database database, UUID id, Locale locale) {
        return cancel(database, id, locale, Beside.nothing());
    }

    /**
     * It waits for others, who may have gone silent, for a second.
     *
     * @param beside is not done if the answer is {@link ActResult.Outcome#LOCKED}
     */
    public AnswerWithNotices<ActResult> cancel(Database database, UUID id, Locale locale, Beside<ActResult> beside) {
        Database impatient = database.withLockWait(PATIENCE);
        Supplier<AnswerWithNotices<ActResult>> cancel =
                () -> FamilyLocks.repeatedly(more -> impatient.transaction("cancel job " + id, session -> {
                    beside.begins(session);
                    AnswerWithNotices<ActResult> cancelled = cancel(session, id, locale, more);
                    beside.ends(session, cancelled.answer());
                    return cancelled;
                }));
        try {
            return LockPolling.of(dialect.limitsLockWaits(PATIENCE) ? Duration.ZERO : PATIENCE, cancel, cancel);
        } catch (LocksHeldException others) {
            return AnswerWithNotices.withoutNotices(ActResult.LOCKED);
        }
    }

    /**
     * The same, but empty if the locked job is not selected any more. One of many: it waits for a moment only.
     *
     * @param beside is not done if the answer is empty or {@link ActResult.Outcome#LOCKED}
     */
    public Optional<AnswerWithNotices<ActResult>> cancelIfSelected(
            Database database, UUID id, Predicate<Job> isSelected, Locale locale, Beside<ActResult> beside) {
        Database impatient = database.withLockWait(PATIENCE_FOR_ONE_OF_MANY);
        Supplier<Optional<AnswerWithNotices<ActResult>>> cancel =
                () -> FamilyLocks.repeatedly(more -> impatient.transaction("cancel job " + id, session -> {
                    beside.begins(session);
                    LockedJobs locked = locks.lock(session, Set.of(id), more);
                    Job job = locked.get(id);
                    if (job == null || !isSelected.test(job)) {
                        return Optional.empty();
                    }
                    AnswerWithNotices<ActResult> cancelled = cancelLocked(locked, id, locale);
                    beside.ends(session, cancelled.answer());
                    return Optional.of(cancelled);
                }));
        try {
            return LockPolling.of(
                    dialect.limitsLockWaits(PATIENCE_FOR_ONE_OF_MANY) ? Duration.ZERO : PATIENCE_FOR_ONE_OF_MANY,
                    cancel,
                    cancel);
        } catch (LocksHeldException others) {
            return Optional.of(AnswerWithNotices.withoutNotices(ActResult.LOCKED));
        }
    }

    /** The same within a transaction that has begun. */
    AnswerWithNotices<ActResult> cancel(Session session, UUID id, Locale locale) throws SQLException {
        return FamilyLocks.repeatedlyWithin(session, more -> cancel(session, id, locale, more));
    }

    private AnswerWithNotices<ActResult> cancel(Session session, UUID id, Locale locale, Set<UUID> more)
            throws SQLException {
        return cancelLocked(locks.lock(session, Set.of(id), more), id, locale);
    }

    private static AnswerWithNotices<ActResult> cancelLocked(LockedJobs locked, UUID id, Locale locale)
            throws SQLException {
        ActResult answer = cancel(locked, id, locale);
        if (answer.outcome() != ActResult.Outcome.DONE && answer.outcome() != ActResult.Outcome.REQUESTED) {
            return AnswerWithNotices.withoutNotices(answer);
        }
        locked.end();
        return locked.committed(answer);
    }

    /** Cancels a locked job; what follows is left to the end. */
    static ActResult cancel(LockedJobs locked, UUID id, Locale locale) {
        CancelRule.Verdict verdict = CancelRule.decide(locked.get(id), locked.transitions());
        if (verdict instanceof CancelRule.CancelNow now) {
            locked.cascade().move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request) {
            locked.requestCancel(request);
        }
        return verdict.answer();
    }

    public AnswerWithNotices<ActResult> seal(Database database, UUID id, Locale locale) {
        return FamilyLocks.repeatedly(
                more -> database.transaction("seal group " + id, session -> seal(session, id, locale, more)));
    }

    private AnswerWithNotices<ActResult> seal(Session session, UUID id, Locale locale, Set<UUID> more)
            throws SQLException {
        LockedJobs locked = locks.lock(session, Set.of(id), more);
        SealRule.Verdict verdict = SealRule.decide(locked.get(id), locked.transitions());
        if (verdict.sealed() == null) {
            return AnswerWithNotices.withoutNotices(verdict.answer());
        }
        locked.put(verdict.sealed());
        locked.cascade().look(id, locale);
        locked.end();
        return locked.committed(verdict.answer());
    }

    /**
     * If another transaction takes the key between the check and the write, the unique index refuses the write, and
     * the transaction is repeated.
     */
    public AnswerWithNotices<ActResult> retry(Database database, UUID id) {
        return retry(database, id, Beside.nothing());
    }

    /** The same, and does something in the same transaction. */
    public AnswerWithNotices<ActResult> retry(Database database, UUID id, Beside<ActResult> beside) {
        return FamilyLocks.repeatedly(more -> database.transaction("retry job " + id, session -> {
            beside.begins(session);
            Set<UUID> all = new HashSet<>(more);
            all.addAll(locks.endedBelow(session, id));
            AnswerWithNotices<ActResult> retried = retry(locks.lock(session, Set.of(id), all), id);
            beside.ends(session, retried.answer());
            return retried;
        }));
    }

    /**
     * The same, but empty if the job has no relatives and others have locked it. A job that the query does not select any more is not
     * retried.
     */
    AnswerWithNotices<Optional<ActResult>> retryUnlessLocked(Database database, UUID id, JobQuery query) {
        return retryUnlessLocked(database, id, query::selects, Beside.nothing());
    }

    /**
     * The same. One of many: it waits for a moment only, and is empty if others have locked the job or its relatives for longer.
     *
     * @param beside is not done if the answer is empty, or that the job is not selected any more
     */
    public AnswerWithNotices<Optional<ActResult>> retryIfSelected(
            Database database, UUID id, Predicate<Job> isSelected, Beside<ActResult> beside) {
        Database impatient = database.withLockWait(PATIENCE_FOR_ONE_OF_MANY);
        Supplier<AnswerWithNotices<Optional<ActResult>>> retry =
                () -> retryUnlessLocked(impatient, id, isSelected, beside);
        try {
            return LockPolling.of(
                    dialect.limitsLockWaits(PATIENCE_FOR_ONE_OF_MANY) ? Duration.ZERO : PATIENCE_FOR_ONE_OF_MANY,
                    retry,
                    retry);
        } catch (LocksHeldException others) {
            return AnswerWithNotices.withoutNotices(Optional.empty());
        }
    }

    private AnswerWithNotices<Optional<ActResult>> retryUnlessLocked(
            Database database, UUID id, Predicate<Job> isSelected, Beside<ActResult> beside) {
        return FamilyLocks.repeatedly(more -> database.transaction("retry job " + id, session -> {
            beside.begins(session);
            Set<UUID> below = locks.endedBelow(session, id);
            below.addAll(more);
            LockedJobs locked = locks.lockAloneOr(session, id, below);
            Job job = locked.get(id);
            if (job == null) {
                return AnswerWithNotices.withoutNotices(Optional.empty());
            }
            if (!isSelected.test(job)) {
                return AnswerWithNotices.withoutNotices(Optional.of(ActResult.NOT_FAILED));
            }
            AnswerWithNotices<ActResult> retried = retry(locked, id);
            beside.ends(session, retried.answer());
            return retried.answering(Optional.of(retried.answer()));
        }));
    }

    private AnswerWithNotices<ActResult> retry(LockedJobs locked, UUID id) throws SQLException {
        RetryRule.Verdict verdict = CarriedSqlException.unpacked(
                () -> RetryRule.decide(locked.get(id), new RowsOfRetry(locked), locked.transitions()));
        if (verdict.retried().isEmpty()) {
            return AnswerWithNotices.withoutNotices(verdict.answer());
        }
        lockOpenPredecessors(locked, verdict.retried());
        verdict.retried().forEach(member -> locked.cascade().move(member, Locale.ENGLISH));
        locked.end();
        return locked.committed(verdict.answer());
    }

    /**
     * Two transactions: one ends a predecessor, and does not see that a job waits for it again; this one counts that predecessor as open. Both would commit, and
     * the job would wait for ever.
     */
    private void lockOpenPredecessors(LockedJobs locked, Collection<Job> retried) throws SQLException {
        Set<UUID> waiting = retried.stream()
                .filter(job -> job.status() == JobStatus.WAITING)
                .map(Job::id)
                .collect(Collectors.toSet());
        if (!waiting.isEmpty()) {
            locked.requireLocked(locks.queries().openPredecessors(locked.session(), waiting));
        }
    }

    /** Locked rows. A question about relatives is asked of all locked rows at once: a family may have many thousands. */
    private final class RowsOfRetry implements RetryRows {
        private final LockedJobs locked;
        private final Relatives children = new Relatives(locks.queries()::endedChildren);
        private final Relatives predecessors = new Relatives(locks.queries()::endedPredecessors);
        private @Nullable Set<UUID> parents;

        RowsOfRetry(LockedJobs locked) {
            this.locked = locked;
        }

        /** The relatives of one kind. */
        private final class Relatives {
            private final RelativesQuery query;
            private final Map<UUID, List<UUID>> known = new HashMap<>();
            private final Set<UUID> asked = new HashSet<>();

            Relatives(RelativesQuery query) {
                this.query = query;
            }

            Collection<Job> of(Job job) {
                return CarriedSqlException.carried(() -> {
                    if (!asked.contains(job.id())) {
                        Set<UUID> ids = new HashSet<>(locked.ids());
                        ids.add(job.id());
                        ids.removeAll(asked);
                        known.putAll(query.ask(locked.session(), ids));
                        asked.addAll(ids);
                    }
                    return locked.getAll(known.getOrDefault(job.id(), List.of()));
                });
            }
        }

        @Override
        public Collection<Job> endedChildren(Job job) {
            return children.of(job);
        }

        @Override
        public Collection<Job> endedPredecessors(Job job) {
            return predecessors.of(job);
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

        @Override
        public Optional<UUID> openUndo(List<Job> jobs) {
            return first(
                    openUndo, binder -> binder.ids(jobs.stream().map(Job::id).toList()));
        }

        @Override
        public Optional<UUID> keyHolder(String type, String uniqueKey) {
            return first(holder, binder -> binder.text(type).text(uniqueKey));
        }

        private Optional<UUID> first(StatementText statement, Binder.Params params) {
            return CarriedSqlException.carried(
                    () -> locked.session().first(statement, params, row -> dialect.readId(row, 1)));
        }
    }

    @FunctionalInterface
    private interface RelativesQuery {
        Map<UUID, List<UUID>> ask(Session session, Collection<UUID> ids) throws SQLException;
    }
}
