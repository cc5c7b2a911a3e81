package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Hostile rows")
@Timeout(value = Patience.SECONDS_OF_A_TEST, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("slow")
class HostileRowsTest extends HostileRows {
    /** What a column may be made to say, and for which jobs that means that they are never run. */
    private static List<String> columns(TestDatabase kind) {
        List<String> columns = new ArrayList<>(List.of(
                "attempt = -32768",
                "attempt = 32767",
                "max_attempts = -32768",
                "max_attempts = 0",
                "claim = -1",
                "claim = -9223372036854775808",
                "claim = 9223372036854775807",
                "lost_workers = -32768",
                "lost_workers = 32767",
                "postponements = -2147483648",
                "postponements = 2147483647",
                "time_limit_ms = -9223372036854775808",
                "time_limit_ms = 9223372036854775807",
                "time_limit_ms = 0",
                "progress = -32768",
                "progress = 32767",
                "current_step = -1, total_steps = -2147483648",
                "current_step = 2147483647, total_steps = 1",
                "position = -2147483648",
                "position = 2147483647",
                "position = 0",
                "parent_id = id",
                "parent_id = '00000000-0000-0000-0000-000000000000', position = 0",
                "sealed = TRUE",
                "sealed = FALSE, on_child_failure = 'nobody'",
                "on_predecessor_failure = 'nobody'",
                "has_successors = TRUE, cancel_siblings = TRUE",
                "has_undo = TRUE",
                "locale = ''",
                "locale = '../../../etc/passwd'",
                "locale = 'zh-x-lvariant-java-util-HashMap'",
                "locale = '" + "en-".repeat(21) + "'",
                "error_kind = 'nobody', error_code = '', error_message = ''",
                "user_id = '%n\r\n\u001b[2J{}', project_id = ''",
                "created_at = " + farthest(kind, true),
                "created_at = " + farthest(kind, false),
                "started_at = " + farthest(kind, true) + ", completed_at = " + farthest(kind, true),
                "started_at = " + farthest(kind, false) + ", completed_at = " + farthest(kind, false),
                "postponed_since = " + farthest(kind, true),
                "postponed_since = " + farthest(kind, false),
                "updated_at = " + farthest(kind, true),
                "updated_at = " + farthest(kind, false),
                "cancel_requested_at = " + farthest(kind, true),
                "run_at = " + farthest(kind, false)));
        if (kind == TestDatabase.POSTGRESQL) {
            columns.addAll(List.of(
                    "created_at = '294276-12-31 23:59:59.999999+00'",
                    "created_at = '4713-01-01 00:00:00+00 BC'",
                    "created_at = '0001-01-01 00:00:00+15:59:59 BC'",
                    "run_at = '4713-01-01 00:00:00+00 BC', updated_at = '294276-12-31 23:59:59.999999+00'",
                    "locale = '" + "x-y".repeat(50_000) + "'",
                    "queue = 'default', error_message = repeat('x', 1000000)",
                    "current_step = 7, total_steps = 8, progress_message = repeat(E'\\n', 100000)"));
        } else {
            columns.addAll(List.of("parent_id = 'my parent'", "worker_id = 'my worker'", "undoes = 'my job'"));
        }
        if (kind == TestDatabase.H2) {
            columns.add("created_at = TIMESTAMP WITH TIME ZONE '-4712-01-01 00:00:00+18:00'");
        }
        if (kind == TestDatabase.SQLITE) {
            columns.addAll(List.of(
                    "started_at = 'yesterday'",
                    "started_at = ''",
                    "postponed_since = '-'",
                    "updated_at = '2020-02-30 00:00:00'",
                    "updated_at = '2020-01-01T00:00:00Z'",
                    "cancel_requested_at = '99999-01-01 00:00:00'"));
        }
        return columns;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with numbers, dates and words that make no sense end like others")
    void pending(TestDatabase kind) throws InterruptedException {
        runsAll(kind, "");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that no worker holds are taken over and end like others")
    void processing(TestDatabase kind) throws InterruptedException {
        runsAll(kind, "status = 'processing', worker_id = '" + UUID.randomUUID() + "', ");
    }

    private static void runsAll(TestDatabase kind, String alsoSet) throws InterruptedException {
        DataSource database = kind.migrated();
        withoutChecks(database, () -> {
            JdbcJobStore store = JdbcJobStore.of(database);
            JobClient jobs = JobClient.of(store);
            Map<UUID, String> hostile = new LinkedHashMap<>();
            for (String column : columns(kind)) {
                if (alsoSet.contains("worker_id") && column.startsWith("worker_id")) {
                    continue;
                }
                for (String behaviour : List.of("complete", "fail", "retry", "later")) {
                    UUID id = UUID.randomUUID();
                    assertThat(insert(database, id, WORK.name(), '"' + behaviour + '"'))
                            .isTrue();
                    Sql.run(database, "UPDATE job SET " + alsoSet + column + " WHERE id = '" + id + "'");
                    hostile.put(id, behaviour + " with " + (column.length() < 200 ? column : column.substring(0, 200)));
                }
            }
            try (StoreLog log = new StoreLog();
                    Worker worker = worker(store)) {
                assertNeighboursComplete(jobs);
                for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                    Job job = jobs.await(each.getKey(), LONG).orElseThrow();
                    assertThat(job.status().isFinal()).as(each.getValue()).isTrue();
                    if (job.status() == JobStatus.FAILED) {
                        assertThat(job.errorMessage()).as(each.getValue()).isNotBlank();
                        assertThat(job.errorCode()).as(each.getValue()).isNotEqualTo("failure_unstorable");
                    }
                }
                assertNeighboursComplete(jobs);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
                assertThat(log.at(Level.WARN)).isEmpty();
            }
            assertLookable(database, store, hostile.keySet());
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose counters begin below zero are not tried more often than others")
    void counters(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = UUID.randomUUID();
        assertThat(insert(database, id, WORK.name(), "\"x\"")).isTrue();
        Sql.run(database, "UPDATE job SET attempt = -32768, lost_workers = -32768, postponements = -2147483648");
        for (int lost = 1; lost <= 3; lost++) {
            assertThat(Jobs.claimAll(store))
                    .singleElement()
                    .extracting(Job::attempt)
                    .isEqualTo(1);
            Sql.run(database, "DELETE FROM job_worker");
            store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
            assertThat(store.find(id).orElseThrow().lostWorkers()).isEqualTo(lost);
        }
        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("worker_lost");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that are never due, of an unknown status or inconsistent are left alone")
    void left_alone(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        withoutChecks(database, () -> {
            JdbcJobStore store = JdbcJobStore.of(database);
            JobClient jobs = JobClient.of(store);
            Set<UUID> listed = ConcurrentHashMap.newKeySet();
            for (String column : List.of(
                    "run_at = " + farthest(kind, true),
                    "priority = -32768",
                    "priority = 32767",
                    "queue = ''",
                    "status = 'waiting', claim = 9223372036854775807",
                    "status = 'waiting', parent_id = id, sealed = TRUE, position = 0")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "[]")).isTrue();
                Sql.run(database, "UPDATE job SET " + column + " WHERE id = '" + id + "'");
                listed.add(id);
            }
            Set<UUID> unlisted = ConcurrentHashMap.newKeySet();
            for (String status : List.of("done", "PENDING", "", " pending", "processing ")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "[]")).isTrue();
                Sql.run(database, "UPDATE job SET status = '" + status + "' WHERE id = '" + id + "'");
                unlisted.add(id);
            }
            try (Worker worker = worker(store)) {
                assertNeighboursComplete(jobs);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
            assertThat(store.scan(JobQuery.all().atMost(1_000)))
                    .extracting(Job::id)
                    .containsAll(listed)
                    .doesNotContainAnyElementsOf(unlisted);
            assertThat(listed)
                    .allSatisfy(id -> assertThat(
                                    store.find(id).orElseThrow().status().isOpen())
                            .isTrue());
            assertThat(unlisted).allSatisfy(id -> assertThat(store.find(id)).isEmpty());
            assertLookable(database, store, listed);
            unlisted.forEach(id -> assertThat(
                            Sql.query(database, "SELECT claim, attempt, completed_at FROM job WHERE id = '" + id + "'"))
                    .singleElement()
                    .satisfies(row -> assertThat(row).startsWith("0", "0")));
        });
    }
}
