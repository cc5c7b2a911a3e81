package io.forthwith.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/**
 * Quartz with its JDBC store. The settings follow its configuration reference: it acquires triggers in batches as large as
 * the thread pool, within the lock, which batches require, and the connection pool has at least three connections more
 * than there are threads. It is clustered, because a second process requires that; all others always are. There is one
 * durable job, and a trigger for each run, because a job for each trigger would double the rows. Finished triggers are deleted.
 */
final class QuartzContender implements Contender {
    private static final String DATA_SOURCE = "benchmark";
    private static final int THREADS = 20;
    /** More triggers would take minutes. With fewer triggers in its table it is not slower. */
    private static final int MOST_JOBS = 5_000;

    @Override
    public String name() {
        return "quartz";
    }

    @Override
    public int jobs(int asked) {
        return Math.min(asked, MOST_JOBS);
    }

    @Override
    public String settings(Load load) {
        int threads = load.concurrencyOr(THREADS);
        return String.format(
                "2.5.2, JobStoreTX, clustered, %,d threads, batches of %d triggers within the lock, %d connections;"
                        + " %,d jobs; deletes what is done",
                threads, threads, connections(load), load.jobs());
    }

    @Override
    public int connections(Load load) {
        return load.concurrencyOr(THREADS) + 3;
    }

    @Override
    public void createTables(DataSource database) throws Exception {
        Scripts.run(database, Scheduler.class, "/org/quartz/impl/jdbcjobstore/tables_postgres.sql");
    }

    @Override
    public void enqueue(DataSource database, int first, int count) throws Exception {
        Set<Trigger> triggers = IntStream.range(first, first + count)
                .mapToObj(QuartzContender::trigger)
                .collect(Collectors.toCollection(HashSet::new));
        Scheduler scheduler = scheduler(database, 1);
        scheduler.scheduleJobs(Map.of(job(), triggers), true);
        scheduler.shutdown();
    }

    @Override
    public Producer producer(DataSource database) throws SchedulerException {
        Scheduler scheduler = scheduler(database, 1);
        scheduler.addJob(job(), true);
        return new Producer() {
            @Override
            public void enqueue(int number) throws SchedulerException {
                scheduler.scheduleJob(trigger(number));
            }

            @Override
            public void close() throws SchedulerException {
                scheduler.shutdown();
            }
        };
    }

    private static JobDetail job() {
        return JobBuilder.newJob(Noop.class).withIdentity("noop").storeDurably().build();
    }

    private static Trigger trigger(int number) {
        return TriggerBuilder.newTrigger()
                .withIdentity(Integer.toString(number))
                .forJob("noop")
                .startNow()
                .build();
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) throws Exception {
        Scheduler scheduler = scheduler(database, load.concurrencyOr(THREADS));
        scheduler.setJobFactory((bundle, itself) -> new Noop(work));
        scheduler.start();
        return () -> scheduler.shutdown(true);
    }

    private static Scheduler scheduler(DataSource database, int threads) throws SchedulerException {
        DBConnectionManager.getInstance().addConnectionProvider(DATA_SOURCE, new Pooled(database));
        Properties settings = new Properties();
        Map.ofEntries(
                        Map.entry("scheduler.instanceName", "benchmark"),
                        Map.entry("scheduler.instanceId", "AUTO"),
                        Map.entry("scheduler.batchTriggerAcquisitionMaxCount", Integer.toString(threads)),
                        Map.entry("threadPool.class", "org.quartz.simpl.SimpleThreadPool"),
                        Map.entry("threadPool.threadCount", Integer.toString(threads)),
                        Map.entry("jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX"),
                        Map.entry("jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate"),
                        Map.entry("jobStore.dataSource", DATA_SOURCE),
                        Map.entry("jobStore.isClustered", "true"),
                        Map.entry("jobStore.acquireTriggersWithinLock", "true"),
                        // All triggers are due at once and most wait longer than one minute, the default, but they are
                        // no misfires.
                        Map.entry("jobStore.misfireThreshold", "3600000"))
                .forEach((name, value) -> settings.setProperty("org.quartz." + name, value));
        return new StdSchedulerFactory(settings).getScheduler();
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM qrtz_triggers) OR EXISTS (SELECT FROM qrtz_fired_triggers)";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM qrtz_triggers";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(0, countJobs());
        database.require(0, "SELECT count(*) FROM qrtz_fired_triggers");
    }

    /** The name of the trigger is the number of the job, because job data would cost Quartz a serialized map. */
    record Noop(Work work) implements Job {
        @Override
        public void execute(JobExecutionContext context) throws JobExecutionException {
            try {
                work.run(Integer.parseInt(context.getTrigger().getKey().getName()));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new JobExecutionException(stopped);
            }
        }
    }

    /** The pool that all contenders get. */
    record Pooled(DataSource database) implements ConnectionProvider {
        @Override
        public Connection getConnection() throws SQLException {
            return database.getConnection();
        }

        @Override
        public void initialize() {}

        @Override
        public void shutdown() {}
    }
}
