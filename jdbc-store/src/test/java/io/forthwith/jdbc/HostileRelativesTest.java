package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Hostile rows of families and of other tables")
@Timeout(value = Patience.SECONDS_OF_A_TEST, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class HostileRelativesTest extends HostileRows {
    @ParameterizedTest
    @EnumSource
    @DisplayName("that wait for themselves or for each other do not delay other jobs")
    void circles(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Set<UUID> circles = ConcurrentHashMap.newKeySet();
        for (String status : List.of("pending", "waiting", "processing", "failed")) {
            for (int length : new int[] {1, 2, 5}) {
                List<UUID> ids = IntStream.range(0, length)
                        .mapToObj(i -> UUID.randomUUID())
                        .toList();
                for (int i = 0; i < length; i++) {
                    UUID next = ids.get((i + 1) % length);
                    Sql.run(
                            database,
                            "INSERT INTO job (id, type, input_data, status, parent_id, sealed, has_successors,"
                                    + " on_predecessor_failure) VALUES ('" + ids.get(i) + "', 'work', '\"fail\"', '"
                                    + status + "', '" + next + "', TRUE, TRUE, 'fail')");
                    Sql.run(
                            database,
                            "INSERT INTO job_predecessor (job_id, predecessor_id, place) VALUES ('" + ids.get(i)
                                    + "', '" + next + "', " + (i - 1) + ")");
                }
                circles.addAll(ids);
            }
        }
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store)) {
            assertNeighboursComplete(jobs);
            await().atMost(LONG)
                    .until(() ->
                            store.countByScan(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING)) == 0);
            assertNeighboursComplete(jobs);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            assertThat(log.at(Level.WARN)).isEmpty();
        }
        assertLookable(database, store, circles);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of steps, failures and workers harm only the job that they belong to")
    void other_tables(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Map<UUID, String> hostile = new LinkedHashMap<>();
        for (String result : List.of("[]", "{\"@class\":\"" + Canary.class.getName() + "\"}", "1e131071", "null")) {
            for (String begun : List.of(farthest(kind, true), farthest(kind, false))) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "\"step\"")).isTrue();
                Sql.run(
                        database,
                        "INSERT INTO job_step (job_id, claim, name, position, has_undo, result_data, started_at,"
                                + " finished_at) VALUES ('" + id + "', -5, 'pay', " + -hostile.size() + ", TRUE, '"
                                + result
                                + "', " + begun + ", " + begun + ")");
                Sql.run(database, "UPDATE job SET has_undo = TRUE WHERE id = '" + id + "'");
                hostile.put(id, result + " begun at " + begun);
            }
        }
        UUID failed = UUID.randomUUID();
        assertThat(insert(database, failed, WORK.name(), "\"complete\"")).isTrue();
        Sql.run(
                database,
                "INSERT INTO job_failure (job_id, claim, attempt, kind, code, message, exception_class, trace,"
                        + " started_at, failed_at) VALUES ('" + failed + "', -1, -1, 'nobody', '', '', '"
                        + Canary.class.getName() + "', '', " + farthest(kind, false) + ", " + farthest(kind, true)
                        + ")");
        hostile.put(failed, "a failure");
        for (boolean future : new boolean[] {true, false}) {
            Sql.run(
                    database,
                    "INSERT INTO job_worker (id, name, host, pid, started_at, lease_until) VALUES ('"
                            + UUID.randomUUID() + "', '', '', -1, " + farthest(kind, future) + ", "
                            + farthest(kind, future) + ")");
        }
        if (kind != TestDatabase.POSTGRESQL) {
            Sql.run(
                    database,
                    "INSERT INTO job_worker (id, name, host, pid, lease_until) VALUES ('my worker', '', '', 0, "
                            + farthest(kind, false) + ")");
            Sql.run(database, "INSERT INTO job (id, type, status) VALUES ('my job', 'work', 'processing')");
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, worker_id) VALUES ('their job', 'work', 'processing', 'my worker')");
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, completed_at) VALUES ('our job', 'work', 'failed', "
                            + farthest(kind, false) + ")");
            Sql.run(database, "INSERT INTO job_predecessor (job_id, predecessor_id, place) VALUES ('a job', '', -1)");
        }
        try (Worker worker = worker(store)) {
            assertNeighboursComplete(jobs);
            for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                assertThat(jobs.await(each.getKey(), LONG)
                                .orElseThrow()
                                .status()
                                .isFinal())
                        .as(each.getValue())
                        .isTrue();
            }
            assertNeighboursComplete(jobs);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
        assertThat(CanaryCage.loaded).isFalse();
        assertLookable(database, store, hostile.keySet());
    }
}
