package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * A job library, set up for throughput as its own documentation advises. Immutable.
 *
 * <p>The measuring process creates the tables, enqueues and verifies. {@link #start} is called in a separate process.
 * Jobs are numbered from zero, and running job <i>n</i> means calling {@link Work#run} with <i>n</i>.
 */
interface Contender {
    String name();

    /** Why it cannot run on this machine, if so. May install what it needs. By default it can run. */
    default Optional<String> missing() throws IOException, InterruptedException {
        return Optional.empty();
    }

    /** The number of jobs in a round, if the others have {@code jobs}: fewer for a contender that would need minutes. */
    default int jobs(int asked) {
        return asked;
    }

    /** Its settings, as text for the report. */
    String settings(Load load);

    /** The maximum number of connections in the pool of a worker. */
    int connections(Load load);

    /** The number of jobs drained in a round with {@code jobs} enqueued jobs; more if other jobs were there before. */
    default long drained(int jobs) {
        return jobs;
    }

    /** Creates its tables, with its own scripts, in an empty schema. */
    void createTables(DataSource database) throws Exception;

    /** Enqueues {@code count} jobs in bulk, numbered from {@code first}, in the way that is fastest for it. */
    void enqueue(DataSource database, int first, int count) throws Exception;

    /** Enqueues jobs one by one. */
    Producer producer(DataSource database) throws Exception;

    /** Whether it differs from another contender only in its {@link #producer}, so that its other figures are not measured. */
    default boolean isOnlyOneByOne() {
        return false;
    }

    /** Starts a worker in this process. Close the result to stop it. */
    AutoCloseable start(DataSource database, Load load, Work work) throws Exception;

    /** A builder of a worker process, which reads the commands of {@link WorkerMain} and answers as it does. */
    default ProcessBuilder workerProcess(Load load) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(name()));
        arguments.addAll(load.arguments());
        return JavaCommand.of(WorkerMain.class, arguments);
    }

    /** A cheap query for whether a job is still open. */
    String hasOpenJobs();

    /** A query for the number of its jobs, while none of them is done. */
    String countJobs();

    /** Whether several of its processes may run, and wait for more jobs when there are none. */
    default boolean hasWorkers() {
        return true;
    }

    /** Prepares its tables before jobs are enqueued. By default it creates them again, empty. */
    default void reset(BenchmarkDatabase database) throws Exception {
        database.clear();
        try (HikariDataSource pool = Pools.open(database.url(), Pools.FEW)) {
            createTables(pool);
        }
    }

    /** Fails unless this many jobs are done according to its tables, each of them once. */
    void verify(BenchmarkDatabase database, int jobs) throws SQLException;
}
