package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Most crashes come in a loop, right after the start. The lease is the default one, so it lasts far longer than the test has to wait. */
@Tag("slow")
@DisplayName("A worker that is killed when it is young")
class YoungWorkersKilledTest extends FaultTest {
    @ParameterizedTest(name = "is missed long before its lease ends: after {0} s, by a neighbour {1}")
    @CsvSource({"0, true", "3, true", "7, true", "0, false", "3, false", "7, false"})
    @DisplayName("is missed long before its lease ends")
    void killed(int age, boolean byNeighbour) throws Exception {
        if (byNeighbour) {
            start("neighbour", 1, ChildWorker.DEFAULT).awaitReady();
            enqueue(ChildWorker.HOLD, 1);
            await().until(() -> running() == 1);
        }
        ChildProcess young = start("young", 1, ChildWorker.DEFAULT).awaitReady();
        enqueue(ChildWorker.HOLD, 1);
        young.awaitStarted(1, Patience.LONG);
        await().until(() -> !Sql.query(
                        database(), "SELECT id FROM job_worker WHERE name = 'young' AND backend_pid IS NOT NULL")
                .isEmpty());
        pass(Duration.ofSeconds(age));
        String lease = Sql.query(database(), "SELECT lease_until FROM job_worker WHERE name = 'young'")
                .get(0)
                .get(0);
        long killed = System.nanoTime();
        young.signal("KILL");
        if (!byNeighbour) {
            start("again", 1, ChildWorker.DEFAULT);
        }
        await().atMost(Patience.LONG).until(() -> count("job WHERE lost_workers = 1") == 1);
        System.out.println("Young workers: killed after " + age + " s, missed by "
                + (byNeighbour ? "a neighbour" : "the next one") + " after "
                + Duration.ofNanos(System.nanoTime() - killed).toMillis() + " ms");

        assertThat(count("job WHERE lost_workers = 1 AND updated_at < timestamptz '" + lease
                        + "' - interval '8 seconds'"))
                .as("missed long before its lease would have ended, at %s", lease)
                .isOne();
    }

    private long running() {
        return count("job WHERE status = 'processing'");
    }

    private long count(String rows) {
        List<List<String>> counted = Sql.query(database(), "SELECT count(*) FROM " + rows);
        return Long.parseLong(counted.get(0).get(0));
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }
}
