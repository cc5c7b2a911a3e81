package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** What must hold of the jobs of {@link Chaos} at any time, on every database. */
final class ChaosChecks {
    private ChaosChecks() {}

    /**
     * @param snapshot in a transaction that sees one state of things all the time
     * @param usedAgain the ids that belonged to other jobs before; an attempt of such a job may have noted that it began
     */
    static void check(Connection snapshot, Set<UUID> accepted, Set<UUID> attempted, Set<UUID> usedAgain)
            throws SQLException {
        History history = History.of(snapshot);
        history.assertSound();
        // containsAll and isSubsetOf compare each with each, which takes minutes after half an hour of chaos.
        Set<UUID> lost = new HashSet<>(accepted);
        lost.removeAll(history.rows().keySet());
        assertThat(lost).as("jobs lost: every job that was accepted is there").isEmpty();
        Set<UUID> invented = ids(snapshot, "SELECT id FROM job WHERE parent_id IS NULL");
        invented.removeAll(attempted);
        assertThat(invented)
                .as("jobs invented: none that no application has added")
                .isEmpty();
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
        assertThat(ids(
                        snapshot,
                        "SELECT l.job_id, l.claim FROM ledger l WHERE l.event = 'START'"
                                + " GROUP BY l.job_id, l.claim HAVING count(*) > 1"))
                .as("jobs with attempts that have begun twice")
                .allMatch(usedAgain::contains);
        assertThat(Sql.query(snapshot, completedWithout("END", "")))
                .as("jobs that have completed without having run")
                .isEmpty();
        Set<UUID> withoutStep = ids(snapshot, completedWithout("STEP", " AND CONCAT('', j.input_data) LIKE '%0'"));
        assertThat(withoutStep)
                .as(() -> "jobs that have completed without their step; their ids are used again: "
                        + usedAgain.containsAll(withoutStep) + "; they " + storyOf(snapshot, withoutStep))
                .isEmpty();
        assertThat(Sql.query(
                        snapshot,
                        "SELECT p.id FROM job p JOIN job c ON c.parent_id = p.id"
                                + " WHERE p.status = 'completed' AND c.status <> 'completed'"))
                .as("parents that have completed before their children")
                .isEmpty();
    }

    /** What a failure needs to say of some jobs. */
    private static String storyOf(Connection snapshot, Set<UUID> jobs) {
        StringBuilder story = new StringBuilder();
        for (UUID id : jobs) {
            for (String table : List.of("job", "job_step", "job_failure", "ledger", "history")) {
                String key = table.equals("job") ? "id" : "job_id";
                try {
                    story.append(System.lineSeparator())
                            .append(table)
                            .append(": ")
                            .append(Sql.query(
                                    snapshot, "SELECT * FROM " + table + " WHERE " + key + " = '" + id + "'"));
                } catch (SQLException failed) {
                    story.append(failed);
                }
            }
        }
        return story.toString();
    }

    private static String completedWithout(String event, String which) {
        return "SELECT j.id FROM job j WHERE j.status = 'completed' AND j.type = '" + ChaosWorker.TYPE.name() + "'"
                + which + " AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.job_id = j.id AND l.event = '" + event
                + "')";
    }

    private static Set<UUID> ids(Connection snapshot, String query) throws SQLException {
        return Sql.query(snapshot, query).stream()
                .map(row -> UUID.fromString(row.get(0)))
                .collect(Collectors.toSet());
    }
}
