package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.SQLException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Forthwith with its defaults: completed jobs stay in the table. */
final class ForthwithContender implements Contender {
    static final JobType<Integer> TYPE = JobType.of("noop", Integer.class);
    static final String RAN_ONCE = "status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100";
    private static final int CONCURRENCY = 10;
    /** A claim, settlements and a heartbeat; more are never used at once by one worker. */
    private static final int CONNECTIONS = 4;

    @Override
    public String name() {
        return "forthwith";
    }

    @Override
    public String settings(Load load) {
        return "defaults, concurrency " + load.concurrencyOr(CONCURRENCY) + ", rows kept, " + CONNECTIONS
                + " connections";
    }

    @Override
    public int connections(Load load) {
        return CONNECTIONS;
    }

    @Override
    public void createTables(DataSource database) {
        JdbcSchema.migrate(database);
    }

    @Override
    public void enqueue(DataSource database, int first, int count) {
        enqueueAll(database, IntStream.range(first, first + count).mapToObj(ForthwithContender::job));
    }

    void enqueueAll(DataSource database, Stream<NewJob> jobs) {
        JobClient.of(JdbcJobStore.of(database)).enqueueAll(jobs.toList());
    }

    static NewJob job(int number) {
        return NewJob.of(TYPE, number);
    }

    @Override
    public Producer producer(DataSource database) {
        JobClient client = JobClient.of(JdbcJobStore.of(database));
        return number -> client.enqueue(job(number));
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            work.run(job.input(Integer.class));
            return null;
        });
        return Worker.of(JdbcJobStore.of(database), processors)
                .concurrency(load.concurrencyOr(CONCURRENCY))
                .start();
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM job WHERE status = 'pending')"
                + " OR EXISTS (SELECT FROM job WHERE status = 'processing')";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM job";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(jobs, "SELECT count(*) FROM job");
        database.require(
                jobs,
                "SELECT count(*) FROM job WHERE status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100");
        database.require(0, "SELECT count(*) FROM job_failure");
    }
}
