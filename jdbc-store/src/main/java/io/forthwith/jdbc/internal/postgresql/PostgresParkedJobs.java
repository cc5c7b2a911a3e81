package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.limits.LimitedJob;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequencePlace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the first parked jobs of many keys by one statement. It skips from one queue and type to the next. Immutable and thread-safe. */
final class PostgresParkedJobs extends ParkedJobs {
    private static final int MANY_KEYS = 100;

    private static final String FOUND = "head.id, head.under, head.queue, head.type, head.parked_rank, head.due_at";

    /**
     * Each lane with its first job, and behind that as many as are wanted. No condition fits the index of ready jobs: as long as a table has no statistics, the planner
     * would sort all parked jobs of a queue.
     */
    private static final String FIND = """
            WITH RECURSIVE wanted AS (
              SELECT unnest(?::text[]) COLLATE "C" AS under, unnest(?::bigint[]) AS most
            ), lane (under, most, queue, type, id, parked_rank, due_at, is_parked) AS (
              SELECT wanted.under, wanted.most, first.* FROM wanted CROSS JOIN LATERAL (%s) AS first
              UNION ALL
              SELECT lane.under, lane.most, next.* FROM lane CROSS JOIN LATERAL (%s) AS next
            ), head AS (
              SELECT id, under, queue, type, parked_rank, due_at FROM lane WHERE is_parked
              UNION ALL
              SELECT behind.id, lane.under, lane.queue, lane.type, behind.parked_rank, behind.due_at
              FROM lane CROSS JOIN LATERAL (
                SELECT j.id, j.parked_rank, j.due_at FROM {job} j
                WHERE j.status = 'pending' AND j.parked_under IS NOT NULL AND (j.run_at > {far}) IS TRUE
                  AND (j.parked_under, j.queue, j.type, j.parked_rank, j.due_at, j.id)
                    > (lane.under, lane.queue, lane.type, lane.parked_rank, lane.due_at, lane.id)
                  AND (j.parked_under, j.queue, j.type) <= (lane.under, lane.queue, lane.type)
                ORDER BY j.parked_under, j.queue, j.type, j.parked_rank, j.due_at, j.id LIMIT lane.most - CASE WHEN lane.is_parked THEN 1 ELSE 0 END) AS behind
              WHERE lane.most > 1 OR NOT lane.is_parked
            )
            """.formatted(
                    lane("wanted.under", ""), lane("lane.under", " AND (j.queue, j.type) > (lane.queue, lane.type)"));

    /** Locks the heads that are parked, each unless another transaction has locked it. */
    private static final String LOCKED = "LEFT JOIN LATERAL (SELECT " + LimitedJob.PARKED
            + " FROM {job} WHERE id = %s AND " + IS_PARKED + " FOR UPDATE SKIP LOCKED) AS job ON true";

    /** The rows are locked, so the time and the priority come from them. One that is parked under another key has its time in due_at. */
    private static final String PARK = """
            UPDATE {job} AS job
            SET due_at = CASE WHEN run_at > {far} THEN due_at ELSE run_at END, run_at = ?, parked_under = s.under,
              parked_rank = %d - priority, limits = s.limits
            FROM (SELECT unnest(?::uuid[]) AS parked, unnest(?::text[]) AS under, unnest(?::text[]) AS limits) AS s
            WHERE job.id = s.parked""".formatted(NewJob.HIGHEST_PRIORITY);

    /** The first column behind those of the job that was locked. */
    private static final int BEHIND = LimitedJob.COLUMNS + 1;

    private final SqlDialect dialect;
    private final StatementText find;
    private final StatementText lock;
    private final StatementText firsts;
    private final StatementText keys;
    private final StatementText park;

    PostgresParkedJobs(SqlDialect dialect) {
        super(dialect);
        this.dialect = dialect;
        this.firsts = dialect.sql("""
                SELECT job.*, wanted_key, head.id, head.parked_under, head.queue, head.type
                FROM unnest(?::text[]) AS wanted (wanted_key) CROSS JOIN LATERAL (
                  SELECT wanted_key AS own_key FROM {job_limit_key}
                  WHERE limit_key = ('%s:' || wanted_key) COLLATE "C" LIMIT 1 FOR UPDATE SKIP LOCKED) AS own CROSS JOIN LATERAL (
                  SELECT id, %s AS parked_under, queue, type FROM {job}
                  WHERE {open_sequence} = own_key COLLATE "C" AND %s
                  ORDER BY sequence_place, id LIMIT 1) AS head %s""".formatted(
                        LimitKey.SEQUENCE,
                        PARKED_UNDER,
                        IN_THE_WAY,
                        LOCKED.formatted("CASE WHEN head.parked_under IS NOT NULL THEN head.id END")));
        String next = "SELECT j.parked_under FROM {job} j WHERE j.status = 'pending' AND j.parked_under > %s"
                + " AND j.parked_under < (SELECT ?::text) COLLATE \"C\" ORDER BY j.parked_under LIMIT 1";
        this.keys = dialect.sql(
                """
                WITH RECURSIVE found (under) AS (
                  SELECT first.parked_under FROM (%s) AS first
                  UNION ALL
                  SELECT next.parked_under FROM found CROSS JOIN LATERAL (%s) AS next
                )
                SELECT under FROM found LIMIT (SELECT ?::bigint)""".formatted(next.formatted("(SELECT ?::text) COLLATE \"C\""), next.formatted("found.under")));
        this.park = dialect.sql(PARK);
        this.find = dialect.sql(FIND + "SELECT " + FOUND + " FROM head");
        this.lock = dialect.sql(FIND + "SELECT job.*, " + FOUND + " FROM head " + LOCKED.formatted("head.id"));
    }

    private static String lane(String key, String behind) {
        return "SELECT j.queue, j.type, j.id, j.parked_rank, j.due_at, j.run_at > {far} AND j.due_at IS NOT NULL AS is_parked FROM {job} j"
                + " WHERE j.status = 'pending' AND j.parked_under = " + key + behind
                + " ORDER BY j.queue, j.type, j.parked_rank, j.due_at, j.id LIMIT 1";
    }

    @Override
    protected int keysOfALook() {
        return MANY_KEYS;
    }

    @Override
    protected Keys keys(Session session, String after, String before, int atMost) throws SQLException {
        return keys(
                session.query(
                        keys,
                        binder -> binder.text(after).text(before).text(before).number(atMost),
                        row -> row.getString(1)),
                atMost);
    }

    @Override
    protected List<Session.Query<First>> firsts(Collection<LimitKey> sequences) {
        if (sequences.isEmpty()) {
            return List.of();
        }
        return List.of(new Session.Query<>(
                firsts,
                binder -> binder.texts(sequences, LimitKey::key),
                row -> first(
                        SequencePlace.limitKey(row.getString(BEHIND)),
                        row.getObject(BEHIND + 1, UUID.class),
                        row.getString(BEHIND + 2),
                        row.getString(BEHIND + 3),
                        row.getString(BEHIND + 4),
                        LimitedJob.read(dialect, row))));
    }

    @Override
    protected List<Found> find(Session session, Map<LimitKey, Integer> ofEachLane) throws SQLException {
        return ask(session, find, ofEachLane, row -> found(row, 1));
    }

    @Override
    protected List<Found> findAndLock(Session session, Map<LimitKey, Integer> ofEachLane) throws SQLException {
        return ask(session, lock, ofEachLane, row -> {
            Found found = found(row, BEHIND);
            return found == null ? null : found.locked(LimitedJob.read(dialect, row));
        });
    }

    @Override
    protected void park(Session session, Map<LimitedJob, LimitKey> jobs) throws SQLException {
        if (!jobs.isEmpty()) {
            List<Map.Entry<LimitedJob, LimitKey>> all = List.copyOf(jobs.entrySet());
            session.update(
                    park,
                    binder -> binder.time(NewJobRow.NEVER)
                            .ids(all, each -> each.getKey().id())
                            .texts(all, each -> each.getValue().text())
                            .texts(all, each -> JobLimit.text(each.getKey().limits())));
        }
    }

    private static List<Found> ask(
            Session session, StatementText text, Map<LimitKey, Integer> ofEachLane, Session.Row<Found> row)
            throws SQLException {
        List<Map.Entry<LimitKey, Integer>> keys = List.copyOf(ofEachLane.entrySet());
        return session.query(
                text,
                binder ->
                        binder.texts(keys, each -> each.getKey().text()).numbers(keys, each -> (long) each.getValue()),
                row);
    }

    private @Nullable Found found(ResultSet row, int from) throws SQLException {
        return found(
                row.getObject(from, UUID.class),
                new Lane(LimitKey.parse(row.getString(from + 1)), row.getString(from + 2), row.getString(from + 3)),
                row,
                from + 4);
    }
}
