package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** What must hold of the jobs of {@link Chaos} at any time, on every database. */
final class ChaosChecks {
    private ChaosChecks() {}

    /** @param snapshot in a transaction that sees one state of things all the time */
    static void check(Connection snapshot, Set<UUID> accepted, Set<UUID> attempted) throws SQLException {
        History history = History.of(snapshot);
        history.assertSound();
        assertThat(history.rows().keySet())
                .as("every job that was accepted is there")
                .containsAll(accepted);
        assertThat(ids(snapshot, "SELECT id FROM job WHERE parent_id IS NULL"))
                .as("no job that no application has added")
                .isSubsetOf(attempted);
        assertThat(
                        Sql.query(
                                snapshot,
                                "SELECT job_id FROM history WHERE status_after IN ('completed', 'failed') GROUP BY job_id HAVING count(*) > 1"))
                .as("jobs that have ended twice")
                .isEmpty();
        assertThat(Sql.query(
                        snapshot,
                        "SELECT id, claim, result_data FROM job WHERE status = 'completed' AND sealed IS NULL"
                                + " AND CONCAT('', result_data) <> CONCAT('\"by claim ', claim, '\"')"))
                .as("jobs with the result of a claim that held no more")
                .isEmpty();
        assertThat(
                        Sql.query(
                                snapshot,
                                "SELECT id, attempt, max_attempts, claim, lost_workers FROM job"
                                        + " WHERE max_attempts IS NULL OR attempt > max_attempts OR attempt + lost_workers > claim"))
                .as("jobs tried too often")
                .isEmpty();
        assertThat(Sql.query(
                        snapshot,
                        "SELECT l.job_id, l.claim FROM ledger l WHERE l.event = 'START'"
                                + " GROUP BY l.job_id, l.claim HAVING count(*) > 1"))
                .as("attempts that have begun twice")
                .isEmpty();
        assertThat(Sql.query(
                        snapshot,
                        "SELECT j.id FROM job j WHERE j.status = 'completed' AND NOT EXISTS (SELECT 1 FROM ledger l"
                                + " WHERE l.job_id = j.id AND l.event = 'END')"))
                .as("jobs that have completed without having run")
                .isEmpty();
        assertThat(Sql.query(
                        snapshot,
                        "SELECT p.id FROM job p JOIN job c ON c.parent_id = p.id"
                                + " WHERE p.status = 'completed' AND c.status <> 'completed'"))
                .as("parents that have completed before their children")
                .isEmpty();
    }

    private static Set<UUID> ids(Connection snapshot, String query) throws SQLException {
        return Sql.query(snapshot, query).stream()
                .map(row -> UUID.fromString(row.get(0)))
                .collect(Collectors.toSet());
    }
}
