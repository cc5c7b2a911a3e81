package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.limits.Limits;
import io.forthwith.jdbc.internal.operations.DeadWorkerQuery;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.operations.OldJobs;
import io.forthwith.jdbc.internal.operations.OverdueJobs;
import io.forthwith.jdbc.internal.operations.PendingQueues;
import io.forthwith.jdbc.internal.operations.RecordSteps;
import io.forthwith.jdbc.internal.operations.WakeUps;
import io.forthwith.jdbc.internal.rows.JobPages;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.rows.ServerChange;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import java.util.List;
import java.util.Optional;

/**
 * Claims, settles, inserts and records steps with one statement where that is possible. Tells other processes by
 * LISTEN and NOTIFY.
 */
public final class PostgresOperations extends JobOperations {
    private final PostgresClaim claim;
    private final PostgresSettle settle;
    private final RecentSessionLoss recentLoss = new RecentSessionLoss();
    private final ServerChange serverChange = new ServerChange();

    public PostgresOperations(SqlDialect dialect) {
        this(dialect, PostgresInserts.FEWEST_TO_COPY);
    }

    /**
     * With another limit for COPY.
     *
     * @param fewestToCopy a call with at least so many jobs uses COPY
     */
    public PostgresOperations(SqlDialect dialect, int fewestToCopy) {
        super(
                dialect,
                new PostgresFamilyQueries(dialect),
                new JobUpdates(dialect),
                new PostgresInserts(dialect, fewestToCopy),
                new Limits(dialect, new PostgresParkedJobs(dialect), new PostgresDueNotes(dialect)));
        this.claim = new PostgresClaim(dialect, rows(), limits());
        this.settle = new PostgresSettle(dialect, locks(), settleInTransaction(), limits());
    }

    @Override
    public AnswerWithNotices<List<Job>> claim(Database database, ClaimRequest request) {
        PostgresClaim.Claimed all = claim.claim(database, request);
        LargeInputs.Claimed claimed = all.jobs();
        if (!claimed.tooMuch().isEmpty()) {
            settle(
                    database,
                    claimed.tooMuch().stream()
                            .map(job -> Settlement.giveBack(Claim.of(job)))
                            .toList());
        }
        // The worker has asked for more than it has got, and takes that for all there is.
        boolean hasGivenBack = !claimed.tooMuch().isEmpty();
        return new AnswerWithNotices<>(claimed.jobs(), List.of(), all.hasReadied() || hasGivenBack);
    }

    @Override
    public AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settle.settle(database, settlements);
    }

    @Override
    public JobPages pages() {
        return new PostgresJobPages();
    }

    @Override
    public WorkerRows workers() {
        return new PostgresWorkerRows(dialect(), serverChange);
    }

    @Override
    public DeadWorkerQuery deadWorkers() {
        return new PostgresDeadWorkerQuery(dialect(), recentLoss);
    }

    @Override
    public OverdueJobs overdueJobs() {
        return new PostgresQueues(dialect(), pendingQueues());
    }

    /** In its index, priorities descend. */
    @Override
    public PendingQueues pendingQueues() {
        return new PendingQueues(dialect(), "queue");
    }

    /** Most of the time of many rows is that of handing them over. */
    @Override
    public String outcomesTogether() {
        return "SELECT minute_at, outcome, least(sum(jobs), 9223372036854775807), string_agg(waits, ';') FROM {job_minute}"
                + " WHERE minute_at >= ? AND minute_at < ? GROUP BY minute_at, outcome";
    }

    @Override
    public Optional<String> queuesTogether() {
        return Optional.of(PostgresQueues.COUNTS);
    }

    @Override
    public RecordSteps recordSteps() {
        return new PostgresRecordSteps(dialect(), rows(), locks());
    }

    @Override
    public OldJobs oldJobs() {
        return new PostgresOldJobs(dialect());
    }

    @Override
    public WakeUps wakeUps(Database database, Runnable hint, ListenTimeouts timeouts) {
        return new PostgresWakeUps(database, hint, timeouts, recentLoss, serverChange);
    }

    @Override
    public StoreHints.Subscription onServerChange(Runnable listener) {
        return serverChange.add(listener);
    }
}
