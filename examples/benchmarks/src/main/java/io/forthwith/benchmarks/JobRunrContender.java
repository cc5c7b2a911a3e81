package io.forthwith.benchmarks;

import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jobrunr.configuration.JobRunr;
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
 * JobRunr, the free version. Its documentation has one setting for throughput, the number of workers. On two processors,
 * twice the default was fastest here. The shortest poll interval is 5 s, but it does not matter while there is work, because
 * a worker that becomes idle fetches more jobs. Jobs are enqueued as a stream, which JobRunr saves in batches, and as requests,
 * so that JobRunr need not analyse a lambda. Completed jobs are kept, as by Forthwith.
 */
final class JobRunrContender implements Contender {
    private static final int WORKERS = 32;
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

    @Override
    public String name() {
        return "jobrunr";
    }

    @Override
    public String settings(Load load) {
        return "8.7.0, " + load.concurrencyOr(WORKERS) + " workers, poll interval " + POLL_INTERVAL.toSeconds() + " s, "
                + connections(load) + " connections; rows kept";
    }

    /** One for each worker, and some for the work of JobRunr itself. Its documentation does not recommend a pool size. */
    @Override
    public int connections(Load load) {
        return load.concurrencyOr(WORKERS) + 4;
    }

    @Override
    public void createTables(DataSource database) {
        storage(database).close();
    }

    @Override
    public void enqueue(DataSource database, int first, int count) {
        StorageProvider storage = storage(database);
        new JobRequestScheduler(storage)
                .enqueue(IntStream.range(first, first + count).mapToObj(Numbered::new));
        storage.close();
    }

    @Override
    public Producer producer(DataSource database) {
        StorageProvider storage = storage(database);
        JobRequestScheduler scheduler = new JobRequestScheduler(storage);
        return new Producer() {
            @Override
            public void enqueue(int number) {
                scheduler.enqueue(new Numbered(number));
            }

            @Override
            public void close() {
                storage.close();
            }
        };
    }

    /** Creates the tables if they do not exist. */
    private static StorageProvider storage(DataSource database) {
        StorageProvider storage = SqlStorageProviderFactory.using(database);
        storage.setJobMapper(new JobMapper(new Jackson3JsonMapper()));
        return storage;
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        Handler handler = new Handler(work);
        JobActivator activator = new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                return type.cast(handler);
            }
        };
        JobRunr.configure()
                .useJsonMapper(new Jackson3JsonMapper())
                .useJobActivator(activator)
                .useStorageProvider(SqlStorageProviderFactory.using(database))
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(load.concurrencyOr(WORKERS))
                        .andPollInterval(POLL_INTERVAL))
                .initialize();
        return JobRunr::destroy;
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM jobrunr_jobs WHERE state IN ('ENQUEUED', 'PROCESSING'))";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM jobrunr_jobs";
    }

    /** The version counts the writes of a job: enqueued, claimed, completed. */
    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(jobs, countJobs());
        database.require(jobs, countJobs() + " WHERE state = 'SUCCEEDED' AND version = 3");
    }

    /** A job as it is stored; public, because JobRunr calls it by reflection. */
    public record Numbered(int number) implements JobRequest {
        @Override
        public Class<Handler> getJobRequestHandler() {
            return Handler.class;
        }
    }

    /** Runs the job. */
    public record Handler(Work work) implements JobRequestHandler<Numbered> {
        @Override
        public void run(Numbered job) throws InterruptedException {
            work.run(job.number());
        }
    }
}
