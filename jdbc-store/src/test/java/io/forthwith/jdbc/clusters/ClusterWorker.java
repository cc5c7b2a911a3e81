package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.faults.ChildWorker;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;

/**
 * A worker with default settings in a process of its own. Says {@code READY}, {@code RAN job claim milliseconds} when an attempt begins,
 * {@code STEP job} when a durable step runs, and {@code LOG} lines. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, name, kind of pool.
 */
public final class ClusterWorker {
    /** Takes as many milliseconds as its input says. */
    static final JobType<Integer> SLEEP = JobType.of("sleep", Integer.class);
    /** Runs a durable step. */
    static final JobType<Integer> STEPPING = JobType.of("stepping", Integer.class);
    /** Completes in one transaction with a row that it writes. */
    static final JobType<Integer> WRITING = JobType.of("writing", Integer.class);

    static final int SLOTS = 8;

    static final String HIKARI = "hikari";

    /** A pool that connects in the thread of its caller. */
    static final String CONNECTS_IN_CALLER = "tomcat";

    private static final Step<Integer> STEP = Step.of("note", Integer.class);

    private final JdbcJobStore store;

    private ClusterWorker(JdbcJobStore store) {
        this.store = store;
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException, SQLException {
        ChildWorker.sayWhatIsLogged();
        ClusterWorker worker = new ClusterWorker(JdbcJobStore.of(pool(args[2], args[0])));
        WorkerBuilder builder = Worker.of(
                        worker.store,
                        ProcessorRegistry.of()
                                .with(SLEEP, worker::sleep)
                                .with(STEPPING, worker.stepping())
                                .with(WRITING, worker::write))
                .name(args[1])
                .concurrency(SLOTS);
        // Without prepareThreshold=0, a pooler may refuse the first statements.
        await().ignoreException(JobStoreException.class).until(() -> {
            builder.start();
            return true;
        });
        ChildWorker.say("READY");
        while (System.in.read() >= 0) {
            // No input comes: this process ends when its parent does.
        }
        Runtime.getRuntime().halt(0);
    }

    private static DataSource pool(String kind, String url) throws SQLException {
        return kind.equals(CONNECTS_IN_CALLER) ? tomcat(url) : hikari(url);
    }

    /** After failures, one thread connects for all callers, with pauses that grow to 5 s. */
    private static DataSource hikari(String url) {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(SLOTS);
        pool.setConnectionTimeout(1_000);
        return new HikariDataSource(pool);
    }

    /** Each caller connects, at once. */
    private static DataSource tomcat(String url) throws SQLException {
        PoolProperties pool = new PoolProperties();
        pool.setUrl(url);
        pool.setDriverClassName(DriverManager.getDriver(url).getClass().getName());
        pool.setMaxActive(SLOTS);
        pool.setMaxIdle(SLOTS);
        pool.setMinIdle(0);
        pool.setInitialSize(0);
        pool.setMaxWait(1_000);
        pool.setTestOnBorrow(true);
        pool.setValidationQuery("SELECT 1");
        pool.setValidationInterval(0);
        return new org.apache.tomcat.jdbc.pool.DataSource(pool);
    }

    /** A number that is given again after a failover comes with another start. */
    private static String claim(JobContext job) {
        Instant start = Objects.requireNonNull(job.job().startedAt());
        return job.claimNumber() + "@" + ChronoUnit.MICROS.between(Instant.EPOCH, start);
    }

    private static void begin(JobContext job) throws InterruptedException {
        ChildWorker.say("RAN " + job.id() + " " + claim(job) + " " + System.currentTimeMillis());
        new CountDownLatch(1).await(job.input(Integer.class), TimeUnit.MILLISECONDS);
    }

    private Object sleep(JobContext job) throws InterruptedException {
        begin(job);
        return "by claim " + claim(job);
    }

    private Processor stepping() {
        return new Processor() {
            @Override
            public Object process(JobContext job) throws Exception {
                begin(job);
                job.run(STEP, key -> {
                    ChildWorker.say("STEP " + job.id());
                    return 1;
                });
                return "by claim " + claim(job);
            }

            @Override
            public List<Step<?>> steps() {
                return List.of(STEP);
            }
        };
    }

    private Object write(JobContext job) throws Exception {
        begin(job);
        return store.complete(job, connection -> {
            insert(connection, job);
            return "by claim " + claim(job);
        });
    }

    private static void insert(Connection connection, JobContext job) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO effect (job_id, claim) VALUES (?, ?)")) {
            insert.setObject(1, job.id());
            insert.setLong(2, job.claimNumber());
            insert.executeUpdate();
        }
    }
}
