package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.rows.JobColumn;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Completes the jobs of a batch from whose end nothing follows, in a transaction of its own that reads only their claims. {@link
 * SettleInTransaction} settles the rest. Thread-safe.
 *
 * <p>It locks what is free. A job that another transaction has locked, that is not plain or whose claim does not hold is left to the rest, which gives
 * the answer.
 */
final class CompletePlain {
    /** After a batch with few plain jobs, so many batches are not tried. */
    private static final int BATCHES_LEFT_OUT = 15;

    /** The conditions are no conditions of the query: no index but the primary key is of use. */
    private static final String LOCK = """
            SELECT id, claim, worker_id, started_at,
              CASE WHEN status = 'processing' AND cancel_requested_at IS NULL AND parent_id IS NULL AND sealed IS NULL
                AND on_predecessor_failure IS NULL AND NOT has_successors AND undoes IS NULL AND limits IS NULL
                AND parked_under IS NULL AND due_at IS NULL AND parked_rank IS NULL
              THEN 1 ELSE 0 END, {now}
            FROM {job} WHERE id {in} ORDER BY id {for_update_skip_locked}""";

    private final SqlDialect dialect;
    private final JobUpdates updates;
    private final SettleInTransaction inTransaction;
    private final StatementText lock;
    private volatile int leftOut;

    CompletePlain(SqlDialect dialect, JobUpdates updates, SettleInTransaction inTransaction) {
        this.dialect = dialect;
        this.updates = updates;
        this.inTransaction = inTransaction;
        this.lock = dialect.sql(LOCK);
    }

    AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        Map<UUID, Settlement.Complete> byId = completions(settlements);
        if (byId.isEmpty() || leftOut > 0) {
            leftOut = Math.max(0, leftOut - 1);
            return inTransaction.settle(database, settlements);
        }
        String what = SettleInTransaction.what(settlements);
        List<Claim> completed;
        try {
            completed = database.transaction(what, session -> complete(session, byId));
        } catch (LocksHeldException others) {
            // Rolled back. An entry of an index may be locked where the row is not.
            leftOut = BATCHES_LEFT_OUT;
            return inTransaction.settle(database, settlements);
        }
        leftOut = 2 * completed.size() < byId.size() ? BATCHES_LEFT_OUT : 0;
        return withRest(database, what, settlements, completed);
    }

    /** By job. Of several settlements of one job the first counts. */
    private static Map<UUID, Settlement.Complete> completions(List<Settlement> settlements) {
        Map<UUID, Settlement.Complete> byId = new HashMap<>();
        Set<UUID> seen = new HashSet<>();
        for (Settlement settlement : settlements) {
            UUID id = settlement.claim().jobId();
            if (seen.add(id) && settlement instanceof Settlement.Complete complete && !complete.isToDelete()) {
                byId.put(id, complete);
            }
        }
        return byId;
    }

    private AnswerWithNotices<List<Settled>> withRest(
            Database database, String what, List<Settlement> settlements, List<Claim> completed) {
        Map<Claim, Settled> answers = new HashMap<>();
        completed.forEach(claim -> answers.put(claim, Settled.APPLIED));
        List<Settlement> rest = settlements.stream()
                .filter(settlement -> !answers.containsKey(settlement.claim()))
                .toList();
        AnswerWithNotices<List<Settled>> ofRest = rest.isEmpty()
                ? AnswerWithNotices.withoutNotices(List.of())
                : SettleInTransaction.afterOthers(what, completed.size(), () -> inTransaction.settle(database, rest));
        for (int i = 0; i < rest.size(); i++) {
            answers.put(rest.get(i).claim(), ofRest.answer().get(i));
        }
        return ofRest.answering(settlements.stream()
                .map(settlement -> Objects.requireNonNull(answers.get(settlement.claim())))
                .toList());
    }

    /** The claims of the jobs that are completed now. */
    private List<Claim> complete(Session session, Map<UUID, Settlement.Complete> byId) throws SQLException {
        List<Instant> now = new ArrayList<>();
        List<Settlement.Complete> plain = session.queryByIds(lock, IdOrder.sorted(byId.keySet()), row -> {
            if (now.isEmpty()) {
                now.add(dialect.time(row, 6));
            }
            return plain(row, byId);
        });
        updates.update(
                session, plain.stream().map(each -> completed(each, now.get(0))).toList(), JobColumn.OF_COMPLETION);
        return plain.stream().map(Settlement::claim).toList();
    }

    /** Null if it is none, or if its claim does not hold. */
    private Settlement.@Nullable Complete plain(ResultSet row, Map<UUID, Settlement.Complete> byId)
            throws SQLException {
        UUID id = dialect.readId(row, 1);
        Settlement.Complete complete = id == null ? null : byId.get(id);
        if (complete == null || row.getInt(5) == 0) {
            return null;
        }
        Claim claim = complete.claim();
        boolean holds = row.getLong(2) == claim.number()
                && claim.workerId().equals(dialect.readId(row, 3))
                && claim.startedAt().equals(dialect.timeOrNull(row, 4));
        return holds ? complete : null;
    }

    /** What its row is to hold in the columns that change. */
    private static Job completed(Settlement.Complete settlement, Instant now) {
        return Job.builder(settlement.claim().jobId(), "completed", now)
                .status(JobStatus.COMPLETED)
                .progress(JobProgress.NONE.withPercent(100))
                .result(settlement.result())
                .completedAt(now)
                .updatedAt(now)
                .build();
    }
}
