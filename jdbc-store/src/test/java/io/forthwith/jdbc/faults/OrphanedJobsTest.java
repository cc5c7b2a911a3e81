package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Jobs that are processing under a worker that does not exist")
class OrphanedJobsTest extends FaultTest {
    private static final int JOBS = 5;

    @Test
    @DisplayName("are found and run again, without using up an attempt")
    void orphans() {
        List<UUID> jobs = enqueue(ChildWorker.QUICK, JOBS);
        Sql.run(
                database(),
                "UPDATE job SET status = 'processing', worker_id = gen_random_uuid(), claim = claim + 1,"
                        + " attempt = attempt + 1, started_at = now() - interval '1 day'");
        try (EngineLog log = new EngineLog();
                Worker worker = Worker.of(
                                JdbcJobStore.of(database()),
                                ProcessorRegistry.of().with(ChildWorker.QUICK, job -> job.claimNumber()))
                        .lease(Duration.ofSeconds(1))
                        .start()) {
            awaitCompleted(JOBS, Patience.LONG);
            assertThat(log.lines(" taken over from lost worker ")).hasSize(JOBS);
        }
        History history = history();
        history.assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        assertThat(history.takeOvers()).isEqualTo(JOBS);
        assertThat(jobs).allSatisfy(job -> {
            Job done = jobs().find(job).orElseThrow();
            assertThat(done.attempt()).isEqualTo(1);
            assertThat(done.lostWorkers()).isEqualTo(1);
            assertThat(done.result()).isEqualTo("3");
        });
    }
}
