package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Claims and take-overs held still in the middle, on PostgreSQL: a trigger makes a transaction that moves a job wait for a
 * lock that the test holds, after it has locked the worker and before it commits. The trigger waits without limit, since
 * a take-over itself waits for locks only for a moment.
 */
@DisplayName("At the dangerous moment")
class DangerousMomentsTest {
    private static final int GATE = 4711;
    private static final Duration LONG = Duration.ofMinutes(10);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private DataSource database;
    private JdbcJobStore store;
    private Connection gate;

    @BeforeEach
    void open() throws SQLException {
        database = TestPostgres.empty();
        store = JdbcJobStore.of(database);
        Sql.run(database, """
                CREATE OR REPLACE FUNCTION test_gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
                BEGIN PERFORM pg_advisory_xact_lock(%d); RETURN NEW; END $$""".formatted(GATE));
        gate = TestPostgres.unpooled().getConnection();
    }

    @AfterEach
    void close() throws SQLException {
        gate.close();
        threads.shutdownNow();
        Sql.run(database, "DROP TRIGGER IF EXISTS test_gate ON job");
    }

    @Test
    @DisplayName(
            "a worker's lease lapses while its claim is under way: it is taken over without waiting for that, and what the claim commits by a later look")
    void claim_under_way() throws Exception {
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(Jobs.job()));
        closeGateFor("NEW.status = 'processing'");
        Future<List<Job>> claim = threads.submit(() -> Jobs.claim(store, worker, 1));
        awaitWaiting();
        lapse();

        assertThat(takeOver()).as("nothing is claimed yet").isEmpty();
        assertThat(Sql.query(database, "SELECT count(*) FROM job_worker").get(0))
                .containsExactly("0");
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING))).isEqualTo(1);

        openGate();
        List<Job> claimed = claim.get(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(claimed).hasSize(1);
        assertThat(takeOver())
                .extracting(TakenOver::jobId)
                .containsExactly(claimed.get(0).id());
        assertThat(store.settle(List.of(Settlement.complete(Claim.of(claimed.get(0)), null))))
                .containsExactly(Settled.LOST);
        assertThat(Jobs.claim(store, worker, 1)).as("to a worker that is gone").isEmpty();
    }

    @Test
    @DisplayName("a worker beats and claims while it is being taken over: it is dead and gets nothing")
    void take_over_under_way() throws Exception {
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(Jobs.job(), Jobs.job()));
        Job held = Jobs.claim(store, worker, 1).get(0);
        lapse();
        closeGateFor("OLD.status = 'processing' AND NEW.status = 'pending'");
        Future<List<TakenOver>> takeOver = threads.submit(this::takeOver);
        awaitWaiting();

        Future<BeatAnswer> beat = threads.submit(() -> store.beat(worker, LONG, WorkerLoad.NONE));
        Future<List<Job>> claim = threads.submit(() -> Jobs.claim(store, worker, 1));
        openGate();

        assertThat(takeOver.get(Patience.SECONDS, TimeUnit.SECONDS)).hasSize(1);
        assertThat(beat.get(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(BeatAnswer.DEAD);
        assertThat(claim.get(Patience.SECONDS, TimeUnit.SECONDS)).isEmpty();
        assertThat(store.held(worker)).isEmpty();
        assertThat(store.find(held.id()).orElseThrow().claim()).isEqualTo(2);
    }

    @Test
    @DisplayName("a worker beats while its claim is under way: neither waits for the other")
    void beat_during_claim() throws Exception {
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(Jobs.job()));
        closeGateFor("NEW.status = 'processing'");
        Future<List<Job>> claim = threads.submit(() -> Jobs.claim(store, worker, 1));
        awaitWaiting();

        assertThat(threads.submit(() -> store.beat(worker, LONG, WorkerLoad.NONE))
                        .get(Patience.SECONDS, TimeUnit.SECONDS)
                        .alive())
                .isTrue();

        openGate();
        assertThat(claim.get(Patience.SECONDS, TimeUnit.SECONDS)).hasSize(1);
    }

    /** Every lease lapses; the job rows are left alone, since one of them is locked. */
    private void lapse() {
        Sql.run(database, "UPDATE job_worker SET lease_until = lease_until - interval '1 day'");
    }

    private List<TakenOver> takeOver() {
        return store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
    }

    private void closeGateFor(String condition) throws SQLException {
        Sql.run(
                database,
                "CREATE TRIGGER test_gate BEFORE UPDATE ON job FOR EACH ROW WHEN (" + condition
                        + ") EXECUTE FUNCTION test_gate()");
        try (Statement lock = gate.createStatement()) {
            lock.execute("SELECT pg_advisory_lock(" + GATE + ")");
        }
    }

    private void openGate() throws SQLException {
        try (Statement unlock = gate.createStatement()) {
            unlock.execute("SELECT pg_advisory_unlock(" + GATE + ")");
        }
    }

    /** Waits until the transaction stands at the gate. */
    private void awaitWaiting() {
        Awaitility.await()
                .atMost(Patience.LONG)
                .until(() -> Sql.query(
                                database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                        .get(0)
                        .get(0)
                        .equals("1"));
    }
}
