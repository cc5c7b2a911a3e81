package io.forthwith.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Forthwith with more in its tables than the jobs that are drained: a backlog that stays from round to round, in a schema of its own. What is
 * drained has a higher priority, and so comes before what is pending as well. To be used by one thread.
 */
final class GrownForthwith implements Contender {
    private static final Pattern NAME = Pattern.compile("forthwith-beside-(\\d+)-(\\w+)");
    private static final int PRIORITY = 6;
    private final ForthwithContender plain = new ForthwithContender();
    private final Backlog backlog;
    private final long rows;
    private @Nullable Connection snapshot;

    GrownForthwith(Backlog backlog, long rows) {
        this.backlog = backlog;
        this.rows = rows;
    }

    /** What is there beside the jobs that are drained. */
    enum Backlog {
        NOTHING(null),
        PENDING(
                "'pending', now() - interval '1 minute' + n * interval '1 microsecond', now(), NULL::timestamptz, 0, 0, 0"),
        DEFERRED("'pending', now() + interval '1 day' + n * interval '1 second', now(), NULL::timestamptz, 0, 0, 0"),
        FINISHED(
                "'completed', now() - interval '1 hour', now() - interval '1 hour', now() - interval '59 minutes', 1, 1, 100"),
        /** No rows, but a session with a snapshot that is older than the jobs, so that nothing of theirs can be cleaned up. */
        SNAPSHOT(null);

        private final @Nullable String columns;

        Backlog(@Nullable String columns) {
            this.columns = columns;
        }
    }

    static Optional<GrownForthwith> named(String name) {
        return Optional.of(NAME.matcher(name))
                .filter(Matcher::matches)
                .map(parts -> new GrownForthwith(
                        Backlog.valueOf(parts.group(2).toUpperCase(Locale.ROOT)), Long.parseLong(parts.group(1))));
    }

    @Override
    public String name() {
        return "forthwith-beside-" + rows + "-" + backlog.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String settings(Load load) {
        return plain.settings(load) + "; drained jobs have priority " + PRIORITY + ", those beside them 5";
    }

    @Override
    public int connections(Load load) {
        return plain.connections(load);
    }

    @Override
    public void createTables(DataSource database) {
        plain.createTables(database);
    }

    /** Takes away what the last round has left, and leaves the backlog. */
    @Override
    public void reset(BenchmarkDatabase database) throws Exception {
        if (database.isTrue("SELECT to_regclass('job') IS NULL")) {
            Contender.super.reset(database);
            if (backlog.columns != null) {
                fill(database);
            }
        }
        database.execute("DELETE FROM job WHERE project_id IS NULL");
        if (backlog == Backlog.SNAPSHOT) {
            holdSnapshot(database);
        }
    }

    /** Their number is negative: {@link Tally} does not count them, should they run. */
    private void fill(BenchmarkDatabase database) throws SQLException {
        database.execute("""
                INSERT INTO job (id, type, project_id, input_data, status, run_at, created_at, completed_at, claim, attempt, progress)
                SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'noop', 'backlog', '-1', %s
                FROM generate_series(1, %d) AS n""".formatted(backlog.columns, rows));
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
    public void enqueue(DataSource database, int first, int count) {
        plain.enqueueAll(
                database,
                IntStream.range(first, first + count)
                        .mapToObj(number -> ForthwithContender.job(number).priority(PRIORITY)));
    }

    @Override
    public Producer producer(DataSource database) {
        return plain.producer(database);
    }

    @Override
    public AutoCloseable start(DataSource database, Load load, Work work) {
        return plain.start(database, load, work);
    }

    /** In terms that the indexes answer, however much there is. */
    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM job WHERE status = 'pending' AND queue = 'default' AND priority = "
                + PRIORITY + ") OR EXISTS (SELECT FROM job WHERE status = 'processing' AND priority = " + PRIORITY
                + ")";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM job WHERE project_id IS NULL";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        if (snapshot != null) {
            snapshot.close();
            snapshot = null;
        }
        database.require(jobs, countJobs());
        database.require(jobs, countJobs() + " AND " + ForthwithContender.RAN_ONCE);
    }
}
