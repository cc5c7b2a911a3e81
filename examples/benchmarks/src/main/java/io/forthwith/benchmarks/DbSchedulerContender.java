package io.forthwith.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * db-scheduler. Its docs/performance.md names lock-and-fetch as the polling strategy for throughput, and gives three
 * settings of threads and limits that it was measured with. This is the one with which it was fastest there, and here
 * as well, if not by much. It deletes jobs that are done.
 */
final class DbSchedulerContender implements Contender {
    private static final String NAME = "db-scheduler";
    private static final int THREADS = 50;
    private static final double LOWER = 0.5;
    private static final double UPPER = 4;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String settings(Load load) {
        return "16.12.0, lock-and-fetch, " + load.concurrencyOr(THREADS) + " threads, lower limit " + LOWER
                + ", upper limit " + UPPER + " times the threads, " + connections(load)
                + " connections; deletes what is done";
    }

    /** One a thread: each of them writes at the end of its job. */
    @Override
    public int connections(Load load) {
        return load.concurrencyOr(THREADS) + 2;
    }

    @Override
    public void createTables(DataSource database) throws Exception {
        Scripts.run(database, getClass(), "db-scheduler.sql");
    }

    @Override
    public void enqueue(DataSource database, int first, int count) {
        OneTimeTask<Void> task = task(number -> {});
        Stream<TaskInstance<?>> jobs =
                IntStream.range(first, first + count).mapToObj(number -> task.instance(Integer.toString(number)));
        SchedulerClient.Builder.create(database, task).build().scheduleBatch(jobs, Instant.now());
    }

    @Override
    public Producer producer(DataSource database) {
        OneTimeTask<Void> task = task(number -> {});
        SchedulerClient client = SchedulerClient.Builder.create(database, task).build();
        return number -> client.scheduleIfNotExists(task.instance(Integer.toString(number)), Instant.now());
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        Scheduler scheduler = Scheduler.create(database, task(work))
                .threads(load.concurrencyOr(THREADS))
                .pollUsingLockAndFetch(LOWER, UPPER)
                .shutdownMaxWait(Duration.ofSeconds(10))
                .build();
        scheduler.start();
        return scheduler::stop;
    }

    /** The number is the name of the instance: data of its own would cost it a column and a serializer. */
    static OneTimeTask<Void> task(Work work) {
        return Tasks.oneTime("noop").execute((instance, context) -> {
            try {
                work.run(Integer.parseInt(instance.getId()));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(stopped);
            }
        });
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM scheduled_tasks)";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM scheduled_tasks";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(0, countJobs());
    }
}
