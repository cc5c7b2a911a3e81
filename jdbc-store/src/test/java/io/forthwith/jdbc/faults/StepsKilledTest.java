package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A job with a durable step whose worker dies")
class StepsKilledTest extends FaultTest {
    private static final String CHARGED = "charged";
    private static final String REFUNDED = "refunded";

    @BeforeEach
    void createLedger() {
        Charging.createLedger(database());
    }

    @ParameterizedTest(name = "{0}, of a job that then fails: {1}")
    @CsvSource({
        "before beginStep, true",
        "after beginStep, true",
        "before effect, true",
        "after effect, true",
        "before finishStep, true",
        "after finishStep, true",
        "before settle 1, true",
        "after settle 1, true",
        "before undo effect, true",
        "after undo effect, true",
        "before stepUndone, true",
        "after stepUndone, true",
        "before settle 2, true",
        "after settle 2, true",
        "after beginStep, false",
        "after effect, false",
        "after finishStep, false",
        "before settle 1, false",
        "after settle 1, false"
    })
    @DisplayName("is charged for exactly if it completes")
    void killed(String moment, boolean fails) throws Exception {
        UUID id = jobs().enqueue(NewJob.of(Charging.TYPE, new Charging.Order(fails)));
        ChildProcess victim = startCharging(moment, ChargingWorker.DIE);
        assertThat(victim.awaitExit()).isEqualTo(137);
        victim.awaitLine(("AT " + moment)::equals);

        takeOver(3);
        drain();

        Job job = jobs().find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(fails ? JobStatus.FAILED : JobStatus.COMPLETED);
        assertThat(ledger()).containsExactly(fails ? REFUNDED : CHARGED);
        assertThat(jobs().list(JobQuery.all()))
                .filteredOn(Job::isUndo)
                .hasSize(fails ? 1 : 0)
                .allMatch(undo -> undo.status() == JobStatus.COMPLETED);
        assertThat(jobs().steps(id)).hasSize(1).allMatch(step -> fails == (step.undoneAt() != null));
        history().assertSound();
    }

    @Test
    @DisplayName("between intent and action is refunded, and a worker that was only paused charges nothing afterwards")
    void paused() throws Exception {
        UUID id = jobs().enqueue(NewJob.of(Charging.TYPE, new Charging.Order(false)));
        ChildProcess victim = startCharging(Charging.BEFORE_EFFECT, ChargingWorker.HANG);
        victim.awaitLine(("AT " + Charging.BEFORE_EFFECT)::equals);
        victim.signal("STOP");

        takeOver(1);
        assertThat(jobs().find(id).orElseThrow().errorCode()).isEqualTo("worker_lost");
        drain();
        assertThat(ledger()).containsExactly(REFUNDED);

        victim.signal("CONT");
        victim.send(ChildWorker.RELEASE);
        victim.awaitLine("RELEASED"::equals);
        victim.awaitLine(line -> line.contains("was refused, the job has moved on"));

        assertThat(ledger()).as("the key was refunded before it was charged").containsExactly(REFUNDED);
        assertThat(jobs().find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs().steps(id)).hasSize(1).noneMatch(step -> step.isFinished());
        history().assertSound();
    }

    private ChildProcess startCharging(String moment, String how) {
        return start(ChargingWorker.class, "victim", moment, how);
    }

    /** The lease of every worker lapses, and their jobs are taken over. */
    private void takeOver(int cap) {
        Sql.run(database(), "UPDATE job_worker SET lease_until = started_at");
        JobStore store = JdbcJobStore.of(database());
        store.takeOver(new TakeOverRequest(cap, Duration.ZERO, Locale.ENGLISH));
    }

    /** Another worker does what is left, and what that leaves. */
    private void drain() {
        Worker.of(JdbcJobStore.of(database()), ProcessorRegistry.of(new Charging(database(), moment -> {})))
                .build()
                .drain();
    }

    private List<String> ledger() {
        return Sql.query(database(), "SELECT state FROM ledger").stream()
                .map(row -> row.get(0))
                .toList();
    }
}
