package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.insight.BoundedCount;
import io.forthwith.internal.UuidV7;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.store.JobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As many failures as an hour without a payment service has left behind. */
@Tag("slow")
@DisplayName("An act over 90,000 failures whose carriers are killed")
class KilledCarriersTest {
    private static final int JOBS = 90_000;
    private static final int ROWS_AT_ONCE = 1_000;
    private static final int KILLS = 8;
    private static final Duration PATIENCE = Patience.LONG;

    static Stream<DurableServer> servers() {
        return Stream.of(DurablePostgres.shared(), DurableMariaDb.shared());
    }

    @ParameterizedTest
    @MethodSource("servers")
    @DisplayName("is carried on by other processes, and each job is retried once")
    void killed(DurableServer server) throws Exception {
        String url = server.newDatabase();
        DataSource database = DurableServer.at(url);
        fail(database);
        JobStore store = JdbcJobStore.of(database);
        ActStore acts = store.acts().orElseThrow();
        UUID act = UuidV7.next();
        JobQuery failures = JobQuery.all().status(JobStatus.FAILED);
        acts.begin(new NewAct(
                act,
                Deed.retry(),
                failures,
                null,
                new BoundedCount(JOBS, true),
                new Author("ada", "The API is back", null)));

        Random random = new Random(JOBS);
        for (int i = 0; i < KILLS; i++) {
            try (ChildProcess carrier = ChildProcess.start(ActCarrierMain.class, "carrier " + i, url)) {
                carrier.awaitLines(1 + random.nextInt(8), PATIENCE, "PART"::equals);
                carrier.signal("KILL");
                carrier.awaitExit();
            }
            assertThat(acts.find(act).orElseThrow().state()).isEqualTo(BulkAct.State.OPEN);
        }
        try (ChildProcess last = ChildProcess.start(ActCarrierMain.class, "last carrier", url)) {
            last.awaitLines(1, PATIENCE, "DONE"::equals);
        }

        BulkAct done = acts.find(act).orElseThrow();
        assertThat(done.state()).isEqualTo(BulkAct.State.DONE);
        assertThat(done.progress().done()).isEqualTo(JOBS);
        List<String> audited = audited(store, act);
        assertThat(audited).hasSize(JOBS);
        assertThat(new HashSet<>(audited)).hasSize(JOBS);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING))).isEqualTo(JOBS);
        assertThat(
                        Sql.query(
                                database,
                                "SELECT count(*), count(DISTINCT job_id) FROM history WHERE status_before = 'failed' AND status_after = 'pending'"))
                .containsExactly(List.of(Integer.toString(JOBS), Integer.toString(JOBS)));
    }

    private static void fail(DataSource database) {
        for (int from = 0; from < JOBS; from += ROWS_AT_ONCE) {
            List<String> rows = new ArrayList<>();
            for (int i = 0; i < ROWS_AT_ONCE; i++) {
                rows.add("('" + UuidV7.next()
                        + "', 'capture_payment', 'failed', '{}', 'http_503', 'It broke', CURRENT_TIMESTAMP)");
            }
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, input_data, error_code, error_message, completed_at) VALUES "
                            + String.join(", ", rows));
        }
    }

    private static List<String> audited(JobStore store, UUID act) {
        List<String> all = new ArrayList<>();
        UUID before = null;
        do {
            AuditPage page = store.audit().orElseThrow().search(null, null, before, 100);
            page.entries().stream()
                    .filter(entry -> act.equals(entry.act()))
                    .map(AuditEntry::subjects)
                    .forEach(all::addAll);
            before = page.next();
        } while (before != null);
        return all;
    }
}
