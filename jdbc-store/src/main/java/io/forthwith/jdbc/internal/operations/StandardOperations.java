package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyQueries;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.util.List;

/**
 * The operations of databases that cannot claim or settle many jobs by one statement: each is a transaction that
 * locks rows first.
 */
public class StandardOperations extends JobOperations {
    private final ClaimByPriority claim;

    public StandardOperations(SqlDialect dialect, JobUpdates updates, JobInserts inserts) {
        super(dialect, new FamilyQueries(dialect), updates, inserts);
        this.claim = new ClaimByPriority(dialect, rows(), locks());
    }

    @Override
    public final List<Job> claim(Database database, ClaimRequest request) {
        return claim.claim(database, request);
    }

    @Override
    public final AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settleInTransaction().settle(database, settlements);
    }
}
