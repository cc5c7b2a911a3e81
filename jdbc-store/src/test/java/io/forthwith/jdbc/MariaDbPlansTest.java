package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.QueueState;
import io.forthwith.store.Claim;
import io.forthwith.store.Retention;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** InnoDB counts what it reads, row by row, for each session: whatever plan it takes, a large table must not be read as a whole. */
@DisplayName(
        "On MariaDB, beside forty thousand finished jobs, as many deferred ones, as many paused queues and a family of twenty thousand,")
class MariaDbPlansTest {
    private static final int MANY = 40_000;
    private static final int CHILDREN = 20_000;
    private static final UUID PARENT = new UUID(0, 1);
    private static final String NUMBERS = " FROM seq_1_to_%d";

    private static void fill(DataSource database) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, completed_at, created_at, run_at, claim, unique_key)"
                        + " SELECT UUID(), 'old', 'completed', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, seq"
                        + NUMBERS.formatted(MANY));
        Sql.run(
                database,
                "INSERT INTO job (id, type, priority, run_at)"
                        + " SELECT UUID(), 'later', seq % 10, UTC_TIMESTAMP(6) + INTERVAL 1 DAY"
                        + NUMBERS.formatted(MANY));
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, sealed) VALUES ('" + PARENT + "', 'p', 'waiting', FALSE)");
        Sql.run(
                database,
                "INSERT INTO job (id, type, parent_id, position, status, completed_at, progress)"
                        + " SELECT UUID(), 'child', '" + PARENT + "', seq, 'completed', UTC_TIMESTAMP(6), 100"
                        + NUMBERS.formatted(CHILDREN));
        Sql.run(database, "INSERT INTO job_queue (name) SELECT CONCAT('paused-', seq)" + NUMBERS.formatted(MANY));
        Sql.run(database, "ANALYZE TABLE job");
    }

    private static long read(SingleConnection connection) throws SQLException {
        return Sql.query(connection.connection(), "SHOW SESSION STATUS LIKE 'Handler_read%'").stream()
                .mapToLong(row -> Long.parseLong(row.get(1)))
                .sum();
    }

    @Test
    @DisplayName("claiming, settling, failing, reporting, taking over, purging and adding read a few rows for each job")
    void flat() throws SQLException {
        DataSource database = TestMariaDb.newDatabase("plans");
        JdbcSchema.migrate(database);
        fill(database);
        try (SingleConnection connection = new SingleConnection(database.getConnection())) {
            JdbcJobStore store = JdbcJobStore.of(connection);
            UUID worker = Jobs.worker(store);
            Map<String, Long> read = new LinkedHashMap<>();
            NewJob keyed = Jobs.job().uniqueKey("k");
            count(connection, read, "add", () -> store.add(Jobs.encoded(keyed, Jobs.job(), Jobs.job())));
            count(
                    connection,
                    read,
                    "add again",
                    () -> store.add(Jobs.encoded(Jobs.job().uniqueKey("k"), keyed)));
            count(
                    connection,
                    read,
                    "add a child",
                    () -> store.add(Jobs.encoded(Jobs.job().parent(PARENT))));
            assertThat(count(connection, read, "look for the overdue", () -> store.overdue(Duration.ZERO)))
                    .isNotEmpty();
            Map<String, Long> counting = new LinkedHashMap<>();
            count(connection, counting, "look at the queues", store::queues);
            assertThat(counting)
                    .allSatisfy((what, rows) -> assertThat(rows)
                            .as("of ten priorities what is due and what is not, each read once and counted once")
                            .isLessThan(4L * 10 * QueueState.MOST));
            count(connection, read, "look at a job", () -> store.situation(PARENT));
            UUID pending = store.list(JobQuery.all().status(JobStatus.PENDING).limit(1))
                    .get(0)
                    .id();
            count(connection, read, "look at a pending job", () -> store.situation(pending));
            List<Job> claimed = count(connection, read, "claim", () -> Jobs.claim(store, worker, 10));
            assertThat(claimed).hasSize(4);
            count(connection, read, "claim nothing", () -> Jobs.claim(store, worker, 10));
            count(connection, read, "settle", () -> store.settle(Jobs.completed(claimed.subList(0, 2))));
            count(
                    connection,
                    read,
                    "fail",
                    () -> store.settle(List.of(Settlement.fail(
                            Claim.of(claimed.get(2)), JobError.permanent("broken", "Broken"), Locale.ENGLISH))));
            count(connection, read, "held", () -> store.held(worker));
            count(
                    connection,
                    read,
                    "look for the dead",
                    () -> store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)));
            count(
                    connection,
                    read,
                    "purge what is old",
                    () -> store.purge(new Retention(Duration.ofDays(1), Duration.ofDays(1)), 100));
            count(connection, read, "purge", () -> store.purge(new Retention(Duration.ZERO, Duration.ofDays(1)), 100));
            count(connection, read, "list", () -> store.list(JobQuery.all().limit(10)));
            count(connection, read, "children", () -> store.children(PARENT, 10_000, 10));
            store.add(Jobs.many(1_000));
            List<Job> thousand = count(connection, read, "claim a thousand", () -> Jobs.claim(store, worker, 1_000));
            count(connection, read, "settle a thousand", () -> store.settle(Jobs.completed(thousand)));
            System.out.println("Rows read on MariaDB: " + read);
            assertThat(read)
                    .allSatisfy((what, rows) -> assertThat(rows).as(what).isLessThan(20_000));
        }
    }

    private interface Call<T> {
        T run();
    }

    private static <T> T count(SingleConnection connection, Map<String, Long> read, String what, Call<T> call)
            throws SQLException {
        long before = read(connection);
        T answer = call.run();
        read.put(what, read(connection) - before);
        return answer;
    }
}
