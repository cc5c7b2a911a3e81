package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NotReadyException;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.DataSourceConnection;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.NoCommitConnection;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.ClaimFence;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Completes a job in the transaction in which its processor does its last work. Thread-safe. */
public final class CompleteInTransaction {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int MOST_CAUSES = 20;

    private static final Set<String> TOO_SLOW = Set.of("25P03", "25P04");

    private final Database database;
    private final FamilyLocks locks;
    private final SettleInTransaction settling;
    private final Consumer<AnswerWithNotices<?>> tell;

    public CompleteInTransaction(
            Database database, FamilyLocks locks, SettleInTransaction settling, Consumer<AnswerWithNotices<?>> tell) {
        this.database = database;
        this.locks = locks;
        this.settling = settling;
        this.tell = tell;
    }

    public <R extends @Nullable Object> R complete(JobContext job, Work<R> work) throws Exception {
        Claim claim = Claim.of(job.job());
        TransactionalCompletion completion = AttemptParts.of(job).completion();
        try (DataSourceConnection borrowed = lent(claim, completion)) {
            Attempt<R> attempt = new Attempt<>(completion, claim, borrowed);
            R result = attempt.doWork(work);
            attempt.commit();
            return result;
        }
    }

    private DataSourceConnection lent(Claim claim, TransactionalCompletion completion) throws SQLException {
        try {
            return database.lend();
        } catch (SQLException failed) {
            // A pool without a free connection says no state.
            if (passes(failed) || failed instanceof SQLTransientException) {
                throw doneAgain(claim, completion, failed);
            }
            throw failed;
        }
    }

    /** Whether a statement of the store, before the commit, has failed for a reason that passes. Then the work costs no attempt. */
    private boolean passes(Throwable failed) {
        return failed instanceof SQLException thrown
                && switch (database.dialect().failureOf(thrown)) {
                    case CONFLICT, TRANSIENT, DISCONNECTED -> true;
                    case DUPLICATE, NOT_SET_UP, PERMANENT, UNCLEAR -> false;
                };
    }

    /** The statement that has failed, perhaps behind an exception of a library of the host. */
    private static Optional<SQLException> ofDatabase(Throwable failed) {
        Throwable each = failed;
        for (int depth = 0; each != null && depth < MOST_CAUSES; depth++) {
            if (each instanceof SQLException thrown) {
                return Optional.of(thrown);
            }
            each = each.getCause();
        }
        return Optional.empty();
    }

    /**
     * Whether the connection has broken for a reason that passes. If PostgreSQL has ended the session because the work was silent for too long, or too slow, it would be so
     * again.
     */
    private static boolean isBrokenByChance(Throwable failed) {
        return ofDatabase(failed)
                .filter(thrown -> !TOO_SLOW.contains(String.valueOf(thrown.getSQLState())))
                .isPresent();
    }

    private static NotReadyException doneAgain(Claim claim, TransactionalCompletion completion, Throwable failed) {
        LOG.debug("What completes job {} has failed before the commit; the job is done again", claim.jobId(), failed);
        return completion.doneAgain(failed);
    }

    /** The work of a processor in the transaction that completes its job. */
    @FunctionalInterface
    public interface Work<R extends @Nullable Object> {
        R run(Connection connection) throws Exception;
    }

    /** One transaction. Not thread-safe. */
    private final class Attempt<R extends @Nullable Object> {
        private final TransactionalCompletion completion;
        private final Claim claim;
        private final DataSourceConnection borrowed;
        private boolean hasRight;
        private AnswerWithNotices<?> moved = AnswerWithNotices.withoutNotices(Settled.LOST);

        Attempt(TransactionalCompletion completion, Claim claim, DataSourceConnection borrowed) {
            this.completion = completion;
            this.claim = claim;
            this.borrowed = borrowed;
        }

        R doWork(Work<R> work) throws Exception {
            boolean isOfHost = false;
            try {
                Session session = database.session(borrowed.connection());
                database.dialect().begin(session, null);
                // So that what begins the transaction runs before the statements of the work.
                session.connection();
                borrowed.trust();
                isOfHost = true;
                R result = work.run(NoCommitConnection.of(borrowed.connection()));
                isOfHost = false;
                borrowed.limit(database.networkTimeout());
                settle(session, result);
                return result;
            } catch (Throwable failed) {
                boolean isBroken = !isRolledBack();
                if (hasRight) {
                    completion.rolledBack();
                }
                if (isBroken ? isBrokenByChance(failed) : !isOfHost && passes(failed)) {
                    throw doneAgain(claim, completion, failed);
                }
                throw failed;
            }
        }

        private void settle(Session session, R result) throws SQLException {
            String json = completion.begin(result);
            hasRight = true;
            AnswerWithNotices<List<Settled>> settled =
                    settling.settleWithin(session, List.of(Settlement.complete(claim, json)));
            Settled answer = settled.answer().get(0);
            if (answer != Settled.APPLIED) {
                throw new CancellationException("Job " + claim.jobId() + " is no longer that of claim " + claim.number()
                        + " (" + answer + "): what was done for it is rolled back");
            }
            moved = settled;
        }

        /** False if the connection is lost, with all that was not committed. */
        private boolean isRolledBack() {
            try {
                borrowed.limit(database.networkTimeout());
                database.dialect().rollBack(borrowed.connection());
                return true;
            } catch (Throwable lost) {
                // The next user of the connection must not commit what it has done so far.
                borrowed.abandon();
                return false;
            }
        }

        void commit() throws SQLException {
            boolean isCommitted = false;
            try {
                isCommitted = isCommitted();
            } finally {
                if (isCommitted) {
                    completion.committed();
                    tell.accept(moved);
                } else {
                    completion.rolledBack();
                }
            }
        }

        /**
         * Commits.
         *
         * @return true; it throws if the database has not committed
         */
        private boolean isCommitted() throws SQLException {
            try {
                database.dialect()
                        .commit(
                                borrowed.connection(),
                                Math.toIntExact(database.queryTimeout().toSeconds()));
            } catch (SQLException failed) {
                SqlFailureKind failure = database.dialect().failureOf(failed);
                if (failure.kind(true) != JobStoreException.Kind.UNKNOWN_OUTCOME) {
                    refused(failed, failure);
                } else if (!hasCommittedAnyway(failed)) {
                    if (mayBeRaised(failed, failure)) {
                        throw new SQLTransientException(
                                failed.getMessage(), failed.getSQLState(), failed.getErrorCode(), failed);
                    }
                    throw completion.doneAgain(failed);
                }
            } catch (RuntimeException broken) {
                if (!hasCommittedAnyway(broken)) {
                    throw completion.doneAgain(broken);
                }
            }
            return true;
        }

        /** The database has answered that it does not commit. */
        private void refused(SQLException failed, SqlFailureKind failure) throws SQLException {
            // Some databases keep the transaction open, and auto-commit mode would commit it.
            isRolledBack();
            if (database.isOfNoMoreUse(failed)) {
                borrowed.abandon();
            }
            if (failure == SqlFailureKind.CONFLICT || failure == SqlFailureKind.TRANSIENT) {
                LOG.debug("The commit that completes job {} failed; the job is done again", claim.jobId(), failed);
                throw completion.doneAgain(failed);
            }
            throw failed;
        }

        /**
         * Whether a program of the host may have refused the commit, as a deferred trigger can, with a code of its own. It would do so again,
         * so attempts are used up.
         */
        private static boolean mayBeRaised(SQLException failed, SqlFailureKind failure) {
            String state = failed.getSQLState();
            return failure == SqlFailureKind.UNCLEAR
                    && state != null
                    && !state.startsWith("HY")
                    && !state.startsWith("XX");
        }

        /**
         * Reads the row with a lock, which waits for a commit that is still under way. It repeats this until it gets
         * an answer: the job cannot go on before its state is known. The connection is given back first, since the
         * pool may have only this one.
         */
        private boolean hasCommittedAnyway(Exception failed) {
            LOG.warn(
                    "The commit that completes job {} was not answered; looking what became of it",
                    claim.jobId(),
                    failed);
            borrowed.abandon();
            borrowed.close();
            boolean interrupted = false;
            while (true) {
                try {
                    boolean isCompleted = database.transaction("look at job " + claim.jobId(), this::isCompleted);
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    return isCompleted;
                } catch (JobStoreException unreachable) {
                    LOG.debug("Could not look at job {} yet", claim.jobId(), unreachable);
                    interrupted |= isInterruptedIn(PAUSE);
                }
            }
        }

        private boolean isCompleted(Session session) throws SQLException {
            database.dialect().catchUp(session);
            LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
            Job row = locked.get(claim.jobId());
            // Only a completed job can be missing, since a processing job is never purged. Another worker may have
            // completed it after a take-over; even then it must not run again.
            boolean isCompleted = row == null
                    || (row.status() == JobStatus.COMPLETED
                            && ClaimFence.refusal(row, claim).equals(Optional.of(Settled.ALREADY_APPLIED)));
            if (isCompleted) {
                database.dialect().awaitReplicas(session);
            } else {
                // The commit may still be under way on another server, which knows nothing of the lock.
                locked.hold();
            }
            return isCompleted;
        }

        private static boolean isInterruptedIn(Duration pause) {
            try {
                new CountDownLatch(1).await(pause.toMillis(), TimeUnit.MILLISECONDS);
                return false;
            } catch (InterruptedException hurry) {
                return true;
            }
        }
    }
}
