package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.util.List;

/** Operations for a database that has no way to claim or settle many jobs by one statement: each is a transaction that locks rows first. */
class StandardOperations extends JobOperations {
    private final ClaimByPriority claim;

    StandardOperations(SqlDialect dialect, JobUpdates updates, JobInserts inserts) {
        super(dialect, new FamilyQueries(dialect), updates, inserts);
        this.claim = new ClaimByPriority(dialect, rows(), locks());
    }

    @Override
    final List<Job> claim(Database database, ClaimRequest request) {
        return claim.claim(database, request);
    }

    @Override
    final Committed<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settleInTransaction().settle(database, settlements);
    }
}
