package io.forthwith.jdbc.faults;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;

/**
 * A worker in a process of its own whose jobs do anything, and note in a ledger of their own when they begin and end, past whatever is in the
 * way of the worker. Says {@code READY}, and {@code LOG} lines as {@link ChildWorker} does. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, URL of the ledger, name, what is planted.
 */
public final class ChaosWorker {
    static final JobType<Integer> TYPE = JobType.of("chaos", Integer.class);
    /** Is filled from outside, and never runs. */
    static final JobType<Integer> GROUP = JobType.of("chaos-group", Integer.class);

    static final Duration LEASE = Duration.ofSeconds(2);
    static final int SLOTS = 4;
    static final int ATTEMPTS = 4;
    /** What it says when its logging has thrown. */
    static final String LOG_THREW = "THREW";

    /** A job whose input this divides runs a durable step, which it notes as {@code STEP}. */
    static final int STEP_EVERY = 10;

    private static final Step<Integer> STEP = Step.of("note", Integer.class);
    /** One of so many log statements throws. */
    private static final int LOG_THROWS = 40;

    private static final int HOST_THREADS = 3;

    private final DataSource ledger;
    private final String name;
    private final Plant plant;
    private final Random random = new Random();

    private ChaosWorker(DataSource ledger, String name, Plant plant) {
        this.ledger = ledger;
        this.name = name;
        this.plant = plant;
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        ChildWorker.sayWhatIsLogged();
        throwNowAndThen();
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        // Every other process has a pool that is full most of the time.
        boolean isTight = args[2].matches(".*[02468]");
        pool.setMaximumPoolSize(isTight ? 4 : 8);
        pool.setConnectionTimeout(2_000);
        pool.setInitializationFailTimeout(-1);
        Plant plant = Plant.valueOf(args[3]);
        ChaosWorker child = new ChaosWorker(DurableServer.at(args[1]), args[2], plant);
        DataSource database = plant.into(new HikariDataSource(pool));
        if (isTight) {
            useConnections(database);
        }
        startWhenItCan(() -> Worker.of(
                        JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(2)),
                        ProcessorRegistry.of().with(TYPE, child.processor()))
                .name(args[2])
                .lease(LEASE)
                .concurrency(SLOTS)
                .start());
        ChildWorker.say("READY");
        while (System.in.read() >= 0) {
            // No input comes: this process ends when its parent does.
        }
        Runtime.getRuntime().halt(0);
    }

    /** A worker that cannot register does not start, and the caller tries again. */
    private static void startWhenItCan(Supplier<Worker> start) {
        for (boolean isStarted = false; !isStarted; ) {
            try {
                isStarted = start.get() != null;
            } catch (JobStoreException away) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
        }
    }

    /** Other parts of the application use the connections of the pool. */
    private static void useConnections(DataSource database) {
        for (int i = 0; i < HOST_THREADS; i++) {
            Thread thread = new Thread(() -> useConnectionsForEver(database, new Random()), "host " + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void useConnectionsForEver(DataSource database, Random random) {
        while (true) {
            try (Connection connection = database.getConnection()) {
                connection.isValid(1);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(300)));
            } catch (SQLException away) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(30)));
        }
    }

    /** A logging back end that fails: what it throws reaches the code that logs. */
    private static void throwNowAndThen() {
        Random random = new Random();
        AppenderBase<ILoggingEvent> broken = new AppenderBase<>() {
            @Override
            public synchronized void doAppend(ILoggingEvent event) {
                if (random.nextInt(LOG_THROWS) == 0) {
                    ChildWorker.say(LOG_THREW);
                    if (random.nextBoolean()) {
                        throw new IllegalStateException("The log cannot be written");
                    }
                    throw new NoClassDefFoundError("a part of the logging back end");
                }
            }

            @Override
            protected void append(ILoggingEvent event) {}
        };
        broken.start();
        ((Logger) LoggerFactory.getLogger("io.forthwith")).addAppender(broken);
    }

    private Processor processor() {
        return new Processor() {
            @Override
            public Object process(JobContext job) throws Exception {
                return ChaosWorker.this.process(job);
            }

            @Override
            public List<Step<?>> steps() {
                return List.of(STEP);
            }
        };
    }

    private Object process(JobContext job) throws Exception {
        note(job, "START");
        try {
            if (job.input(Integer.class) % STEP_EVERY == 0) {
                job.run(STEP, key -> {
                    note(job, "STEP");
                    return 1;
                });
            }
            int draw = random.nextInt(100);
            new CountDownLatch(1).await(millis(draw, job), TimeUnit.MILLISECONDS);
            if (draw < 15) {
                throw JobException.retryable("Come back").after(Duration.ofMillis(random.nextInt(500)));
            }
            if (draw < 20) {
                throw JobException.user("refused", "You cannot have that.");
            }
            if (draw < 24 && job.job().parentId() == null) {
                job.spawn(
                        NewJob.of(TYPE, 1).maxAttempts(ATTEMPTS),
                        NewJob.of(TYPE, 2).maxAttempts(ATTEMPTS));
            }
            return "by claim " + job.claimNumber();
        } finally {
            note(job, "END");
        }
    }

    private int millis(int draw, JobContext job) {
        int lease = (int) LEASE.toMillis();
        if (plant == Plant.NONE) {
            if (job.claimNumber() > job.attempt()) {
                // It was taken over: it still runs when the worker that had it goes on and hands in a late result,
                // which only the fence refuses.
                return 3 * lease;
            }
            // A few are longer than the lease.
            return draw % 25 == 0 ? lease + 1_000 : random.nextInt(200);
        }
        // It takes two attempts side by side to show a bug: a worker that is paused holds some jobs, and when it goes
        // on they run elsewhere.
        return job.claimNumber() == 1 ? random.nextInt(lease) : 4 * lease;
    }

    private void note(JobContext job, String event) {
        try (Connection connection = ledger.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO ledger (job_id, claim, attempt, process, event) VALUES (?, ?, ?, ?, ?)")) {
            insert.setObject(1, UUID.fromString(job.id().toString()));
            insert.setLong(2, job.claimNumber());
            insert.setInt(3, job.attempt());
            insert.setString(4, name);
            insert.setString(5, event);
            insert.executeUpdate();
        } catch (SQLException away) {
            throw JobException.retryable("The ledger is away").causedBy(away);
        }
    }
}
