package io.forthwith.benchmarks;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limit of the database: a few connections send Forthwith's statements that claim and complete jobs over bare JDBC,
 * as fast as the server answers. There is no worker, no store, no event and no lease.
 *
 * <p>The statements are not copied into this class. Each connection first lets the store claim and complete one batch of
 * jobs that do not count, and records the statements. Then it repeats them without the store. So they are those of this
 * version, word for word, and the store need not make them public.
 *
 * @param batch how many jobs are claimed, and then completed, with one statement each
 */
record LimitContender(int batch, int connections) implements Contender {
    private static final Logger LOG = LoggerFactory.getLogger(LimitContender.class);
    private static final Pattern NAME = Pattern.compile("limit-(\\d+)(?:x(\\d+))?");
    private static final int CONNECTIONS = 4;
    private static final int NOT_COUNTED = -1;

    /** {@code limit-100} has batches of 100 and four connections, {@code limit-100x2} two. */
    static Optional<LimitContender> named(String name) {
        return Optional.of(NAME.matcher(name))
                .filter(Matcher::matches)
                .map(parts -> new LimitContender(
                        Integer.parseInt(parts.group(1)),
                        parts.group(2) == null ? CONNECTIONS : Integer.parseInt(parts.group(2))));
    }

    @Override
    public String name() {
        return "limit-" + batch + (connections == CONNECTIONS ? "" : "x" + connections);
    }

    @Override
    public String settings(Load load) {
        return "Forthwith's statements over bare JDBC, batches of " + batch + ", " + connections
                + " connections, rows kept";
    }

    @Override
    public int connections(Load load) {
        return connections;
    }

    @Override
    public void createTables(DataSource database) {
        ForthwithContender.keeping().createTables(database);
    }

    /** First enqueues the jobs for recording the statements. They are older, so they are claimed first. */
    @Override
    public void enqueue(DataSource database, int first, int count) {
        Stream<NewJob> early = Stream.generate(() -> ForthwithContender.job(NOT_COUNTED));
        ForthwithContender.keeping().enqueueAll(database, early.limit(notCounted()));
        ForthwithContender.keeping().enqueue(database, first, count);
    }

    @Override
    public Producer producer(DataSource database) {
        throw new UnsupportedOperationException("There is no limit to measure for enqueuing");
    }

    @Override
    public boolean hasWorkers() {
        return false;
    }

    private int notCounted() {
        return batch * connections;
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) throws SQLException {
        List<LimitLoop> loops = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            loops.add(loop(database, work));
        }
        List<Thread> threads = loops.stream()
                .map(loop -> new Thread(() -> runOrEndProcess(loop)))
                .toList();
        threads.forEach(Thread::start);
        return () -> {
            for (Thread thread : threads) {
                thread.join();
            }
        };
    }

    /** A loop that fails ends the process. Otherwise the measuring process would wait for jobs that nobody runs. */
    private static void runOrEndProcess(LimitLoop loop) {
        try {
            loop.call();
        } catch (Exception e) {
            LOG.error("The loop of one connection has failed", e);
            System.exit(1);
        }
    }

    /** Each connection is another worker, because otherwise all connections would wait for the lock of one worker row. */
    private LimitLoop loop(DataSource database, Work work) {
        StatementRecorder recorder = new StatementRecorder(database);
        JdbcJobStore store = JdbcJobStore.of(recorder.dataSource());
        UUID worker = UUID.randomUUID();
        store.register(
                ReadModelFactory.workerInfo(
                        worker, name(), "localhost", ProcessHandle.current().pid()),
                Duration.ofHours(1));
        List<Job> jobs = store.claim(new ClaimRequest(
                worker, List.of(NewJob.DEFAULT_QUEUE), batch, Set.of(ForthwithContender.TYPE.name()), 3));
        StatementRecorder.Recorded claim = recorder.last();
        if (jobs.size() != batch
                || !jobs.stream().allMatch(job -> Integer.toString(NOT_COUNTED).equals(job.input()))) {
            throw new IllegalStateException("Claimed others than the " + batch + " that do not count: " + jobs);
        }
        store.settle(jobs.stream()
                .map(job -> Settlement.complete(Claim.of(job), null))
                .toList());
        return new LimitLoop(database, claim, recorder.last(), worker, work);
    }

    @Override
    public String hasOpenJobs() {
        return ForthwithContender.keeping().hasOpenJobs();
    }

    @Override
    public String countJobs() {
        return ForthwithContender.keeping().countJobs();
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        ForthwithContender.keeping().verify(database, jobs + notCounted());
    }
}
