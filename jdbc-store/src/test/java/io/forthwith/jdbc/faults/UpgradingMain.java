package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * An application in a process of its own that migrates, adds jobs and runs them, with whatever version of the library is on its class path:
 * it uses only what the first one had. Says {@code READY}, and {@code ADDED n} when it was told {@value #NO_MORE} and has stopped adding;
 * what is logged, a line each; and ends orderly when it is told {@value #STOP}. Where its version does not want the schema it says {@code
 * REFUSED} and why.
 *
 * <p>Not a test. Arguments: URL, name.
 */
final class UpgradingMain {
    static final String NO_MORE = "no more";
    static final String STOP = "stop";

    static final JobType<String> WORK = JobType.of("work", String.class);
    static final JobType<String> HOPELESS = JobType.of("hopeless", String.class);
    static final JobType<String> FAMILY = JobType.of("family", String.class);

    /** One row a run. */
    static final String EFFECTS = "CREATE TABLE effect (job_id text NOT NULL, by_whom text NOT NULL)";

    /** So many open jobs are enough: on a slow machine, more would only take time. */
    private static final int ENOUGH = 200;

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final DataSource database;
    private final String name;

    private UpgradingMain(DataSource database, String name) {
        this.database = database;
        this.name = name;
    }

    public static void main(String[] args) throws InterruptedException {
        ChildWorker.sayWhatIsLogged();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(args[0]);
        config.setMaximumPoolSize(8);
        try (HikariDataSource pool = new HikariDataSource(config);
                Worker worker = start(pool, args[1])) {
            ChildWorker.say("READY");
            new UpgradingMain(pool, args[1]).obey();
        } catch (IllegalStateException refused) {
            ChildWorker.say("REFUSED " + refused.getMessage().toLowerCase(Locale.ROOT));
        }
    }

    private static Worker start(DataSource database, String name) {
        JdbcSchema.migrate(database);
        return Worker.of(JdbcJobStore.of(database), processors(database, name))
                .name(name)
                .concurrency(4)
                .pollInterval(Duration.ofMillis(50))
                .start();
    }

    /** All that the jobs of this class need, of which each leaves a row that says who ran it. */
    static ProcessorRegistry processors(DataSource database, String name) {
        UpgradingMain application = new UpgradingMain(database, name);
        return ProcessorRegistry.of().with(WORK, application::work).with(HOPELESS, application::fail);
    }

    private void obey() throws InterruptedException {
        BlockingQueue<String> orders = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> read(orders), "orders");
        reader.setDaemon(true);
        reader.start();
        JobClient jobs = JobClient.of(JdbcJobStore.of(database));
        int added = 0;
        String order;
        do {
            if (!isFull(database)) {
                added += jobs.enqueueAll(some()).size();
            }
            order = orders.poll(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } while (order == null);
        ChildWorker.say("ADDED " + added);
        while (!order.equals(STOP)) {
            order = orders.take();
        }
    }

    /** Whose parent has gone has to stop, too. */
    private static void read(BlockingQueue<String> orders) {
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines()
                .forEach(orders::add);
        orders.add(STOP);
    }

    /** Whether enough jobs are open. */
    static boolean isFull(DataSource database) {
        return Sql.query(database, "SELECT id FROM job WHERE status IN ('pending', 'processing', 'waiting')")
                        .size()
                >= ENOUGH;
    }

    /** Jobs on their own, one of which fails, and two families, one of which fails. */
    static List<NewJob> some() {
        List<NewJob> jobs = new ArrayList<>();
        jobs.add(NewJob.of(WORK, "alone"));
        jobs.add(NewJob.of(WORK, "alone"));
        jobs.add(NewJob.of(HOPELESS, "alone").maxAttempts(1));
        NewJob family = NewJob.of(FAMILY, "all do well");
        jobs.add(family);
        for (int i = 0; i < 3; i++) {
            jobs.add(NewJob.of(WORK, "child").parent(family));
        }
        NewJob failing = NewJob.of(FAMILY, "one fails");
        jobs.add(failing);
        jobs.add(NewJob.of(HOPELESS, "child").maxAttempts(1).parent(failing));
        jobs.add(NewJob.of(WORK, "child").parent(failing));
        return jobs;
    }

    private Object work(JobContext job) throws SQLException {
        leaveRow(job);
        return name;
    }

    private Object fail(JobContext job) throws SQLException {
        leaveRow(job);
        throw new IllegalArgumentException("hopeless");
    }

    private void leaveRow(JobContext job) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO effect VALUES (?, ?)")) {
            insert.setString(1, job.id().toString());
            insert.setString(2, name);
            insert.executeUpdate();
        }
    }
}
