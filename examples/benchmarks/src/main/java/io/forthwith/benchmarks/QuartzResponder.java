package io.forthwith.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.DBConnectionManager;

/**
 * Quartz with its JDBC store, clustered: with its defaults, or with the shortest idle wait that it allows and frequent check-ins. The jobs
 * request recovery, because Quartz recovers no others. A job that throws leaves no trace in its tables. A job that cannot be loaded is an error.
 */
record QuartzResponder(boolean fastest) implements Responder {
    private static final String DATA_SOURCE = "responder";
    private static final String SHORTEST_IDLE_WAIT = "1000";
    private static final String CHECK_IN = "125";
    /** The delay of a job with an unknown type. Its class is renamed before it is due. */
    private static final Duration TIME_TO_RENAME = Duration.ofMillis(500);

    @Override
    public String name() {
        return fastest ? "quartz-fastest" : "quartz";
    }

    @Override
    public String settings() {
        return "2.5.2, JobStoreTX, clustered, "
                + (fastest
                        ? "idle wait " + SHORTEST_IDLE_WAIT + " ms, check-in every " + CHECK_IN + " ms"
                        : "otherwise defaults");
    }

    @Override
    public void createTables(DataSource database) throws Exception {
        new QuartzContender().createTables(database);
    }

    @Override
    public Host client(DataSource database) throws SchedulerException {
        return new Running(scheduler(database), database);
    }

    @Override
    public Host worker(DataSource database, Work work) throws SchedulerException {
        Scheduler scheduler = scheduler(database);
        scheduler.setJobFactory((bundle, itself) -> new Numbered(work));
        scheduler.start();
        return new Running(scheduler, database);
    }

    private Scheduler scheduler(DataSource database) throws SchedulerException {
        DBConnectionManager.getInstance().addConnectionProvider(DATA_SOURCE, new QuartzContender.Pooled(database));
        Properties settings = new Properties();
        Map.of(
                        "scheduler.instanceName", "benchmark",
                        "scheduler.instanceId", "AUTO",
                        "threadPool.class", "org.quartz.simpl.SimpleThreadPool",
                        "threadPool.threadCount", Integer.toString(CONCURRENCY),
                        "jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX",
                        "jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate",
                        "jobStore.dataSource", DATA_SOURCE,
                        "jobStore.isClustered", "true")
                .forEach((name, value) -> settings.setProperty("org.quartz." + name, value));
        if (fastest) {
            settings.setProperty("org.quartz.scheduler.idleWaitTime", SHORTEST_IDLE_WAIT);
            settings.setProperty("org.quartz.jobStore.clusterCheckinInterval", CHECK_IN);
        }
        return new StdSchedulerFactory(settings).getScheduler();
    }

    @Override
    public String failures() {
        return "SELECT count(*) FROM qrtz_triggers WHERE trigger_state = 'ERROR'";
    }

    private record Running(Scheduler scheduler, DataSource database) implements Host {
        @Override
        public void enqueue(int number) throws SchedulerException {
            schedule(number, Instant.now());
        }

        /** Its jobs contain a class name, and a class that the workers do not have is an unknown type. */
        @Override
        public long enqueueUnknown(int number) throws SchedulerException, SQLException {
            long due = System.nanoTime() + TIME_TO_RENAME.toNanos();
            schedule(number, Instant.now().plus(TIME_TO_RENAME));
            try (Connection connection = database.getConnection();
                    PreparedStatement statement = connection.prepareStatement("UPDATE qrtz_job_details"
                            + " SET job_class_name = 'io.forthwith.benchmarks.Gone' WHERE job_name = ?")) {
                statement.setString(1, Integer.toString(number));
                statement.executeUpdate();
            }
            return due;
        }

        private void schedule(int number, Instant due) throws SchedulerException {
            JobDetail job = JobBuilder.newJob(Numbered.class)
                    .withIdentity(Integer.toString(number))
                    .requestRecovery()
                    .build();
            scheduler.scheduleJob(
                    job,
                    TriggerBuilder.newTrigger()
                            .withIdentity(Integer.toString(number))
                            .startAt(Date.from(due))
                            .build());
        }

        @Override
        public void close() throws SchedulerException {
            scheduler.shutdown(true);
        }
    }

    /** The number is the name of the trigger or, after a recovery, of the trigger that fired on the dead server. */
    record Numbered(Work work) implements Job {
        @Override
        public void execute(JobExecutionContext context) throws JobExecutionException {
            TriggerKey trigger = context.isRecovering()
                    ? context.getRecoveringTriggerKey()
                    : context.getTrigger().getKey();
            try {
                work.run(Integer.parseInt(trigger.getName()));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new JobExecutionException(stopped);
            }
        }
    }
}
