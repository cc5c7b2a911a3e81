package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.util.List;

/** Claims, settles, inserts and writes steps by one statement as a rule, and tells other processes by LISTEN and NOTIFY. */
final class PostgresOperations extends JobOperations {
    private final PostgresClaim claim;
    private final PostgresSettle settle;

    PostgresOperations(SqlDialect dialect) {
        this(dialect, PostgresInserts.FEWEST_TO_COPY);
    }

    /** @param fewestToCopy how many jobs of a call are at least added by COPY */
    PostgresOperations(SqlDialect dialect, int fewestToCopy) {
        super(
                dialect,
                new PostgresFamilyQueries(dialect),
                new JobUpdates(dialect),
                new PostgresInserts(dialect, fewestToCopy));
        this.claim = new PostgresClaim(dialect, rows());
        this.settle = new PostgresSettle(dialect, locks(), settleInTransaction());
    }

    @Override
    List<Job> claim(Database database, ClaimRequest request) {
        return claim.claim(database, request);
    }

    @Override
    Committed<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settle.settle(database, settlements);
    }

    @Override
    JobPages pages() {
        return new PostgresJobPages();
    }

    @Override
    WorkerRows workers() {
        return new PostgresWorkerRows(dialect());
    }

    @Override
    DeadWorkerQuery deadWorkers() {
        return new PostgresDeadWorkerQuery(dialect());
    }

    @Override
    RecordSteps recordSteps() {
        return new PostgresRecordSteps(dialect(), rows(), locks());
    }

    @Override
    WakeUps wakeUps(Database database, Runnable hint, ListenTimeouts timeouts) {
        return new PostgresWakeUps(database, hint, timeouts);
    }
}
