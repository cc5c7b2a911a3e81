package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyQueries;
import io.forthwith.jdbc.internal.limits.DueNotes;
import io.forthwith.jdbc.internal.limits.Limits;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The operations of databases that cannot claim or settle many jobs by one statement: each is a transaction that
 * locks rows first.
 */
public class StandardOperations extends JobOperations {
    /** All priorities, as a table. */
    protected static final String PRIORITIES = IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
            .mapToObj(priority -> "SELECT " + priority + " AS priority")
            .collect(Collectors.joining(" UNION ALL "));

    /** It looks up each queue that is not paused, and each priority of those that have pending jobs. */
    private static final String LANES = """
            SELECT p.id, l.priority FROM {ids} LEFT JOIN {job_queue} paused ON paused.name = p.id CROSS JOIN (%s) AS l
            WHERE paused.name IS NULL
              AND EXISTS (SELECT 1 FROM {job} j WHERE j.status = 'pending' AND j.queue = p.id)
              AND EXISTS (SELECT 1 FROM {job} j WHERE j.status = 'pending' AND j.queue = p.id
                AND j.priority = l.priority AND j.run_at <= {now})""".formatted(PRIORITIES);

    private final ClaimByPriority claim;
    private final CompletePlain completePlain;

    public StandardOperations(SqlDialect dialect, JobUpdates updates, JobInserts inserts) {
        this(dialect, updates, inserts, LANES);
    }

    /** @param lanes the query for the queues and priorities that have due jobs and are not paused, with a list of queues as its parameter */
    protected StandardOperations(SqlDialect dialect, JobUpdates updates, JobInserts inserts, String lanes) {
        super(
                dialect,
                new FamilyQueries(dialect),
                updates,
                inserts,
                new Limits(dialect, new ParkedJobs(dialect), new DueNotes(dialect)));
        this.claim = new ClaimByPriority(dialect, locks(), limits().gate(), new DueJobs(dialect, rows(), lanes));
        this.completePlain = new CompletePlain(dialect, updates, settleInTransaction());
    }

    @Override
    public final AnswerWithNotices<List<Job>> claim(Database database, ClaimRequest request) {
        return claim.claim(database, request);
    }

    @Override
    public final AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return completePlain.settle(database, settlements);
    }
}
