package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.NewJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Forthwith with more rows in its tables than the drained jobs: a backlog in its own schema, which stays from round to round
 * where that is possible. To be used by one thread.
 */
final class GrownForthwith implements Contender, AutoCloseable {
    /** All backlogs; the first one is empty. */
    static final String ALL = Arrays.stream(Backlog.values())
            .map(backlog -> backlog.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(","));

    private static final Pattern NAME = Pattern.compile("forthwith-beside-(\\d+)-(\\w+)");
    private static final String PROJECT = "backlog";
    private static final String LONG_AGO = "timestamptz '2000-01-01 00:00Z'";
    /** The row versions that a job leaves behind when it is claimed and completed. */
    private static final int DEAD_ROWS = 2;

    private final ForthwithContender plain = ForthwithContender.keeping();
    private final Backlog backlog;
    private final long rows;
    private final SteadyWork meanwhile;
    private @Nullable Connection snapshot;
    private long deadUnderSnapshot;

    /**
     * @param rows of the backlog
     * @param held how long an old snapshot is held, while other jobs run, before the drain starts
     */
    GrownForthwith(Backlog backlog, long rows, Duration held) {
        this.backlog = backlog;
        this.rows = Math.min(rows, backlog.most);
        this.meanwhile = new SteadyWork(held);
    }

    /** The rows in the table besides the drained jobs. */
    enum Backlog {
        NOTHING(null, Long.MAX_VALUE),
        /** Due at the same time, but with a lower priority. */
        PENDING(Backlog.DUE, Long.MAX_VALUE),
        /** With the same priority, and due after the drained jobs. */
        PENDING_BEHIND(Backlog.DUE, Long.MAX_VALUE),
        /** With the same priority, and due before the drained jobs. It is drained with them, and counts. */
        PENDING_BEFORE(Backlog.DUE, 1_000_000),
        /** With the same priority, and due much later. */
        DEFERRED(
                "'pending', now() + interval '1 day' + n * interval '1 second', now(), NULL::timestamptz, 0, 0, 0",
                Long.MAX_VALUE),
        FINISHED(
                "'completed', now() - interval '1 hour', now() - interval '1 hour', now() - interval '59 minutes', 1, 1, 100",
                Long.MAX_VALUE),
        /** Dead rows. A session holds a snapshot from before they died, so vacuum cannot remove them. */
        SNAPSHOT(null, Long.MAX_VALUE);

        private static final String DUE =
                "'pending', now() - interval '1 minute' + n * interval '1 microsecond', now(), NULL::timestamptz, 0, 0, 0";

        private final @Nullable String columns;
        private final long most;

        Backlog(@Nullable String columns, long most) {
            this.columns = columns;
            this.most = most;
        }

        /** The priority of the drained jobs; the backlog has the default. */
        private int priority() {
            return this == PENDING ? NewJob.DEFAULT_PRIORITY + 1 : NewJob.DEFAULT_PRIORITY;
        }

        /** The time at which the drained jobs are due, but no job of a backlog that stays. */
        private String due() {
            return this == PENDING_BEHIND ? LONG_AGO : "now()";
        }

        /** Whether a round uses up the backlog, so that the next round needs a new one. */
        private boolean isUsedUp() {
            return this == PENDING_BEFORE || this == SNAPSHOT;
        }
    }

    /** A contender for each of these backlogs. They are named in lower case. */
    static List<GrownForthwith> beside(List<String> backlogs, long rows, Duration held) {
        return backlogs.stream()
                .map(backlog -> new GrownForthwith(Backlog.valueOf(backlog.toUpperCase(Locale.ROOT)), rows, held))
                .toList();
    }

    static Optional<GrownForthwith> named(String name) {
        return Optional.of(NAME.matcher(name))
                .filter(Matcher::matches)
                .map(parts -> new GrownForthwith(
                        Backlog.valueOf(parts.group(2).toUpperCase(Locale.ROOT)),
                        Long.parseLong(parts.group(1)),
                        Duration.ZERO));
    }

    @Override
    public String name() {
        return "forthwith-beside-" + (backlog.columns == null ? 0 : rows) + "-" + schema();
    }

    /** The suffix that distinguishes its schema from those of the others. */
    String schema() {
        return backlog.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String settings(Load load) {
        return plain.settings(load) + "; drained jobs have priority " + backlog.priority() + ", the backlog "
                + NewJob.DEFAULT_PRIORITY
                + (backlog == Backlog.SNAPSHOT
                        ? "; the snapshot is held for " + meanwhile.length().toSeconds() + " s, with "
                                + SteadyWork.JOBS_A_SECOND + " jobs a second done meanwhile, and while they are drained"
                        : "");
    }

    @Override
    public long drained(int jobs) {
        return backlog == Backlog.PENDING_BEFORE ? jobs + rows : jobs;
    }

    @Override
    public int connections(Load load) {
        return plain.connections(load);
    }

    @Override
    public void createTables(DataSource database) {
        plain.createTables(database);
    }

    /** Removes the rows of the last round, and keeps the backlog. */
    @Override
    public void reset(BenchmarkDatabase database) throws Exception {
        if (backlog.isUsedUp() || database.isTrue("SELECT to_regclass('job') IS NULL")) {
            Contender.super.reset(database);
            if (backlog.columns != null) {
                fill(database);
            }
        }
        database.execute("DELETE FROM job WHERE project_id IS NULL");
        if (backlog == Backlog.SNAPSHOT) {
            holdSnapshot(database);
            try (HikariDataSource pool = Pools.open(database.url(), plain.connections(Load.noop(0)))) {
                deadUnderSnapshot = (long) DEAD_ROWS * meanwhile.run(pool, PROJECT);
            }
        }
    }

    /** Their number is negative, so that {@link Tally} does not count them if they run. */
    private void fill(BenchmarkDatabase database) throws SQLException {
        database.execute("""
                INSERT INTO job (id, type, project_id, input_data, status, run_at, created_at, completed_at, claim, attempt, progress)
                SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'noop', '%s', '-1', %s
                FROM generate_series(1, %d) AS n""".formatted(PROJECT, backlog.columns, rows));
    }

    private void holdSnapshot(BenchmarkDatabase database) throws SQLException {
        snapshot = database.outsider();
        try (Statement statement = snapshot.createStatement()) {
            statement.execute("SET application_name = 'reader of an old snapshot'");
            snapshot.setAutoCommit(false);
            snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT count(*) FROM job");
        }
    }

    @Override
    public void enqueue(DataSource database, int first, int count) throws SQLException {
        plain.enqueueAll(
                database,
                IntStream.range(first, first + count)
                        .mapToObj(number -> ForthwithContender.job(number).priority(backlog.priority())));
        if (backlog == Backlog.PENDING_BEHIND) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("UPDATE job SET run_at = " + LONG_AGO + " WHERE project_id IS NULL");
            }
        }
    }

    @Override
    public Producer producer(DataSource database) {
        return plain.producer(database);
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        return plain.start(database, load, work);
    }

    /** Uses conditions that the indexes answer, so that it stays cheap with a large backlog. */
    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM job WHERE status = 'pending' AND queue = 'default' AND priority = "
                + backlog.priority() + " AND run_at <= " + backlog.due()
                + ") OR EXISTS (SELECT FROM job WHERE status = 'processing' AND priority = " + backlog.priority()
                + (backlog == Backlog.PENDING_BEFORE ? ")" : " AND project_id IS NULL)");
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM job WHERE project_id IS NULL";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        if (backlog == Backlog.SNAPSHOT) {
            requireDeadRows(database);
            close();
        }
        database.require(jobs, countJobs());
        database.require(jobs, countJobs() + " AND " + ForthwithContender.RAN_ONCE);
        if (backlog == Backlog.PENDING_BEFORE) {
            database.require(drained(jobs), "SELECT count(*) FROM job WHERE " + ForthwithContender.RAN_ONCE);
        }
    }

    /** A vacuum leaves the dead rows that the snapshot still needs. */
    private void requireDeadRows(BenchmarkDatabase database) throws SQLException {
        database.execute("VACUUM job");
        long dead = database.deadRows();
        if (dead < deadUnderSnapshot) {
            throw new IllegalStateException("There should be at least " + deadUnderSnapshot
                    + " dead rows, and there are " + dead + ": the snapshot was not held");
        }
    }

    /** Releases the snapshot, if there is one. */
    @Override
    public void close() throws SQLException {
        if (snapshot != null) {
            // The server answers a rollback after it has released the snapshot. Closing a connection does not wait.
            snapshot.rollback();
            snapshot.close();
            snapshot = null;
        }
    }
}
