package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("When a worker process is killed with kill -9,")
class WorkerKilledTest extends FaultTest {
    private static final int JOBS = 10;

    @ParameterizedTest(name = "with a lease of {0} (ms)")
    @CsvSource({"2000, 2", ChildWorker.DEFAULT + ", 20"})
    @DisplayName("all it was running runs elsewhere within the lease and 5 s, and ends once")
    void killed(String lease, int leaseSeconds) throws Exception {
        ChildProcess victim = start("victim", JOBS, lease).awaitReady();
        List<UUID> jobs = enqueue(ChildWorker.HOLD, JOBS);
        victim.awaitStarted(JOBS, Duration.ofSeconds(10));
        ChildProcess heir = start("heir", JOBS, lease).awaitReady();
        UUID proof = enqueue(ChildWorker.QUICK, 1).get(0);
        heir.awaitStarted(1, Duration.ofSeconds(10));

        Duration bound = Duration.ofSeconds(leaseSeconds).plusSeconds(5);
        long killed = System.nanoTime();
        victim.signal("KILL");
        heir.awaitStarted(1 + JOBS, bound);
        double took = (System.nanoTime() - killed) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "kill -9 of a worker with %d jobs, lease %s: all running elsewhere after %.2f s, bound %d s%n",
                JOBS,
                lease,
                took,
                bound.toSeconds());

        assertThat(victim.awaitExit()).isEqualTo(128 + 9);
        heir.send(ChildWorker.RELEASE);
        awaitCompleted(JOBS + 1, Duration.ofSeconds(10));
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
