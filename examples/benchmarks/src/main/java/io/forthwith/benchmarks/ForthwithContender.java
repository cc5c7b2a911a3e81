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
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Forthwith with its defaults, which keep completed jobs in the table; or with the option to delete jobs when they complete, as some of
 * its peers do.
 */
final class ForthwithContender implements Contender {
    static final JobType<Integer> TYPE = JobType.of("noop", Integer.class);
    static final String RAN_ONCE = "status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100";
    private static final int CONCURRENCY = 10;
    /** The pool size that docs/databases.md recommends for a worker on PostgreSQL. */
    private static final int CONNECTIONS = 7;

    private final String name;
    private final boolean deletes;
    private final Function<JobClient, Producer> producer;

    private ForthwithContender(String name, boolean deletes, Function<JobClient, Producer> producer) {
        this.name = name;
        this.deletes = deletes;
        this.producer = producer;
    }

    static ForthwithContender keeping() {
        return new ForthwithContender("forthwith", false, ForthwithContender::oneByOne);
    }

    static ForthwithContender deleting() {
        return new ForthwithContender("forthwith-deleting", true, ForthwithContender::oneByOne);
    }

    /** Jobs of several threads share a commit. The producer waits for each job, as those of the others do. */
    static ForthwithContender async() {
        return new ForthwithContender(
                "forthwith-async",
                false,
                client -> number -> client.enqueueAsync(job(number)).join());
    }

    /** The same, but the producer waits only once, at the end, for all jobs. */
    static ForthwithContender pipelined() {
        return new ForthwithContender("forthwith-pipelined", false, Pipelined::new);
    }

    private static Producer oneByOne(JobClient client) {
        return number -> client.enqueue(job(number));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isOnlyOneByOne() {
        return name.equals("forthwith-async") || name.equals("forthwith-pipelined");
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
        return producer.apply(JobClient.of(JdbcJobStore.of(database)));
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

    /** Does not wait for one job before it enqueues the next. */
    private record Pipelined(JobClient client, Queue<CompletableFuture<UUID>> underWay) implements Producer {
        Pipelined(JobClient client) {
            this(client, new ConcurrentLinkedQueue<>());
        }

        @Override
        public void enqueue(int number) throws InterruptedException {
            underWay.add(client.enqueueAsync(job(number)));
        }

        @Override
        public void awaitDurable() {
            underWay.forEach(CompletableFuture::join);
        }
    }
}
