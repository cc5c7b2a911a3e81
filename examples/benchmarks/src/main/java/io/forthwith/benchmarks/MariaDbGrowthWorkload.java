package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The measurement of {@link GrowthWorkload}, on MariaDB and with a worker in this process: compares the drain of an otherwise empty table
 * with the drain of tables that have grown. Each table has its own database, which keeps its backlog from round to round.
 *
 * @param held how long an old snapshot is held, while other jobs run, before the drain starts
 */
record MariaDbGrowthWorkload(List<Backlog> backlogs, long rows, Duration held, int jobs, int rounds)
        implements Benchmarks.Workload {
    static final String DATABASE = "mariadb";
    /** All backlogs; the first one is empty. */
    static final String ALL =
            Arrays.stream(Backlog.values()).map(Backlog::label).collect(Collectors.joining(","));

    /** The number of rows of a backlog that one transaction inserts. */
    private static final long BITE = 100_000;
    /** The length of the history list, in transactions, at which the server counts as idle. */
    private static final long FEW = 1_000;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** The rows in the table besides the drained jobs. */
    enum Backlog {
        NOTHING(null),
        /** Due at the same time, but with a lower priority. */
        PENDING(Backlog.DUE),
        /** With the same priority, and due after the drained jobs. */
        PENDING_BEHIND(Backlog.DUE),
        /** With the same priority, and due much later. */
        DEFERRED("'pending', UTC_TIMESTAMP(6) + INTERVAL 1 DAY + INTERVAL seq SECOND, NULL, 0, 0, 0"),
        FINISHED("'completed', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6) - INTERVAL 59 MINUTE, 1, 1, 100"),
        /** Old row versions. A session holds a snapshot from before the rows changed, so the server must keep the old versions. */
        SNAPSHOT(null);

        private static final String DUE =
                "'pending', UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE + INTERVAL seq MICROSECOND, NULL, 0, 0, 0";

        private final @Nullable String columns;

        Backlog(@Nullable String columns) {
            this.columns = columns;
        }

        static Backlog named(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The priority of the drained jobs; the backlog has the default. */
        private int priority() {
            return this == PENDING ? NewJob.DEFAULT_PRIORITY + 1 : NewJob.DEFAULT_PRIORITY;
        }
    }

    static List<Backlog> named(List<String> labels) {
        return labels.stream().map(Backlog::named).toList();
    }

    @Override
    public void run(BenchmarkDatabase none, Report report) throws Exception {
        SideBySide<Rate> turns = new SideBySide<>();
        List<HikariDataSource> databases = new ArrayList<>();
        try (OtherDatabases server = OtherDatabases.start(List.of(DATABASE))) {
            server.settings().forEach(report::fact);
            try {
                for (Backlog backlog : backlogs) {
                    HikariDataSource database = server.empty(DATABASE);
                    databases.add(database);
                    fill(database, backlog);
                    turns.add(name(backlog), () -> round(database, backlog));
                }
                List<Series<Rate>> rates = turns.run(rounds, report.out());
                report.raw("rates", rates);
                print(report, rates);
            } finally {
                databases.forEach(HikariDataSource::close);
            }
        }
    }

    private String name(Backlog backlog) {
        return DATABASE + "-beside-" + (backlog.columns == null ? 0 : rows) + "-" + backlog.label();
    }

    private void fill(DataSource database, Backlog backlog) throws SQLException {
        for (long from = 1; backlog.columns != null && from <= rows; from += BITE) {
            execute(
                    database,
                    "INSERT INTO job (id, type, project_id, input_data, status, run_at, completed_at, claim, attempt, progress)"
                            + " SELECT CONCAT('01900000-0000-7000-8000-', LPAD(LOWER(HEX(seq)), 12, '0')), 'noop', '"
                            + NoopJobs.BACKLOG + "', '-1', " + backlog.columns + " FROM seq_" + from + "_to_"
                            + Math.min(rows, from + BITE - 1));
        }
    }

    private Rate round(DataSource database, Backlog backlog) throws Exception {
        execute(database, "DELETE FROM job WHERE project_id IS NULL");
        execute(database, "ANALYZE TABLE job");
        awaitPurged(database);
        if (backlog != Backlog.SNAPSHOT) {
            return drain(database, backlog);
        }
        try (Connection snapshot = database.getConnection()) {
            snapshot.setAutoCommit(false);
            snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            number(snapshot, "SELECT count(*) FROM job");
            new SteadyWork(held).run(database, NoopJobs.BACKLOG);
            Rate rate = drain(database, backlog);
            if (number(snapshot, "SELECT count(*) FROM job WHERE project_id IS NULL") != 0) {
                throw new IllegalStateException("The snapshot was not held: it shows what came after it");
            }
            snapshot.rollback();
            return rate;
        }
    }

    private Rate drain(DataSource database, Backlog backlog) throws Exception {
        NoopJobs noop = new NoopJobs(JdbcJobStore.of(database), jobs);
        noop.enqueue(noop.jobs().stream()
                .map(job -> job.priority(backlog.priority()))
                .toList());
        if (backlog == Backlog.PENDING_BEHIND) {
            execute(database, "UPDATE job SET run_at = '2000-01-01' WHERE project_id IS NULL");
        }
        double rate = noop.drain();
        long done = number(
                database,
                "SELECT count(*) FROM job WHERE project_id IS NULL AND status = 'completed' AND claim = 1 AND attempt = 1");
        if (done != jobs) {
            throw new IllegalStateException("Of " + jobs + " jobs " + done + " are completed in the database");
        }
        return new Rate(rate);
    }

    /** Waits until the server has cleaned up after earlier writes, so that they do not slow down the next round. */
    private static void awaitPurged(DataSource database) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String oldVersions =
                "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_HISTORY_LIST_LENGTH'";
        while (number(database, oldVersions) > FEW) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("The server has not cleaned up in " + PATIENCE);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return number(connection, sql);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void print(Report report, List<Series<Rate>> all) {
        Series<Rate> first = all.get(0);
        report.out()
                .printf(
                        Locale.ROOT,
                        "%n| drain of %,d jobs on MariaDB | jobs/s, median | range | it : empty |%n",
                        jobs);
        report.out().println("| --- | --- | --- | --- |");
        for (Series<Rate> series : all) {
            report.out()
                    .printf(
                            Locale.ROOT,
                            "| %s | %s | %.2f |%n",
                            series.name(),
                            Figures.row(series.of(Rate::jobsPerSecond)),
                            series.median(Rate::jobsPerSecond) / first.median(Rate::jobsPerSecond));
        }
    }

    /** The results of one round. */
    private record Rate(double jobsPerSecond) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%,.0f jobs/s", jobsPerSecond);
        }
    }
}
