package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Every change of a job in a database. A trigger writes it down in the transaction of the change, also if the change
 * was made by plain SQL.
 */
record History(List<Change> changes, Map<UUID, State> rows) {
    /** Where a job stands. */
    record State(JobStatus status, long claim, int lostWorkers) {}

    /** One step of one job. */
    record Change(UUID job, State from, State to, String worker, boolean isRobbery) {}

    /** Has SQLite write down what becomes of jobs. */
    static void recordInSqlite(DataSource database) {
        Sql.run(database, """
                CREATE TABLE history (
                  seq INTEGER PRIMARY KEY, job_id, status_before, status_after, claim_before, claim_after, lost_before, lost_after, worker_id,
                  robbed);
                CREATE TRIGGER history AFTER UPDATE ON job
                WHEN NEW.status <> OLD.status OR NEW.claim <> OLD.claim OR NEW.lost_workers <> OLD.lost_workers
                BEGIN
                  INSERT INTO history (job_id, status_before, status_after, claim_before, claim_after, lost_before, lost_after, worker_id, robbed)
                  VALUES (NEW.id, OLD.status, NEW.status, OLD.claim, NEW.claim, OLD.lost_workers, NEW.lost_workers,
                    NEW.worker_id, CASE WHEN NEW.lost_workers > OLD.lost_workers AND EXISTS (
                      SELECT 1 FROM job_worker
                      WHERE id = OLD.worker_id AND lease_until > strftime('%Y-%m-%d %H:%M:%f', 'now')) THEN 't' ELSE 'f' END);
                END""");
    }

    static History of(DataSource database) {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            return of(connection);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** @param snapshot in a transaction that sees one state of things all the time */
    static History of(Connection snapshot) throws SQLException {
        List<Change> changes = Sql.query(
                        snapshot,
                        "SELECT job_id, status_before, claim_before, lost_before, status_after, claim_after, lost_after,"
                                + " worker_id, CASE WHEN robbed THEN 'yes' ELSE 'no' END"
                                + " FROM history ORDER BY seq")
                .stream()
                .map(row -> new Change(
                        UUID.fromString(row.get(0)),
                        state(row, 1),
                        state(row, 4),
                        row.get(7),
                        row.get(8).equals("yes")))
                .toList();
        Map<UUID, State> rows = new HashMap<>();
        Sql.query(snapshot, "SELECT id, status, claim, lost_workers FROM job")
                .forEach(row -> rows.put(UUID.fromString(row.get(0)), state(row, 1)));
        return new History(changes, rows);
    }

    private static State state(List<String> row, int first) {
        return new State(
                JobStatus.parse(row.get(first)),
                Long.parseLong(row.get(first + 1)),
                Integer.parseInt(row.get(first + 2)));
    }

    List<Change> of(UUID job) {
        return changes.stream().filter(change -> change.job.equals(job)).toList();
    }

    /** How often jobs were taken from a worker that did not give them up. */
    long takeOvers() {
        return changes.stream().filter(History::isTakeOver).count();
    }

    /** All of these jobs are there and no others, each went only where it may, and ended exactly once, as {@code end}. */
    void assertEachEndedOnce(Collection<UUID> jobs, JobStatus end) {
        assertSound();
        // Looked for job by job, the changes of tens of thousands would take minutes.
        Map<UUID, List<Change>> changesOf = changes.stream().collect(Collectors.groupingBy(Change::job));
        for (UUID job : jobs) {
            List<Change> its = changesOf.getOrDefault(job, List.of());
            assertThat(rows.get(job))
                    .as("job %s is still there", job)
                    .isNotNull()
                    .extracting(State::status)
                    .as("job %s, with %s", job, its)
                    .isEqualTo(end);
            assertThat(its).filteredOn(change -> change.to.status.isFinal()).hasSize(1);
        }
    }

    /**
     * Every step is legal and starts where the one before ended, the last one is what stands in the row; the claim grows with
     * every claim and every take-over, and changes at no other time; and nobody is robbed whose lease is good.
     */
    void assertSound() {
        Map<UUID, State> at = new HashMap<>();
        Map<UUID, Set<Long>> claims = new HashMap<>();
        for (Change change : changes) {
            State from = at.getOrDefault(change.job, added(change.from.status));
            assertThat(change.isRobbery)
                    .as("%s takes from a worker whose lease is good", change)
                    .isFalse();
            assertThat(change.from).as("%s follows on what was before", change).isEqualTo(from);
            assertThat(from.status.canBecome(change.to.status))
                    .as("%s is legal", change)
                    .isTrue();
            boolean claimed = change.to.status == JobStatus.PROCESSING;
            boolean grows = claimed || isTakeOver(change);
            assertThat(change.to.claim).as("the claim of %s", change).isEqualTo(grows ? from.claim + 1 : from.claim);
            if (claimed) {
                assertThat(claims.computeIfAbsent(change.job, job -> new HashSet<>())
                                .add(change.to.claim))
                        .as("%s has a number of its own", change)
                        .isTrue();
            }
            at.put(change.job, change.to);
        }
        rows.forEach((job, row) -> assertThat(row)
                .as("job %s is where its history ends", job)
                .isEqualTo(at.getOrDefault(job, added(row.status))));
    }

    /** How a job was added: one that waits for others is waiting. */
    private static State added(JobStatus said) {
        return new State(said == JobStatus.WAITING ? JobStatus.WAITING : JobStatus.PENDING, 0, 0);
    }

    private static boolean isTakeOver(Change change) {
        return change.to.lostWorkers > change.from.lostWorkers;
    }
}
