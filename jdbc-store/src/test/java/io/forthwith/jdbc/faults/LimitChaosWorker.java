package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.limit.Limit;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Two workers in a process of their own that run jobs under limits, and a thread that adds jobs to sequences. Says {@code READY}. Ends with its parent.
 *
 * <p>Not a test. Arguments: URL, name, whether it serves the queue {@value #OTHER_QUEUE} too, what is planted.
 */
public final class LimitChaosWorker {
    static final JobType<Integer> TYPE = JobType.of("limited", Integer.class);
    /** All jobs of this type are under a limit of it. */
    static final JobType<Integer> LIMITED_TYPE = JobType.of("limited-type", Integer.class);

    /** Each try of a job of this type ends in its own way, so what has failed may complete when it is retried. */
    static final JobType<Integer> SEQUENCED = JobType.of("sequenced", Integer.class);

    static final String OTHER_QUEUE = "other";
    static final Duration LEASE = Duration.ofSeconds(4);
    static final int ATTEMPTS = 3;
    static final Limit TYPE_LIMIT = Limit.onType(LIMITED_TYPE.name()).concurrency(4);
    static final List<Limit> LIMITS = List.of(
            Limit.of("c1").concurrency(1),
            Limit.of("c2").concurrency(2),
            Limit.of("c3").concurrency(3),
            Limit.of("c4").concurrency(4),
            Limit.of("c5").concurrency(5),
            Limit.of("r0").concurrency(2).rate(20, Duration.ofSeconds(1)),
            Limit.of("r1").concurrency(3).rate(10, Duration.ofSeconds(1)).burst(4),
            Limit.of("r2").rate(30, Duration.ofSeconds(2)).burst(6));

    private static final int LONGEST_MILLIS = 30;

    private LimitChaosWorker() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        ChildWorker.sayWhatIsLogged();
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(8);
        pool.setConnectionTimeout(2_000);
        pool.setInitializationFailTimeout(-1);
        DataSource database = LimitPlant.valueOf(args[3]).into(new HikariDataSource(pool));
        String[] queues = Boolean.parseBoolean(args[2])
                ? new String[] {NewJob.DEFAULT_QUEUE, OTHER_QUEUE}
                : new String[] {NewJob.DEFAULT_QUEUE};
        for (String each : List.of("-a", "-b")) {
            start(database, args[1] + each, queues);
        }
        new SequenceLoad(database, JobClient.of(store(database)), what -> {})
                .addForever(new Random(args[1].hashCode()));
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // No input comes: this process ends when its parent does.
        }
        Runtime.getRuntime().halt(0);
    }

    private static JobStore store(DataSource database) {
        return JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(5));
    }

    private static void start(DataSource database, String name, String[] queues) {
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(TYPE, LimitChaosWorker::work)
                .with(LIMITED_TYPE, LimitChaosWorker::work)
                .with(SEQUENCED, LimitChaosWorker::workAnew);
        while (true) {
            try {
                Worker.of(store(database), processors)
                        .name(name)
                        .queues(queues)
                        .lease(LEASE)
                        .concurrency(20)
                        .limits(LIMITS.toArray(Limit[]::new))
                        .limits(TYPE_LIMIT)
                        .start();
                return;
            } catch (JobStoreException away) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
        }
    }

    /** It fails twice as often. */
    private static @Nullable Object workAnew(int input, JobContext job) throws InterruptedException {
        Random random = new Random(input * 1_000L + job.claimNumber());
        return work(random.nextInt(100) * 100 + random.nextInt(50), job);
    }

    /** The input is a number that was drawn: the first digits say how long it takes, the last two how it ends. */
    private static @Nullable Object work(int drawn, JobContext job) throws InterruptedException {
        new CountDownLatch(1).await(drawn / 100 % (LONGEST_MILLIS + 1), TimeUnit.MILLISECONDS);
        int end = drawn % 100;
        if (end < 5) {
            throw JobException.retryable("again").after(Duration.ofMillis(100));
        }
        if (end < 8 && job.job().postponements() < 2) {
            throw new NotReadyException(Duration.ofMillis(50), "not yet");
        }
        if (end < 10) {
            throw JobException.permanent("never");
        }
        return null;
    }
}
