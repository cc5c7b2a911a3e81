package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.Retention;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Forthwith with its defaults, under which completed jobs stay in the table; or told to delete them as they complete, as those do with
 * whom it is compared.
 */
final class ForthwithContender implements Contender {
    static final JobType<Integer> TYPE = JobType.of("noop", Integer.class);
    static final String RAN_ONCE = "status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100";
    private static final int CONCURRENCY = 10;
    /** The five that docs/database.md tells a host to allow a worker, and one to spare. */
    private static final int CONNECTIONS = 6;

    private final boolean deletes;

    private ForthwithContender(boolean deletes) {
        this.deletes = deletes;
    }

    static ForthwithContender keeping() {
        return new ForthwithContender(false);
    }

    static ForthwithContender deleting() {
        return new ForthwithContender(true);
    }

    @Override
    public String name() {
        return deletes ? "forthwith-deleting" : "forthwith";
    }

    @Override
    public String settings(Load load) {
        return "defaults, concurrency " + load.concurrencyOr(CONCURRENCY) + ", " + CONNECTIONS + " connections; "
                + (deletes ? "completed jobs are deleted at once" : "rows kept");
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
                .retention(deletes ? new Retention(Duration.ZERO, Retention.DEFAULT.failed()) : Retention.DEFAULT)
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
        int kept = deletes ? 0 : jobs;
        database.require(kept, countJobs());
        database.require(kept, countJobs() + " WHERE " + RAN_ONCE);
        database.require(0, "SELECT count(*) FROM job_failure");
    }
}
