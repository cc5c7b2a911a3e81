package io.forthwith.jdbc.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A worker in a process of its own, for tests to kill. Says on its standard output what happens, a line each: {@code READY},
 * {@code STARTED job claim}, {@code RETURNED job claim}, {@code LOG level message}. The line {@value #RELEASE} on its standard
 * input lets go of the jobs that hold. Ends when the input does, and so with its parent.
 *
 * <p>Not a test. Arguments: URL, name, jobs at a time, milliseconds of the lease (or {@value #DEFAULT}).
 */
public final class ChildWorker {
    /** As the lease: whatever a worker has that is not told. */
    public static final String DEFAULT = "default";

    public static final String RELEASE = "release";

    /** Runs, deaf to interruption, until released. */
    public static final JobType<String> HOLD = JobType.of("hold", String.class);
    /** Returns at once. */
    static final JobType<String> QUICK = JobType.of("quick", String.class);
    /** Kills its process, once its neighbours are running, or when it is alone at its last try. */
    static final JobType<String> POISON = JobType.of("poison", String.class);
    /** Runs until its process dies, but returns at once when it is at its last try. */
    static final JobType<String> NEIGHBOUR = JobType.of("neighbour", String.class);

    private static final int LAST_TRY = 2;

    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch neighbours;

    private ChildWorker(int concurrency) {
        this.neighbours = new CountDownLatch(concurrency - 1);
    }

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        sayWhatIsLogged();
        int concurrency = Integer.parseInt(args[2]);
        ChildWorker child = new ChildWorker(concurrency);
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(6);
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(HOLD, child::hold)
                .with(QUICK, ChildWorker::quick)
                .with(POISON, child::poison)
                .with(NEIGHBOUR, child::neighbour);
        WorkerBuilder worker = Worker.of(JdbcJobStore.of(new HikariDataSource(pool)), processors)
                .name(args[1])
                .concurrency(concurrency);
        if (!args[3].equals(DEFAULT)) {
            worker.lease(Duration.ofMillis(Long.parseLong(args[3])));
        }
        worker.start();
        say("READY");
        child.obey();
    }

    private void obey() throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals(RELEASE)) {
                released.countDown();
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private Object hold(JobContext job) {
        say("STARTED " + job.id() + " " + job.claimNumber());
        boolean interrupted = false;
        while (true) {
            try {
                released.await();
                break;
            } catch (InterruptedException ignored) {
                interrupted = true;
            }
        }
        say("RETURNED " + job.id() + " " + job.claimNumber() + (job.isLeaseLost() ? " lease lost" : ""));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return "by claim " + job.claimNumber();
    }

    private static Object quick(JobContext job) {
        say("STARTED " + job.id() + " " + job.claimNumber());
        return "by claim " + job.claimNumber();
    }

    private Object poison(JobContext job) throws InterruptedException {
        say("STARTED " + job.id() + " " + job.claimNumber());
        if (job.job().lostWorkers() < LAST_TRY && !neighbours.await(Patience.SECONDS, TimeUnit.SECONDS)) {
            say("ALONE " + job.id());
        }
        Runtime.getRuntime().halt(137);
        throw new AssertionError("still alive");
    }

    private Object neighbour(JobContext job) throws InterruptedException {
        say("STARTED " + job.id() + " " + job.claimNumber());
        neighbours.countDown();
        if (job.job().lostWorkers() < LAST_TRY) {
            released.await();
        }
        return "by claim " + job.claimNumber();
    }

    public static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    public static void sayWhatIsLogged() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        AppenderBase<ILoggingEvent> lines = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                say("LOG " + event.getLevel() + " " + event.getFormattedMessage());
            }
        };
        lines.start();
        Logger library = (Logger) LoggerFactory.getLogger("io.forthwith");
        library.setLevel(Level.INFO);
        library.addAppender(lines);
    }
}
