package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("A worker in a process with 256 MB, whose jobs have inputs and results of 250 KB,")
@Tag("slow")
@Timeout(600)
class LargeTextTest extends FaultTest {
    /** More than fit into memory; in full size so many as a worker may hold. */
    private static final int RESULTS = Boolean.getBoolean("thorough") ? 5_000 : 1_500;

    private static final int INPUTS = Boolean.getBoolean("thorough") ? 5_000 : 1_500;
    private static final int SMALL_INPUTS = 20_000;
    private static final int CHILDREN = 800;
    private static final Duration LONG = Duration.ofMinutes(4);

    private ChildProcess startWorker() {
        return start(List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"), LargeTextWorker.class, "worker")
                .awaitReady();
    }

    @Test
    @DisplayName("keeps as many results as fit into memory while the store takes none, and then writes all")
    void results_pile_up() {
        enqueue(LargeTextWorker.LARGE_RESULT, RESULTS);
        ChildProcess worker = startWorker();

        long held = awaitStandstill();
        assertAlive(worker);
        worker.send(ChildWorker.RELEASE);

        awaitCompleted(worker, RESULTS);
        System.out.printf(
                Locale.ROOT,
                "%d results of %d characters, 256 MB of memory: %d were held while the store took none%n",
                RESULTS,
                LargeTextWorker.LARGE.length(),
                held);
        assertThat(history().takeOvers()).isZero();
    }

    @Test
    @DisplayName(
            "goes on when large inputs follow thousands of small ones, for which it claims hundreds of jobs at once")
    void large_after_small() {
        enqueue(LargeTextWorker.SMALL_RESULT, SMALL_INPUTS);
        enqueueLarge(INPUTS);

        ChildProcess worker = startWorker();
        worker.send(ChildWorker.RELEASE);

        awaitCompleted(worker, SMALL_INPUTS + INPUTS);
    }

    @Test
    @DisplayName("takes over thousands of jobs and runs them")
    void takes_over() {
        enqueueLarge(INPUTS);
        UUID dead = UUID.randomUUID();
        Sql.run(
                database(),
                "INSERT INTO job_worker (id, name, host, pid, started_at, lease_until) VALUES ('" + dead
                        + "', 'dead', 'host', 1, now() - interval '1 hour', now() - interval '1 minute')");
        Sql.run(
                database(),
                "UPDATE job SET status = 'processing', claim = 1, attempt = 1, started_at = now(), worker_id = '" + dead
                        + "'");

        ChildProcess worker = startWorker();
        worker.send(ChildWorker.RELEASE);

        awaitCompleted(worker, INPUTS);
        assertThat(history().takeOvers()).isEqualTo(INPUTS);
    }

    @Test
    @DisplayName("reads the results of all children in a finisher")
    void reads_children() {
        NewJob parent = NewJob.of(LargeTextWorker.SUM, "");
        List<NewJob> family = new ArrayList<>(
                List.of(parent, NewJob.of(LargeTextWorker.SUM, "").finisherOf(parent)));
        for (int i = 0; i < CHILDREN; i++) {
            family.add(NewJob.of(LargeTextWorker.LARGE_RESULT, "").parent(parent));
        }
        jobs().enqueueAll(family);

        ChildProcess worker = startWorker();
        worker.send(ChildWorker.RELEASE);

        awaitCompleted(worker, CHILDREN + 2);
        assertThat(jobs().find(parent.id()).orElseThrow().result())
                .isEqualTo(String.valueOf((long) CHILDREN * LargeTextWorker.LARGE.length()));
    }

    private void enqueueLarge(int count) {
        for (int i = 0; i < count; i += 100) {
            jobs().enqueueAll(Stream.generate(() -> NewJob.of(LargeTextWorker.SMALL_RESULT, LargeTextWorker.LARGE))
                    .limit(100)
                    .toList());
        }
    }

    private long awaitStandstill() {
        long[] last = {0};
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(250))
                .during(Duration.ofSeconds(2))
                .until(() -> {
                    long now = jobs().countByScan(JobQuery.all().status(JobStatus.PROCESSING));
                    boolean stands = now == last[0] && now > 0;
                    last[0] = now;
                    return stands;
                });
        return last[0];
    }

    private void awaitCompleted(ChildProcess worker, int count) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(100)).until(() -> {
            assertAlive(worker);
            return jobs().countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == count;
        });
    }

    private static void assertAlive(ChildProcess worker) {
        assertThat(worker.isAlive())
                .as("the process lives; it said %s", worker.lines(line -> true))
                .isTrue();
    }
}
