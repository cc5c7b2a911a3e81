package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.TransactionalCompletion;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.sql.BorrowedConnection;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.jdbc.internal.sql.UncommittedConnection;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes a job in the transaction in which its processor does its last work. Thread-safe. */
public final class CompleteInTransaction {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLogger.NAME);
    private static final Duration PAUSE = Duration.ofMillis(500);

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
        try (BorrowedConnection borrowed = own(database::lend)) {
            Attempt<R> attempt = new Attempt<>(job.completion(), claim, borrowed);
            R result = attempt.doWork(work);
            own(() -> {
                attempt.commit();
                return true;
            });
            return result;
        }
    }

    /**
     * Runs a statement of the store. The classifier of the host must not take a failure that can pass for a permanent
     * one: some drivers give no SQLState to tell by.
     */
    private <T> T own(Part<T> part) throws SQLException {
        try {
            return part.run();
        } catch (SQLException failed) {
            SqlFailureKind failure = database.dialect().failureOf(failed);
            boolean passes = failure == SqlFailureKind.TRANSIENT || failure == SqlFailureKind.CONFLICT;
            String state = failed.getSQLState();
            if (passes && (state == null || state.equals("HY000") || state.equals("42000"))) {
                throw new SQLTransientException(failed.getMessage(), state, failed.getErrorCode(), failed);
            }
            throw failed;
        }
    }

    /** The work of a processor in the transaction that completes its job. */
    @FunctionalInterface
    public interface Work<R extends @Nullable Object> {
        R run(Connection connection) throws Exception;
    }

    @FunctionalInterface
    private interface Part<T> {
        T run() throws SQLException;
    }

    /** One transaction. Not thread-safe. */
    private final class Attempt<R extends @Nullable Object> {
        private final TransactionalCompletion completion;
        private final Claim claim;
        private final BorrowedConnection borrowed;
        private boolean hasRight;
        private AnswerWithNotices<?> moved = AnswerWithNotices.withoutNotices(Settled.LOST);

        Attempt(TransactionalCompletion completion, Claim claim, BorrowedConnection borrowed) {
            this.completion = completion;
            this.claim = claim;
            this.borrowed = borrowed;
        }

        R doWork(Work<R> work) throws Exception {
            boolean isDone = false;
            try {
                Session session = database.session(borrowed.connection());
                own(() -> {
                    database.dialect().begin(session);
                    return true;
                });
                borrowed.trust();
                R result = work.run(UncommittedConnection.of(borrowed.connection()));
                borrowed.limit(database.networkTimeout());
                own(() -> settle(session, result));
                isDone = true;
                return result;
            } finally {
                if (!isDone) {
                    rollBack();
                }
            }
        }

        private boolean settle(Session session, R result) throws SQLException {
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
            return true;
        }

        private void rollBack() {
            try {
                borrowed.limit(database.networkTimeout());
                database.dialect().rollBack(borrowed.connection());
            } catch (SQLException | RuntimeException lost) {
                // The next user of the connection must not commit what it has done so far.
                borrowed.abandon();
            } finally {
                if (hasRight) {
                    completion.rolledBack();
                }
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
         * @return whether the database committed
         */
        private boolean isCommitted() throws SQLException {
            try {
                database.dialect().commit(borrowed.connection());
                return true;
            } catch (SQLException failed) {
                if (isDefinite(failed) || !hasCommittedAnyway(failed)) {
                    throw failed;
                }
                return true;
            } catch (RuntimeException broken) {
                if (!hasCommittedAnyway(broken)) {
                    throw broken;
                }
                return true;
            }
        }

        private boolean isDefinite(SQLException failed) {
            return database.dialect().failureOf(failed).kind(true) != JobStoreException.Kind.UNKNOWN_OUTCOME;
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
            Job row = locks.lockOnly(session, Set.of(claim.jobId())).get(claim.jobId());
            // Only a completed job can be missing, since a processing job is never purged. Another worker may have
            // completed it after a take-over; even then it must not run again.
            return row == null || (row.claim() == claim.number() && row.status() == JobStatus.COMPLETED);
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
