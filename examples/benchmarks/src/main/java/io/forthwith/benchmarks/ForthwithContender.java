package io.forthwith.benchmarks;

import io.forthwith.Enqueued;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Forthwith with its defaults, which keep completed jobs in the table; or with the option to delete jobs when they complete, as some of
 * its peers do.
 */
final class ForthwithContender implements Contender {
    static final JobType<Integer> TYPE = JobType.of("noop", Integer.class);
    static final String RAN_ONCE = "status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100";
    private static final Set<String> ONLY_ONE_BY_ONE = Set.of("forthwith-async", "forthwith-pipelined", "jdbc-insert");
    private static final int CONCURRENCY = 10;
    /** The pool size that docs/databases.md recommends for a worker on PostgreSQL. */
    private static final int VIEWERS = 20;

    private static final int CONNECTIONS = 7;
    private static final String PREPARED = "forthwith-prepared";

    private final String name;
    private final boolean deletes;
    private final Function<DataSource, Producer> producer;
    private final int viewers;
    private final @Nullable Double traced;
    private @Nullable PreparedJava java;
    /** In this process. */
    private boolean hasSeenViewers;

    private ForthwithContender(String name, boolean deletes, Function<DataSource, Producer> producer) {
        this(name, deletes, producer, null, 0);
    }

    private ForthwithContender(
            String name,
            boolean deletes,
            Function<DataSource, Producer> producer,
            @Nullable Double traced,
            int viewers) {
        this.name = name;
        this.deletes = deletes;
        this.producer = producer;
        this.traced = traced;
        this.viewers = viewers;
    }

    static ForthwithContender keeping() {
        return new ForthwithContender("forthwith", false, ForthwithContender::oneByOne);
    }

    /**
     * With metrics, and with traces in every row, of which a share is sampled.
     *
     * @param percent of the traces
     */
    static ForthwithContender observed(int percent) {
        return new ForthwithContender(
                "forthwith-observed-" + percent, false, ForthwithContender::oneByOne, percent / 100.0, 0);
    }

    /** While ten people look at the dashboard, which the worker's process serves. */
    static ForthwithContender watched() {
        return new ForthwithContender("forthwith-watched", false, ForthwithContender::oneByOne, null, VIEWERS);
    }

    /** In JVMs that start faster. */
    static ForthwithContender prepared() {
        return new ForthwithContender(PREPARED, false, ForthwithContender::oneByOne);
    }

    static ForthwithContender deleting() {
        return new ForthwithContender("forthwith-deleting", true, ForthwithContender::oneByOne);
    }

    /** Jobs of several threads share a commit. The producer waits for each job, as those of the others do. */
    static ForthwithContender async() {
        return new ForthwithContender("forthwith-async", false, ForthwithContender::joining);
    }

    private static Producer joining(DataSource database) {
        JobClient client = client(database);
        return number -> client.enqueueAsync(job(number)).join();
    }

    /** The same, but the producer waits only once, at the end, for all jobs. */
    static ForthwithContender pipelined() {
        return new ForthwithContender("forthwith-pipelined", false, database -> new Pipelined(client(database)));
    }

    /** A thread adds each job by the plain insert that an application could write itself: what remains of the time of an enqueue is the library's. */
    static ForthwithContender inserted() {
        return new ForthwithContender("jdbc-insert", false, database -> number -> insert(database, job(number)));
    }

    private static void insert(DataSource database, NewJob job) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO job (id, type, input_data) VALUES (?, ?, CAST(? AS jsonb))")) {
            insert.setObject(1, job.id());
            insert.setString(2, TYPE.name());
            insert.setString(3, String.valueOf(job.input()));
            insert.executeUpdate();
        }
    }

    private static JobClient client(DataSource database) {
        return JobClient.of(JdbcJobStore.of(database));
    }

    private static Producer oneByOne(DataSource database) {
        JobClient client = client(database);
        return number -> client.enqueue(job(number));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<String> missing() throws IOException {
        if (!name.equals(PREPARED)) {
            return Optional.empty();
        }
        int version = Runtime.version().feature();
        if (version < PreparedJava.FIRST_VERSION) {
            return Optional.of("it needs Java " + PreparedJava.FIRST_VERSION + ", this is " + version);
        }
        java = PreparedJava.in(Files.createTempDirectory(PREPARED));
        return Optional.empty();
    }

    @Override
    public ProcessBuilder workerProcess(Load load) throws IOException, InterruptedException {
        ProcessBuilder plain = Contender.super.workerProcess(load);
        return java == null ? plain : java.of(plain);
    }

    @Override
    public boolean isOnlyOneByOne() {
        return ONLY_ONE_BY_ONE.contains(name);
    }

    @Override
    public String settings(Load load) {
        return "defaults, concurrency " + load.concurrencyOr(CONCURRENCY) + ", " + CONNECTIONS + " connections"
                + (name.equals(PREPARED) ? "; " + PreparedJava.OPTIONS : "") + "; "
                + (deletes ? "completed jobs are deleted at once" : "rows kept")
                + (traced == null ? "" : "; Micrometer, and OpenTelemetry with " + traced + " of the traces sampled")
                + (viewers == 0 ? "" : "; " + viewers + " viewers of the dashboard");
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
        JobClient client = JobClient.of(JdbcJobStore.of(database));
        if (traced == null) {
            client.enqueueAll(jobs.toList());
            return;
        }
        try (Observation observation = new Observation(traced)) {
            client.interceptor(observation.tracing()).enqueueAll(jobs.toList());
        }
    }

    static NewJob job(int number) {
        return NewJob.of(TYPE, number);
    }

    @Override
    public Producer producer(DataSource database) {
        return producer.apply(database);
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            work.run(job.input(Integer.class));
            return null;
        });
        JobStore store = JdbcJobStore.of(database);
        if (viewers > 0) {
            Viewers watching = new Viewers(store, viewers);
            if (!hasSeenViewers) {
                watching.warmUp();
                hasSeenViewers = true;
            }
            Worker worker = worker(store, processors, load).start();
            return () -> {
                watching.close();
                worker.close();
            };
        }
        if (traced == null) {
            return worker(store, processors, load).start();
        }
        Observation observation = new Observation(traced);
        Worker worker = worker(observation.metrics().observe(store), processors, load)
                .listener(observation.metrics())
                .interceptor(observation.tracing())
                .start();
        return () -> {
            worker.close();
            observation.close();
        };
    }

    private WorkerBuilder worker(JobStore store, ProcessorRegistry processors, Load load) {
        return Worker.of(store, processors)
                .concurrency(load.concurrencyOr(CONCURRENCY))
                .retention(
                        deletes
                                ? Retention.DEFAULT.completed(Duration.ZERO).failed(Retention.DEFAULT.failed())
                                : Retention.DEFAULT);
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
    private record Pipelined(JobClient client, Queue<CompletableFuture<Enqueued>> underWay) implements Producer {
        Pipelined(JobClient client) {
            this(client, new ConcurrentLinkedQueue<>());
        }

        @Override
        public void enqueue(int number) {
            underWay.add(client.enqueueAsync(job(number)));
        }

        @Override
        public void awaitDurable() {
            underWay.forEach(CompletableFuture::join);
        }
    }
}
