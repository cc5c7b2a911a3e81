package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.family.FamilyQueries;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;

/**
 * Finds an open job among very many children or predecessors without reading all of them, whatever number the planner
 * expects. It looks at a few at both ends, where the jobs that end last are most likely to be. What it does not find
 * there is counted.
 */
final class PostgresFamilyQueries extends FamilyQueries {
    private static final int PROBES = 2_000;
    private static final int PREDECESSOR_PROBES = 100;

    private final StatementText withOpenChildren;
    private final StatementText withOpenPredecessors;

    PostgresFamilyQueries(SqlDialect dialect) {
        super(dialect);
        this.withOpenChildren = dialect.sql("""
                SELECT p.id FROM unnest(?::uuid[]) AS p (id)
                CROSS JOIN LATERAL (
                  SELECT c.position AS place FROM {job} c WHERE c.parent_id = p.id AND c.position > 0
                  ORDER BY c.position DESC LIMIT 1) AS last
                CROSS JOIN LATERAL (
                  SELECT 1 FROM (
                    SELECT CASE WHEN i %% 2 = 0 THEN last.place - i / 2 ELSE 1 + i / 2 END AS place
                    FROM generate_series(0, least(last.place, %d) - 1) AS i) AS probe
                  CROSS JOIN LATERAL (
                    SELECT 1 FROM {job} c
                    WHERE c.parent_id = p.id AND c.position = probe.place AND c.status IN %s LIMIT 1) AS open
                  LIMIT 1) AS found""".formatted(PROBES, OPEN));
        this.withOpenPredecessors = dialect.sql("""
                SELECT s.id FROM unnest(?::uuid[]) AS s (id)
                CROSS JOIN LATERAL (
                  SELECT 1 FROM (
                    SELECT e.predecessor_id FROM {job_predecessor} e WHERE e.job_id = s.id
                    ORDER BY e.predecessor_id DESC LIMIT %d) AS probe
                  CROSS JOIN LATERAL (
                    SELECT 1 FROM {job} p WHERE p.id = probe.predecessor_id AND p.status IN %s LIMIT 1) AS open
                  LIMIT 1) AS found""".formatted(PREDECESSOR_PROBES, OPEN));
    }

    @Override
    public Set<UUID> withOpenChildren(Session session, Set<UUID> parents) throws SQLException {
        return ids(session, withOpenChildren, parents);
    }

    @Override
    public Set<UUID> withOpenPredecessors(Session session, Set<UUID> jobs) throws SQLException {
        return ids(session, withOpenPredecessors, jobs);
    }
}
