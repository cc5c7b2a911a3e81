package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobSequence;
import io.forthwith.limit.LimitKey;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds the first parked jobs of many keys by one statement. It skips from one queue and type to the next. Immutable and thread-safe. */
final class PostgresParkedJobs extends ParkedJobs {
    private static final int MANY_KEYS = 100;

    private final StatementText find;
    private final StatementText firsts;
    private final StatementText keys;

    PostgresParkedJobs(SqlDialect dialect) {
        super(dialect);
        String lanes = "SELECT j.queue, j.type FROM {job} j WHERE j.status = 'pending' AND j.parked_under = %s %s"
                + " ORDER BY j.queue, j.type LIMIT 1";
        this.firsts = dialect.sql("""
                SELECT wanted_key, head.id, head.parked_under, head.queue, head.type
                FROM unnest(?::text[]) AS wanted (wanted_key) CROSS JOIN LATERAL (
                  SELECT id, %s AS parked_under, queue, type FROM {job}
                  WHERE {open_sequence} = wanted_key COLLATE "C" AND %s
                  ORDER BY sequence_place, id LIMIT 1) AS head""".formatted(PARKED_UNDER, IN_THE_WAY));
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
        this.find = dialect.sql("""
                WITH RECURSIVE wanted AS (
                  SELECT unnest(?::text[]) COLLATE "C" AS under, unnest(?::bigint[]) AS most
                ), lane (under, most, queue, type) AS (
                  SELECT wanted.under, wanted.most, first.queue, first.type FROM wanted CROSS JOIN LATERAL (%s) AS first
                  UNION ALL
                  SELECT lane.under, lane.most, next.queue, next.type FROM lane CROSS JOIN LATERAL (%s) AS next
                )
                SELECT head.id, lane.under, lane.queue, lane.type, head.parked_rank, head.due_at FROM lane CROSS JOIN LATERAL (
                  SELECT j.id, j.parked_rank, j.due_at FROM {job} j
                  WHERE j.status = 'pending' AND j.parked_under = lane.under AND j.queue = lane.queue
                    AND j.type = lane.type AND j.due_at IS NOT NULL AND j.run_at > {far}
                  ORDER BY j.parked_rank, j.due_at, j.id LIMIT lane.most) AS head""".formatted(
                        lanes.formatted("wanted.under", ""),
                        lanes.formatted("lane.under", "AND (j.queue, j.type) > (lane.queue, lane.type)")));
    }

    @Override
    protected int keysOfALook() {
        return MANY_KEYS;
    }

    @Override
    protected Keys keys(Session session, String after, String before, int most) throws SQLException {
        return keys(
                session.query(
                        keys,
                        binder -> binder.text(after).text(before).text(before).number(most),
                        row -> row.getString(1)),
                most);
    }

    @Override
    protected List<First> firsts(Session session, Collection<LimitKey> sequences) throws SQLException {
        List<LimitKey> keys = List.copyOf(sequences);
        return keys.isEmpty()
                ? List.of()
                : session.query(
                        firsts,
                        binder -> binder.texts(keys, LimitKey::key),
                        row -> first(
                                JobSequence.limitKey(row.getString(1)),
                                row.getObject(2, UUID.class),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5)));
    }

    @Override
    protected List<Found> find(Session session, Map<LimitKey, Integer> ofEachLane) throws SQLException {
        List<Map.Entry<LimitKey, Integer>> keys = List.copyOf(ofEachLane.entrySet());
        return session.query(
                find,
                binder ->
                        binder.texts(keys, each -> each.getKey().text()).numbers(keys, each -> (long) each.getValue()),
                row -> found(
                        row.getObject(1, UUID.class),
                        new Lane(LimitKey.of(row.getString(2)), row.getString(3), row.getString(4)),
                        row,
                        5));
    }
}
