package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pair of circumstances is met at least once; all combinations of them with {@code -Pchaos}. */
@DisplayName("With every database, time zone, pool, auto-commit mode, prefix and schema,")
@Isolated("changes the time zone of the process")
@Tag("slow")
class CombinationsTest {
    /** That of America/New_York has no 02:30 on 8 March 2026, and of Lord Howe Island none at 02:15 on 4 October. */
    private static final List<String> ZONES =
            List.of("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu");

    private static final List<String> GAPS = List.of("2026-03-08 02:30:00", "2026-10-04 02:15:00");
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final TimeZone before = TimeZone.getDefault();

    record Circumstances(
            TestDatabase kind, String zone, boolean pooled, boolean autoCommit, boolean prefix, boolean schema) {
        List<Object> values() {
            return List.of(kind, zone, pooled, autoCommit, prefix, schema);
        }
    }

    static Stream<Circumstances> all() {
        List<Circumstances> all = new ArrayList<>();
        for (TestDatabase kind : TestDatabase.values()) {
            for (String zone : ZONES) {
                for (int bits = 0; bits < 16; bits++) {
                    boolean schema = (bits & 8) > 0 && kind.hasSchemas();
                    all.add(new Circumstances(kind, zone, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, schema));
                }
            }
        }
        return Boolean.getBoolean("chaos") ? all.stream().distinct() : pairwise(all).stream();
    }

    /** Takes whichever shows most pairs that were not shown yet, until all were. */
    private static List<Circumstances> pairwise(List<Circumstances> all) {
        Set<List<Object>> missing = new HashSet<>();
        all.forEach(each -> missing.addAll(pairs(each)));
        List<Circumstances> chosen = new ArrayList<>();
        while (!missing.isEmpty()) {
            Circumstances best = all.get(0);
            long most = 0;
            for (Circumstances each : all) {
                long shown = pairs(each).stream().filter(missing::contains).count();
                if (shown > most) {
                    most = shown;
                    best = each;
                }
            }
            missing.removeAll(pairs(best));
            chosen.add(best);
        }
        return chosen;
    }

    private static Set<List<Object>> pairs(Circumstances circumstances) {
        List<Object> values = circumstances.values();
        Set<List<Object>> pairs = new HashSet<>();
        for (int i = 0; i < values.size(); i++) {
            for (int k = i + 1; k < values.size(); k++) {
                pairs.add(List.of(i, values.get(i), k, values.get(k)));
            }
        }
        return pairs;
    }

    @AfterEach
    void back() {
        TimeZone.setDefault(before);
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("jobs come in, run, fail, wait, are taken over and purged")
    void same(Circumstances circumstances) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone(circumstances.zone));
        DataSource database = circumstances.kind.empty();
        String schema = circumstances.schema ? "app_jobs" : null;
        String prefix = circumstances.prefix ? "fw_" : "";
        String table = (schema == null ? "" : schema + ".") + prefix + "job";
        if (schema != null) {
            circumstances.kind.recreateSchema(database, schema);
        }
        if (!circumstances.pooled) {
            play(
                    circumstances.kind,
                    new WatchedDataSource(database, connection -> connection.setAutoCommit(circumstances.autoCommit)),
                    schema,
                    prefix,
                    table);
            return;
        }
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(4);
        config.setAutoCommit(circumstances.autoCommit);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            play(circumstances.kind, pool, schema, prefix, table);
        }
    }

    private static void play(
            TestDatabase kind, DataSource database, @Nullable String schema, String prefix, String table)
            throws Exception {
        JdbcSchema.migrate(database, schema, prefix);
        assertThat(JdbcSchema.drift(database, schema, prefix)).isEmpty();
        JdbcJobStore store = JdbcJobStore.of(database);
        store = schema == null ? store : store.schema(schema);
        store = prefix.isEmpty() ? store : store.tablePrefix(prefix);
        comeAndGo(store);
        times(kind, store, database, table);
        bySeed(kind, store, database, table);
    }

    private static void comeAndGo(JdbcJobStore store) {
        NewJob key = Jobs.job().uniqueKey("k").priority(9);
        NewJob parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent).priority(8);
        NewJob after = Jobs.job().after(parent);
        NewJob failing = Jobs.job().priority(1);
        store.add(Jobs.encoded(key));
        store.add(Jobs.encoded(key, Jobs.job().uniqueKey("k"), failing));
        store.add(Jobs.encoded(parent, child, after));
        UUID worker = Jobs.worker(store);
        assertThat(store.beat(worker, LEASE, WorkerLoad.NONE).alive()).isTrue();
        List<Job> claimed = Jobs.claim(store, worker, 10);
        assertThat(claimed).extracting(Job::id).containsExactly(key.id(), child.id(), failing.id());
        Claim first = Claim.of(claimed.get(0));
        assertThat(store.beginStep(first, new StepName("pay", ""), false).outcome())
                .isEqualTo(Settled.APPLIED);
        assertThat(store.finishStep(first, new StepName("pay", ""), "{\"é\": \"✓\"}"))
                .isEqualTo(Settled.APPLIED);
        assertThat(store.settle(List.of(
                        Settlement.complete(first, "{\"text\": \"日本語 𝄞\"}"),
                        Settlement.complete(Claim.of(claimed.get(1)), "1"),
                        Settlement.fail(
                                Claim.of(claimed.get(2)),
                                JobError.permanent("broken", "Kaputt: é ✓"),
                                Locale.ENGLISH))))
                .containsOnly(Settled.APPLIED);
        assertThat(store.settle(List.of(Settlement.complete(first, "2")))).containsExactly(Settled.ALREADY_APPLIED);
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(store.find(after.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(store.find(key.id()).orElseThrow().result()).contains("日本語 𝄞");
        assertThat(store.failures(failing.id()))
                .singleElement()
                .satisfies(failure -> assertThat(failure.message()).isEqualTo("Kaputt: é ✓"));
        store.retry(failing.id());
        assertThat(Jobs.claim(store, worker, 10)).extracting(Job::id).containsExactly(after.id(), failing.id());
        assertThat(store.beat(worker, Duration.ofMillis(-1), WorkerLoad.NONE).alive())
                .isTrue();
        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .hasSize(2);
        assertThat(Jobs.claimAll(store)).hasSize(2);
        store.cancel(after.id(), Locale.ENGLISH);
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(5);
        // The parent stays for the one that comes after it and has not completed.
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 10)
                        .jobs())
                .isEqualTo(2);
    }

    /** What is written and read as UTC is no time at all in the zone of the process, and passes through it unharmed. */
    private static void times(TestDatabase kind, JdbcJobStore store, DataSource database, String table) {
        for (String gap : GAPS) {
            NewJob job = Jobs.job();
            store.add(Jobs.encoded(job));
            Instant time = Instant.parse(gap.replace(' ', 'T') + "Z");
            String utc = kind.utc(gap);
            Sql.run(
                    database,
                    "UPDATE " + table + " SET run_at = " + utc + ", created_at = " + utc + " WHERE id = '" + job.id()
                            + "'");
            assertThat(store.find(job.id()).orElseThrow().createdAt()).isEqualTo(time);
            List<Job> claimed = Jobs.claimAll(store);
            assertThat(claimed).extracting(Job::runAt).containsExactly(time);
            store.settle(List.of(
                    Settlement.fail(Claim.of(claimed.get(0)), JobError.permanent("broken", "Broken"), Locale.ENGLISH)));
            Job failed = store.find(job.id()).orElseThrow();
            assertThat(failed.runAt()).isEqualTo(time);
            assertThat(failed.completedAt())
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        }
    }

    private static void bySeed(TestDatabase kind, JdbcJobStore store, DataSource database, String table)
            throws SQLException {
        UUID id = UUID.randomUUID();
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table
                        + " (id, user_id, project_id, type, status, input_data)"
                        + " VALUES ('" + id + "', 'u1', 'p1', 'unknown_task_type', 'pending', '{}')")) {
            insert.executeUpdate();
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
        assertThat(Jobs.claimAll(store)).extracting(Job::id).containsExactly(id);
        assertThat(Sql.query(
                        database,
                        "SELECT id, status, error_message, created_at, completed_at FROM " + table
                                + " WHERE type = 'unknown_task_type' ORDER BY created_at DESC LIMIT 5"))
                .singleElement()
                .satisfies(row -> assertThat(row.subList(0, 2)).containsExactly(id.toString(), "processing"));
        assertThat(Sql.query(
                        database,
                        "SELECT id, type, status, progress, error_message, " + kind.seconds()
                                + " AS duration_seconds, created_at, completed_at FROM " + table
                                + " WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10"))
                .hasSize(2);
    }
}
