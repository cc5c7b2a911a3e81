package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Jobs with inputs")
@Timeout(value = Patience.SECONDS_OF_A_TEST, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileInputsTest extends HostileRows {

    /** Inputs that must not be read. */
    private static Map<String, String> misfits() {
        Map<String, String> misfits = new LinkedHashMap<>();
        misfits.put("nothing", "");
        misfits.put("half an object", "{\"item\":");
        misfits.put("null", "null");
        misfits.put("an array", "[]");
        misfits.put("a string", "\"x\"");
        misfits.put("the wrong type", "{\"amount\":\"many\"}");
        misfits.put("two documents", "{} {}");
        misfits.put("a class and its value", "[\"" + Canary.class.getName() + "\",{}]");
        misfits.put("100,000 levels of arrays", "[".repeat(100_000) + "]".repeat(100_000));
        misfits.put("100,000 levels in a field", "{\"more\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        misfits.put("100,000 levels in an unknown field", "{\"x\":" + "{\"x\":".repeat(100_000));
        misfits.put("5,000 levels, which PostgreSQL takes", "{\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        for (String field : List.of("amount", "total", "big")) {
            misfits.put("an exponent in " + field, "{\"" + field + "\":1e1000000000}");
            misfits.put("an exponent in " + field + " which PostgreSQL takes", "{\"" + field + "\":1e131071}");
        }
        for (String field : List.of("amount", "total", "big", "price", "at", "within", "more", "unknown")) {
            misfits.put("a million digits in " + field, "{\"" + field + "\":" + "9".repeat(1_000_000) + "}");
        }
        misfits.put("a date that is none", "{\"at\":\"2026-02-31T25:00:00Z\"}");
        misfits.put("a date beyond all dates", "{\"at\":\"+1000000001-01-01T00:00:00Z\"}");
        misfits.put("a long name", "{\"" + "n".repeat(60_000) + "\":1}");
        misfits.put("a long string", "{\"item\":\"" + "s".repeat(300_000) + "\"}");
        misfits.put("a long document", "{\"more\":[" + "1,".repeat(700_000) + "1]}");
        return misfits;
    }

    /** Inputs that name classes where a careless reader would look for them. */
    private static List<String> gadgets() {
        String canary = Canary.class.getName();
        return List.of(
                "{\"@class\":\"" + canary + "\"}",
                "{\"@type\":\"" + canary + "\",\"@c\":\"" + canary + "\",\"class\":\"" + canary + "\"}",
                "{\"more\":{\"@class\":\"" + canary + "\",\"@type\":\"" + canary + "\"}}",
                "{\"more\":[\"" + canary + "\",{}]}",
                "{\"more\":{\"java.util.HashMap\":{\"" + canary + "\":{}}}}");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that cannot be read fail at once, with a message for a person")
    void inputs(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Map<UUID, String> hostile = new HashMap<>();
        List<UUID> gadgets = new ArrayList<>();
        List<UUID> bombs = new ArrayList<>();
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store)) {
            misfits().forEach((what, json) -> {
                UUID id = UUID.randomUUID();
                if (insert(database, id, ORDER.name(), json)) {
                    hostile.put(id, what);
                }
            });
            for (String json : gadgets()) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, ORDER.name(), json)).isTrue();
                gadgets.add(id);
            }
            for (String json : List.of("{\"at\":1e131071}", "{\"within\":1e131071}", "{\"price\":1e131071}")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, ORDER.name(), json)).isTrue();
                bombs.add(id);
            }
            assertNeighboursComplete(jobs);
            for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                Job job = jobs.await(each.getKey(), LONG).orElseThrow();
                assertThat(job.status()).as(each.getValue()).isEqualTo(JobStatus.FAILED);
                assertThat(job.errorCode()).as(each.getValue()).isEqualTo("undecodable_input");
                assertThat(job.errorMessage())
                        .as(each.getValue())
                        .matches("The stored JSON (does not fit Order: .*it .+|is null, expected Order)")
                        .doesNotContain("Exception")
                        .hasSizeLessThan(300);
                assertThat(jobs.failures(job.id())).as(each.getValue()).hasSize(1);
            }
            for (UUID id : bombs) {
                // Whether it is a time is a matter of taste; that it takes none is not.
                assertThat(jobs.await(id, LONG).orElseThrow().status().isFinal())
                        .isTrue();
            }
            for (UUID id : gadgets) {
                assertThat(jobs.await(id, LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            }
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            assertThat(log.at(Level.WARN)).isEmpty();
        }
        assertThat(hostile).hasSizeGreaterThan(kind == TestDatabase.POSTGRESQL ? 12 : 30);
        assertThat(CanaryCage.loaded).isFalse();
        assertLookable(database, store, Set.of());
    }
}
