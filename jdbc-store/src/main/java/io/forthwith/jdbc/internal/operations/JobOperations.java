package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.FamilyQueries;
import io.forthwith.jdbc.internal.limits.Limits;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.JobPages;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import java.util.List;
import java.util.Optional;

/**
 * What one database does its own way with jobs, and what all do alike. A database does the thing in its way; it is never asked whether it
 * could. Immutable and thread-safe.
 */
public abstract class JobOperations {
    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobInserts inserts;
    private final Limits limits;
    private final FamilyLocks locks;
    private final SettleInTransaction settleInTransaction;

    /**
     * @param queries asks how relatives stand
     * @param updates writes what has become of jobs
     * @param inserts adds rows
     * @param limits decides about jobs under limits
     */
    protected JobOperations(
            SqlDialect dialect, FamilyQueries queries, JobUpdates updates, JobInserts inserts, Limits limits) {
        this.dialect = dialect;
        this.rows = new JobRowReader(dialect);
        this.limits = limits;
        this.inserts = inserts;
        this.locks = new FamilyLocks(dialect, rows, queries, new JobWrites(dialect, updates, new Labels(dialect)));
        this.settleInTransaction = new SettleInTransaction(dialect, locks, inserts);
    }

    /** Claims due jobs for a worker. Others may have become ready for other workers. */
    public abstract AnswerWithNotices<List<Job>> claim(Database database, ClaimRequest request);

    /** Writes what has become of claimed jobs. */
    public abstract AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements);

    /** Reads pages of jobs. */
    public JobPages pages() {
        return new JobPages();
    }

    /** Registers workers and renews their leases. */
    public WorkerRows workers() {
        return new WorkerRows(dialect);
    }

    /** Finds out whether there is anything to take over. */
    public DeadWorkerQuery deadWorkers() {
        return new DeadWorkerQuery(dialect);
    }

    /** Finds jobs that wait for a worker for long. */
    public OverdueJobs overdueJobs() {
        return new OverdueJobs(dialect, pendingQueues());
    }

    /** Finds the queues that have pending jobs. */
    public PendingQueues pendingQueues() {
        return new PendingQueues(dialect, "status, queue, priority, run_at, id");
    }

    /**
     * The query for how attempts ended between two times, over all queues and types: the minute or hour, the outcome, how many jobs, and the waits of one row or
     * of several, separated by semicolons.
     */
    public String outcomesTogether() {
        return "SELECT minute_at, outcome, jobs, waits FROM {job_minute} WHERE minute_at >= ? AND minute_at < ?";
    }

    /**
     * The query for how many jobs wait in each queue, where one statement can look at all queues: the queue, its priorities separated by commas, how many jobs are
     * due, how many are so later, how many of the parked ones wait for their turn, how many are held up, how many are parked, and since when the first one has
     * been due. It counts up to so many of each priority and kind; the number is a parameter five times. Empty where each queue takes statements of its own.
     */
    public Optional<String> queuesTogether() {
        return Optional.empty();
    }

    /** Begins and finishes durable steps. */
    public RecordSteps recordSteps() {
        return new RecordSteps(dialect, rows, locks);
    }

    /**
     * Finds jobs, and locks those that no other transaction has locked.
     *
     * @param jobs the condition, from FROM on
     */
    public UnlockedJobs unlockedJobs(String jobs) {
        return new UnlockedJobs(dialect, jobs);
    }

    /** Finds what to purge. */
    public OldJobs oldJobs() {
        return new OldJobs.ByEnd(this);
    }

    /**
     * Tells the stores of other processes of jobs, and listens to them.
     *
     * @param hint given when others may have added jobs
     */
    public WakeUps wakeUps(Database database, Runnable hint, ListenTimeouts timeouts) {
        return WakeUps.NONE;
    }

    /** Calls the listener when another server may answer, where the database shows it. */
    public StoreHints.Subscription onServerChange(Runnable listener) {
        return () -> {};
    }

    public final SqlDialect dialect() {
        return dialect;
    }

    public final JobRowReader rows() {
        return rows;
    }

    public final Limits limits() {
        return limits;
    }

    public final JobInserts inserts() {
        return inserts;
    }

    public final Labels labels() {
        return locks.writes().labels();
    }

    public final FamilyLocks locks() {
        return locks;
    }

    public final SettleInTransaction settleInTransaction() {
        return settleInTransaction;
    }
}
