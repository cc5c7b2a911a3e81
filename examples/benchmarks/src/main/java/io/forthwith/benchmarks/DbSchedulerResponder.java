package io.forthwith.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;

/**
 * db-scheduler, with its defaults or with quick settings: "immediate execution", a poll every 10 ms, and heartbeats as frequent as those of
 * Forthwith with its shortest lease. A worker is dead after four missed heartbeats. A failure is never final: a failed job runs again after
 * five minutes, without end, and its row counts the failures.
 */
record DbSchedulerResponder(boolean fastest) implements Responder {
    private static final Duration POLL_INTERVAL = Duration.ofMillis(10);
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofMillis(125);
    private static final int MISSED_HEARTBEATS = 4;

    @Override
    public String name() {
        return fastest ? "db-scheduler-fastest" : "db-scheduler";
    }

    @Override
    public String settings() {
        return "16.12.0, "
                + (fastest
                        ? "immediate execution, poll interval " + POLL_INTERVAL.toMillis() + " ms, heartbeat every "
                                + HEARTBEAT_INTERVAL.toMillis() + " ms, dead after " + MISSED_HEARTBEATS
                        : "defaults");
    }

    @Override
    public void createTables(DataSource database) throws Exception {
        DbSchedulerContender.FASTEST.createTables(database);
    }

    @Override
    public Host client(DataSource database) {
        return new Running(
                SchedulerClient.Builder.create(database, DbSchedulerContender.task(number -> {}))
                        .build(),
                () -> {});
    }

    @Override
    public Host worker(DataSource database, Work work) {
        SchedulerBuilder builder = Scheduler.create(database, DbSchedulerContender.task(work))
                .threads(CONCURRENCY)
                .shutdownMaxWait(Duration.ofSeconds(10));
        if (fastest) {
            builder.enableImmediateExecution()
                    .pollingInterval(POLL_INTERVAL)
                    .heartbeatInterval(HEARTBEAT_INTERVAL)
                    .missedHeartbeatsLimit(MISSED_HEARTBEATS);
        }
        Scheduler scheduler = builder.build();
        scheduler.start();
        return new Running(scheduler, scheduler::stop);
    }

    @Override
    public String failures() {
        return "SELECT count(*) FROM scheduled_tasks WHERE consecutive_failures > 0";
    }

    private record Running(SchedulerClient client, Runnable stop) implements Host {
        private static final OneTimeTask<Void> KNOWN = DbSchedulerContender.task(number -> {});
        private static final OneTimeTask<Void> UNKNOWN =
                Tasks.oneTime("unknown").execute((instance, context) -> {});

        @Override
        public void enqueue(int number) {
            client.scheduleIfNotExists(KNOWN.instance(Integer.toString(number)), Instant.now());
        }

        @Override
        public long enqueueUnknown(int number) {
            long start = System.nanoTime();
            client.scheduleIfNotExists(UNKNOWN.instance(Integer.toString(number)), Instant.now());
            return start;
        }

        @Override
        public void close() {
            stop.run();
        }
    }
}
