package io.forthwith.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.annotations.Job;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;

/**
 * JobRunr, with its defaults or with the shortest poll interval that it allows with a database. The time until it declares a server dead
 * depends on this interval. Its jobs are not retried, because otherwise a failure would become final only after hours.
 */
record JobRunrResponder(boolean fastest) implements Responder {
    private static final Duration SHORTEST_POLL = Duration.ofSeconds(5);
    private static final int MOST_TRIES = 20;

    @Override
    public String name() {
        return fastest ? "jobrunr-fastest" : "jobrunr";
    }

    @Override
    public String settings() {
        return "8.7.0, " + (fastest ? "poll interval " + SHORTEST_POLL.toSeconds() + " s" : "defaults")
                + ", no retries";
    }

    @Override
    public void createTables(DataSource database) {
        new JobRunrContender().createTables(database);
    }

    @Override
    public Host client(DataSource database) {
        StorageProvider storage = SqlStorageProviderFactory.using(database);
        storage.setJobMapper(new JobMapper(new Jackson3JsonMapper()));
        return new Running(new JobRequestScheduler(storage), database, storage::close);
    }

    @Override
    public Host worker(DataSource database, Work work) {
        Handler handler = new Handler(work);
        JobActivator activator = new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                return type.cast(handler);
            }
        };
        BackgroundJobServerConfiguration server =
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(CONCURRENCY);
        JobRequestScheduler scheduler = JobRunr.configure()
                .useJsonMapper(new Jackson3JsonMapper())
                .useJobActivator(activator)
                .useStorageProvider(SqlStorageProviderFactory.using(database))
                .useBackgroundJobServer(fastest ? server.andPollInterval(SHORTEST_POLL) : server)
                .initialize()
                .getJobRequestScheduler();
        return new Running(scheduler, database, JobRunr::destroy);
    }

    @Override
    public String failures() {
        return "SELECT count(*) FROM jobrunr_jobs WHERE state = 'FAILED'";
    }

    /** The row ends as failed, because it is not retried, and names the class that was not found. */
    @Override
    public String unknowns() {
        return failures() + " AND jobasjson LIKE '%JobClassNotFoundException%'";
    }

    private record Running(JobRequestScheduler scheduler, DataSource database, Runnable stop) implements Host {
        @Override
        public void enqueue(int number) {
            scheduler.enqueue(new Numbered(number));
        }

        /**
         * Its jobs contain a class name, and a class that the workers do not have is an unknown type. If a worker takes the job before its
         * class is renamed, the job runs and does not count; then the next job is tried.
         */
        @Override
        public long enqueueUnknown(int number) throws SQLException {
            for (int tries = 0; tries < MOST_TRIES; tries++) {
                long start = System.nanoTime();
                enqueue(number);
                if (renameClass()) {
                    return start;
                }
            }
            throw new IllegalStateException(
                    "Each of " + MOST_TRIES + " jobs was taken before its class could be renamed");
        }

        private boolean renameClass() throws SQLException {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                return statement.executeUpdate(
                                "UPDATE jobrunr_jobs SET jobasjson = replace(jobasjson, '$Handler', '$Gone'),"
                                        + " jobsignature = replace(jobsignature, '$Handler', '$Gone') WHERE state = 'ENQUEUED'")
                        == 1;
            }
        }

        @Override
        public void close() {
            stop.run();
        }
    }

    /** A job as it is stored. */
    public record Numbered(int number) implements JobRequest {
        @Override
        public Class<Handler> getJobRequestHandler() {
            return Handler.class;
        }
    }

    /** Runs the job. */
    public record Handler(Work work) implements JobRequestHandler<Numbered> {
        @Override
        @Job(retries = 0)
        public void run(Numbered job) throws InterruptedException {
            work.run(job.number());
        }
    }
}
