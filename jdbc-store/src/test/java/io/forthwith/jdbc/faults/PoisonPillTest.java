package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("A job that kills the process of its worker whenever it runs")
@Tag("slow")
class PoisonPillTest extends FaultTest {
    private static final int CAP = 3;
    private static final int JOBS = 50;
    private static final String LEASE = "1500";

    @Test
    @DisplayName("is failed after three workers, and its 49 neighbours complete although they went down with it")
    void poison() throws Exception {
        List<UUID> neighbours = new ArrayList<>(enqueue(ChildWorker.NEIGHBOUR, 24));
        UUID poison = enqueue(ChildWorker.POISON, 1).get(0);
        neighbours.addAll(enqueue(ChildWorker.NEIGHBOUR, JOBS - 1 - 24));

        long start = System.nanoTime();
        for (int death = 1; death <= CAP; death++) {
            ChildProcess worker = start("worker-" + death, JOBS, LEASE);
            assertThat(worker.awaitExit()).as("death %s", death).isEqualTo(137);
            assertThat(worker.started()).contains(poison.toString());
            assertThat(worker.lines(line -> line.startsWith("ALONE"))).isEmpty();
        }
        ChildProcess survivor = start("survivor", JOBS, LEASE);
        awaitCompleted(JOBS - 1, Patience.LONG);
        await().atMost(Patience.LONG)
                .until(() -> jobs().find(poison).orElseThrow().status().isFinal());
        System.out.printf(
                Locale.ROOT,
                "poison pill among %d jobs, lease %s ms: failed, and all others completed, after %d deaths and %.2f s%n",
                JOBS,
                LEASE,
                CAP,
                (System.nanoTime() - start) / 1e9);

        assertThat(survivor.isAlive()).isTrue();
        assertThat(survivor.started()).doesNotContain(poison.toString());
        Job failed = jobs().find(poison).orElseThrow();
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("worker_lost");
        assertThat(failed.lostWorkers()).isEqualTo(CAP);
        assertThat(jobs().failures(poison)).extracting(FailedAttempt::claim).containsExactly(5L);
        assertThat(neighbours)
                .allSatisfy(job ->
                        assertThat(jobs().find(job).orElseThrow().lostWorkers()).isEqualTo(CAP - 1));
        History history = history();
        history.assertEachEndedOnce(neighbours, JobStatus.COMPLETED);
        history.assertEachEndedOnce(List.of(poison), JobStatus.FAILED);
    }
}
