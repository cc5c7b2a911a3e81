package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("When a worker process is paused for three leases and goes on,")
@Tag("slow")
class WorkerPausedTest extends FaultTest {
    private static final Duration LEASE = Duration.ofMillis(1500);
    private static final int JOBS = 4;

    @BestOfThree.Test
    @DisplayName("its late results are refused while another worker runs the jobs, and it works on under a new id")
    void paused() throws Exception {
        String lease = String.valueOf(LEASE.toMillis());
        ChildProcess sleeper = start("sleeper", JOBS, lease).awaitReady();
        List<UUID> jobs = enqueue(ChildWorker.HOLD, JOBS);
        sleeper.awaitStarted(JOBS, Patience.LONG);
        ChildProcess heir = start("heir", JOBS, lease).awaitReady();

        sleeper.signal("STOP");
        long stopped = System.nanoTime();
        // It reads this when it wakes up, so that its results race with its next heartbeat.
        sleeper.send(ChildWorker.RELEASE);
        BestOfThree.within(LEASE.plusSeconds(5), () -> heir.awaitStarted(JOBS, Patience.LONG));
        System.out.printf(
                Locale.ROOT,
                "kill -STOP of a worker with %d jobs, lease %s: all running elsewhere after %.2f s%n",
                JOBS,
                LEASE,
                (System.nanoTime() - stopped) / 1e9);
        await().atMost(Patience.LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() ->
                        System.nanoTime() - stopped >= LEASE.multipliedBy(3).toNanos());
        sleeper.signal("CONT");

        sleeper.awaitLines(JOBS, Patience.LONG, line -> line.startsWith("RETURNED "));
        for (UUID job : jobs) {
            sleeper.awaitLine(line -> line.equals("LOG WARN [Worker] Job " + job
                    + ": the late result of attempt 1 (claim 1) was refused, the job has moved on"));
        }
        sleeper.awaitLine(line -> line.startsWith("LOG WARN [Worker] sleeper was declared dead as ")
                && line.endsWith("it goes on under a new id"));
        assertThat(jobs)
                .allSatisfy(job -> assertThat(jobs().find(job)).get().satisfies(running -> {
                    assertThat(running.status()).isEqualTo(JobStatus.PROCESSING);
                    assertThat(running.claim()).isEqualTo(3);
                    assertThat(running.result()).isNull();
                }));

        List<UUID> more = enqueue(ChildWorker.QUICK, JOBS);
        sleeper.awaitStarted(2 * JOBS, Patience.LONG);
        heir.send(ChildWorker.RELEASE);
        awaitCompleted(2 * JOBS, Patience.LONG);
        assertThat(sleeper.started().subList(JOBS, 2 * JOBS))
                .containsExactlyInAnyOrderElementsOf(
                        more.stream().map(UUID::toString).toList());
        assertThat(jobs)
                .allSatisfy(job ->
                        assertThat(jobs().find(job).orElseThrow().result()).isEqualTo("\"by claim 3\""));
        assertThat(sleeper.lines(line -> line.contains("was refused"))).hasSize(JOBS);
        assertThat(heir.lines(line -> line.contains("was refused"))).isEmpty();

        History history = history();
        history.assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        history.assertEachEndedOnce(more, JobStatus.COMPLETED);
        assertThat(history.takeOvers()).isEqualTo(JOBS);
        String firstId = history.of(jobs.get(0)).get(0).worker();
        String secondId = history.of(more.get(0)).get(0).worker();
        assertThat(secondId).isNotEqualTo(firstId);
        assertThat(Sql.query(database(), "SELECT id FROM job_worker WHERE name = 'sleeper'"))
                .containsExactly(List.of(secondId));
    }
}
