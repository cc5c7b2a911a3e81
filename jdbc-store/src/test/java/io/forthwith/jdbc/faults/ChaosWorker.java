package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * A worker in a process of its own whose jobs do anything, and note in a ledger of their own when they begin and end, past whatever is in the
 * way of the worker. Says {@code READY}, and {@code LOG} lines as {@link ChildWorker} does. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, URL of the ledger, name, what is planted.
 */
public final class ChaosWorker {
    static final JobType<Integer> TYPE = JobType.of("chaos", Integer.class);
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int SLOTS = 4;
    static final int ATTEMPTS = 4;

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
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(8);
        pool.setConnectionTimeout(2_000);
        pool.setInitializationFailTimeout(-1);
        Plant plant = Plant.valueOf(args[3]);
        ChaosWorker child = new ChaosWorker(DurableServer.at(args[1]), args[2], plant);
        DataSource database = plant.into(new HikariDataSource(pool));
        startWhenItCan(() -> Worker.of(
                        JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(2)),
                        ProcessorRegistry.of().with(TYPE, child::process))
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

    private Object process(JobContext job) throws InterruptedException {
        note(job, "START");
        try {
            int draw = random.nextInt(100);
            // A few are longer than the lease; more, where it takes two attempts side by side to show the bug.
            boolean isLong = draw % (plant == Plant.NONE ? 25 : 4) == 0;
            new CountDownLatch(1).await(isLong ? 3_000 : random.nextInt(200), TimeUnit.MILLISECONDS);
            if (draw < 15) {
                throw JobException.retryable("Come back", null).after(Duration.ofMillis(random.nextInt(500)));
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
            throw JobException.retryable("The ledger is away", away);
        }
    }
}
