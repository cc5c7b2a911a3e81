package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("When a worker process is killed with kill -9, all it was running ends once, and runs elsewhere")
@Tag("slow")
class WorkerKilledTest extends FaultTest {
    private static final int JOBS = 10;
    private static final String SIGNED = "backend_pid IS NOT NULL AND server_epoch IS NOT NULL";

    private ChildProcess victim;
    private ChildProcess heir;
    private List<UUID> jobs;
    private UUID proof;

    private void start(String lease) {
        victim = start("victim", JOBS, lease).awaitReady();
        jobs = enqueue(ChildWorker.HOLD, JOBS);
        victim.awaitStarted(JOBS, Patience.LONG);
        heir = start("heir", JOBS, lease).awaitReady();
        proof = enqueue(ChildWorker.QUICK, 1).get(0);
        heir.awaitStarted(1, Patience.LONG);
    }

    @BestOfThree.Test
    @DisplayName("within the lease and 5 s, wherever its connections lead")
    void within_the_lease() throws Exception {
        start("2000");
        // As behind a pooler, where no session is known to be the worker's own.
        Sql.run(
                database(),
                "CREATE FUNCTION unsigned() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN NEW.backend_pid := NULL; RETURN NEW; END'");
        Sql.run(
                database(),
                "CREATE TRIGGER unsigned BEFORE UPDATE ON job_worker FOR EACH ROW EXECUTE FUNCTION unsigned()");
        BestOfThree.within(Duration.ofSeconds(2), () -> awaitWorker("victim", "backend_pid IS NULL"));
        kill(Duration.ofSeconds(2 + 5));
    }

    /** The goal is two seconds; a busy machine gets three more, and the lease is four times as long. */
    @BestOfThree.Test
    @DisplayName("long before its lease of 20 s lapses, since its sessions are gone, by a worker that has just started")
    void before_the_lease_lapses() throws Exception {
        start(ChildWorker.DEFAULT);
        awaitWorker("victim", SIGNED);
        kill(Duration.ofSeconds(2 + 3));
    }

    @BestOfThree.Test
    @DisplayName("as soon as the only worker has been restarted")
    void restarted() throws Exception {
        victim = start("victim", JOBS, ChildWorker.DEFAULT).awaitReady();
        jobs = enqueue(ChildWorker.HOLD, JOBS);
        victim.awaitStarted(JOBS, Patience.LONG);
        awaitWorker("victim", SIGNED);
        CountDownLatch started = new CountDownLatch(JOBS);
        WorkerBuilder again = Worker.of(
                        JdbcJobStore.of(database()), ProcessorRegistry.of().with(ChildWorker.HOLD, job -> {
                            started.countDown();
                            return "done";
                        }))
                .concurrency(JOBS);

        victim.signal("KILL");
        assertThat(victim.awaitExit()).isEqualTo(128 + 9);
        long begun = System.nanoTime();
        try (Worker worker = again.start()) {
            BestOfThree.within(
                    Duration.ofSeconds(2 + 3),
                    () -> assertThat(started.await(Patience.SECONDS, TimeUnit.SECONDS))
                            .isTrue());
            say("restart of the only worker", begun, 2 + 3);
            awaitCompleted(JOBS, Patience.LONG);
            assertThat(worker.health().reasons()).isEmpty();
        }
        history().assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        assertThat(history().takeOvers()).isEqualTo(JOBS);
    }

    private static void say(String what, long sinceNanos, long boundSeconds) {
        System.out.printf(
                Locale.ROOT,
                "%s with %d jobs: all running elsewhere after %.2f s, bound %d s%n",
                what,
                JOBS,
                (System.nanoTime() - sinceNanos) / 1e9,
                boundSeconds);
    }

    private void awaitWorker(String name, String condition) {
        await().atMost(Patience.LONG)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> Sql.query(
                                        database(),
                                        "SELECT name FROM job_worker WHERE name = '" + name + "' AND " + condition)
                                .size()
                        == 1);
    }

    private void kill(Duration bound) throws Exception {
        long killed = System.nanoTime();
        victim.signal("KILL");
        BestOfThree.within(bound, () -> heir.awaitStarted(1 + JOBS, Patience.LONG));
        say("kill -9 of a worker", killed, bound.toSeconds());

        assertThat(victim.awaitExit()).isEqualTo(128 + 9);
        heir.send(ChildWorker.RELEASE);
        awaitCompleted(JOBS + 1, Patience.LONG);
        assertThat(heir.started()).as("no job ran there twice").doesNotHaveDuplicates();
        History history = history();
        history.assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        history.assertEachEndedOnce(List.of(proof), JobStatus.COMPLETED);
        assertThat(history.rows()).hasSize(JOBS + 1);
        assertThat(history.takeOvers()).isEqualTo(JOBS);
        for (UUID job : jobs) {
            assertThat(history.of(job))
                    .extracting(change -> change.to().status())
                    .containsExactly(
                            JobStatus.PROCESSING, JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.COMPLETED);
        }
    }
}
