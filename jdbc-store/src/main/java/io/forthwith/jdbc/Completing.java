package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobCompletion;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStoreException;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes a job in the transaction in which its processor does its last work. */
final class Completing {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcJobStore.class);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Database database;
    private final Kin kin;
    private final FencedSettling settling;

    Completing(Database database, Kin kin) {
        this.database = database;
        this.kin = kin;
        this.settling = new FencedSettling(kin);
    }

    <R extends @Nullable Object> R complete(JobContext job, JdbcJobStore.TransactionalWork<R> work) throws Exception {
        Claim claim = Claim.of(job.job());
        try (Loan loan = lend(claim)) {
            Attempt<R> attempt = new Attempt<>(job.completion(), claim, loan);
            R result = attempt.doWork(work);
            attempt.commit(job);
            return result;
        }
    }

    private Loan lend(Claim claim) {
        try {
            return database.lend();
        } catch (SQLException failed) {
            throw retryable(claim, failed);
        }
    }

    /** What a processor cannot help: let it have another try, if it passes. */
    private RuntimeException retryable(Claim claim, SQLException failed) {
        boolean passes = database.dialect().failureOf(failed).kind(false) == JobStoreException.Kind.TRANSIENT;
        String message = "The database could not complete job " + claim.jobId() + " (SQLState " + failed.getSQLState()
                + "); nothing was changed";
        return passes ? JobException.retryable(message, failed) : JobException.permanent(message, failed);
    }

    /** One transaction. Not thread-safe. */
    private final class Attempt<R extends @Nullable Object> {
        private final JobCompletion completion;
        private final Claim claim;
        private final Loan loan;
        private boolean hasRight;

        Attempt(JobCompletion completion, Claim claim, Loan loan) {
            this.completion = completion;
            this.claim = claim;
            this.loan = loan;
        }

        R doWork(JdbcJobStore.TransactionalWork<R> work) throws Exception {
            boolean isDone = false;
            try {
                Session session = database.session(loan.connection());
                database.dialect().begin(session);
                loan.trust();
                R result = work.run(UncommittedConnection.of(loan.connection()));
                loan.limit(database.networkTimeout());
                settle(session, result);
                isDone = true;
                return result;
            } finally {
                if (!isDone) {
                    Database.rollBack(loan.connection());
                    rolledBack();
                }
            }
        }

        private void settle(Session session, R result) {
            String json = completion.begin(result);
            hasRight = true;
            Settled answer = written(session, json);
            if (answer != Settled.APPLIED) {
                throw new CancellationException("Job " + claim.jobId() + " is no longer that of claim " + claim.number()
                        + " (" + answer + "): what was done for it is rolled back");
            }
        }

        private Settled written(Session session, @Nullable String json) {
            try {
                return settling.settle(session, List.of(Settlement.complete(claim, json)))
                        .get(0);
            } catch (SQLException failed) {
                throw retryable(claim, failed);
            }
        }

        private void rolledBack() {
            if (hasRight) {
                completion.rolledBack();
            }
        }

        void commit(JobContext job) {
            boolean isCommitted = false;
            try {
                loan.connection().commit();
                isCommitted = true;
            } catch (SQLException failed) {
                // The server may still be busy with a commit that was not answered.
                loan.abandon();
                isCommitted = isCommitted(job, failed);
                if (!isCommitted) {
                    throw retryable(claim, failed);
                }
            } finally {
                if (isCommitted) {
                    completion.committed();
                } else {
                    completion.rolledBack();
                }
            }
        }

        /**
         * Reads the row, with a lock, which waits for a commit that is still under way. The work is not done again, whatever the
         * answer.
         */
        private boolean isCommitted(JobContext job, SQLException failed) {
            LOG.warn(
                    "The commit that completes job {} was not answered; looking what became of it",
                    claim.jobId(),
                    failed);
            while (true) {
                try {
                    return database.transaction("look at job " + claim.jobId(), this::isCompleted);
                } catch (JobStoreException unreachable) {
                    if (job.isLeaseLost()) {
                        // Whoever has the job now goes by the row, and so will the settlement of this attempt.
                        throw JobException.retryable("It is not known whether the result was committed", unreachable);
                    }
                    pause();
                }
            }
        }

        private boolean isCompleted(Session session) throws SQLException {
            Job row = kin.lock(session, Set.of(claim.jobId())).get(claim.jobId());
            return row != null && row.claim() == claim.number() && row.status() == JobStatus.COMPLETED;
        }

        /** Without interrupts: until it is known what became of the job, nothing else can be done for it. */
        private static void pause() {
            boolean interrupted = false;
            try {
                new CountDownLatch(1).await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException hurry) {
                interrupted = true;
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
