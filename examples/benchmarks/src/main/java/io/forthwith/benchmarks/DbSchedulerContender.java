package io.forthwith.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * db-scheduler. Its docs/performance.md recommends the polling strategy lock-and-fetch for throughput, and measures three
 * settings of threads and limits. {@link #FASTEST} is the one that was fastest there. All other settings are available by
 * name. It deletes completed jobs.
 *
 * @param lower it fetches jobs when it has fewer than this many jobs for each thread
 * @param upper it fetches until it has this many jobs for each thread
 */
record DbSchedulerContender(int threads, double lower, double upper) implements Contender {
    static final DbSchedulerContender FASTEST = new DbSchedulerContender(50, 0.5, 4);

    private static final String NAME = "db-scheduler";
    private static final Pattern VARIANT = Pattern.compile(NAME + "-(\\d+)(?:-([\\d.]+)-([\\d.]+))?");

    /** {@code db-scheduler-100} has 100 threads and the limits of the fastest; {@code db-scheduler-100-2-6} has other limits. */
    static Optional<DbSchedulerContender> named(String name) {
        if (name.equals(NAME)) {
            return Optional.of(FASTEST);
        }
        return Optional.of(VARIANT.matcher(name))
                .filter(Matcher::matches)
                .map(parts -> new DbSchedulerContender(
                        Integer.parseInt(parts.group(1)),
                        parts.group(2) == null ? FASTEST.lower : Double.parseDouble(parts.group(2)),
                        parts.group(3) == null ? FASTEST.upper : Double.parseDouble(parts.group(3))));
    }

    @Override
    public String name() {
        if (equals(FASTEST)) {
            return NAME;
        }
        String sameLimits = NAME + "-" + threads;
        return lower == FASTEST.lower && upper == FASTEST.upper
                ? sameLimits
                : sameLimits + "-" + words(lower) + "-" + words(upper);
    }

    /** A limit as it is written in a name. */
    private static String words(double limit) {
        return BigDecimal.valueOf(limit).stripTrailingZeros().toPlainString();
    }

    @Override
    public String settings(Load load) {
        return "16.12.0, lock-and-fetch, " + load.concurrencyOr(threads) + " threads, lower limit " + words(lower)
                + ", upper limit " + words(upper) + " times the threads, " + connections(load)
                + " connections; deletes what is done";
    }

    /** One for each thread, because each writes at the end of its job, one to poll, and one for heartbeats. */
    @Override
    public int connections(Load load) {
        return load.concurrencyOr(threads) + 2;
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
                .threads(load.concurrencyOr(threads))
                .pollUsingLockAndFetch(lower, upper)
                .shutdownMaxWait(Duration.ofSeconds(10))
                .build();
        scheduler.start();
        return scheduler::stop;
    }

    /** The number is the name of the instance, because task data would cost a column and a serializer. */
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
