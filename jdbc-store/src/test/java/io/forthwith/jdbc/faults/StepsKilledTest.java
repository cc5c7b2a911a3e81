package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A job with a durable step whose worker dies")
@Tag("section")
@Tag("slow")
class StepsKilledTest extends FaultTest {
    private static final String CHARGED = "charged";
    private static final String REFUNDED = "refunded";

    @BeforeEach
    void createLedger() {
        Charging.createLedger(database());
    }

    /** Where nothing is written between the end of one call and the beginning of the next, one moment stands for both. */
    private static Stream<Arguments> moments() {
        Stream<String> ofFailed = Stream.of(
                "before beginStep",
                "after beginStep",
                "after effect",
                "after finishStep",
                "after settle 1",
                "after undo effect",
                "after stepUndone",
                "after settle 2");
        Stream<String> ofCompleted = Stream.of("after beginStep", "after effect", "after finishStep", "after settle 1");
        if (Boolean.getBoolean("thorough")) {
            Stream<String> same = Stream.of(
                    "before effect",
                    "before finishStep",
                    "before settle 1",
                    "before undo effect",
                    "before stepUndone",
                    "before settle 2");
            ofFailed = Stream.concat(ofFailed, same);
            ofCompleted = Stream.concat(ofCompleted, Stream.of("before settle 1"));
        }
        return Stream.concat(
                ofFailed.map(moment -> arguments(moment, true)), ofCompleted.map(moment -> arguments(moment, false)));
    }

    @ParameterizedTest(name = "{0}, of a job that then fails: {1}")
    @MethodSource("moments")
    @DisplayName("is charged for exactly if it completes")
    void killed(String moment, boolean fails) throws Exception {
        UUID id = jobs().enqueue(NewJob.of(Charging.TYPE, new Charging.Order(fails)))
                .id();
        ChildProcess victim = startCharging(moment, ChargingWorker.DIE);
        assertThat(victim.awaitExit()).isEqualTo(137);
        victim.awaitLine(("AT " + moment)::equals);

        takeOver(3);
        drain();

        Job job = jobs().find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(fails ? JobStatus.FAILED : JobStatus.COMPLETED);
        assertThat(ledger()).containsExactly(fails ? REFUNDED : CHARGED);
        assertThat(jobs().scan(JobQuery.all()))
                .filteredOn(Job::isUndo)
                .hasSize(fails ? 1 : 0)
                .allMatch(undo -> undo.status() == JobStatus.COMPLETED);
        assertThat(jobs().steps(id)).hasSize(1).allMatch(step -> fails == (step.undoneAt() != null));
        history().assertSound();
    }

    @Test
    @DisplayName("between intent and action is refunded, and a worker that was only paused charges nothing afterwards")
    void paused() throws Exception {
        UUID id = jobs().enqueue(NewJob.of(Charging.TYPE, new Charging.Order(false)))
                .id();
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
