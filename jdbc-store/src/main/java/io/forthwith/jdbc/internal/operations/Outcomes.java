package io.forthwith.jdbc.internal.operations;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.OutcomeStore;
import io.forthwith.store.rules.OutcomeRule;
import io.forthwith.store.rules.OutcomeSum;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Counts of outcomes in the table of minutes. Thread-safe. */
public final class Outcomes implements OutcomeStore {
    /** In place of a worker, of hours that were added up. */
    private static final UUID NOBODY = new UUID(0, 0);

    /** All workers write in this order. */
    private static final Comparator<JobOutcomes> KEY_ORDER = Comparator.comparing(JobOutcomes::from)
            .thenComparing(JobOutcomes::queue)
            .thenComparing(JobOutcomes::type)
            .thenComparing(JobOutcomes::outcome);

    private static final int MOST_HOURS = 24;

    private final Database database;
    private final Database shared;
    private final SqlDialect dialect;
    private final StatementText delete;
    private final StatementText insert;
    private final StatementText read;
    private final StatementText readTogether;
    private final StatementText oldest;
    private final StatementText locked;
    private final StatementText deleteOld;
    private final StatementText now;

    /** @param shared with a {@linkplain Database#withLockWait limited} lock wait, for what several workers do at the same time */
    public Outcomes(Database database, Database shared, JobOperations operations) {
        this.database = database;
        this.shared = shared;
        this.dialect = operations.dialect();
        this.delete = dialect.sql(
                "DELETE FROM {job_minute} WHERE minute_at = ? AND worker_id = ? AND queue = ? AND type = ? AND outcome = ?");
        this.insert =
                dialect.sql("INSERT INTO {job_minute} (minute_at, worker_id, queue, type, outcome, jobs, waits, runs)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        String rows = "SELECT minute_at, worker_id, queue, type, outcome, jobs, waits, runs FROM {job_minute}"
                + " WHERE minute_at >= ? AND minute_at < ?";
        this.read = dialect.sql(rows);
        this.readTogether = dialect.sql(operations.outcomesTogether());
        this.locked = dialect.sql(rows + " ORDER BY minute_at, worker_id, queue, type, outcome {for_update}");
        this.oldest = dialect.sql("SELECT minute_at FROM {job_minute} WHERE minute_at >= ? AND minute_at < ?"
                + " AND worker_id <> ? ORDER BY minute_at LIMIT 1");
        this.deleteOld = dialect.sql("DELETE FROM {job_minute} WHERE minute_at < ?");
        this.now = dialect.sql("SELECT {now}");
    }

    /** The rows of other workers are other rows, so to delete and insert is to replace. */
    @Override
    public void record(UUID workerId, List<JobOutcomes> minutes) {
        if (minutes.isEmpty()) {
            return;
        }
        List<JobOutcomes> sorted = minutes.stream().sorted(KEY_ORDER).toList();
        shared.transaction("record outcomes", session -> {
            session.batch(delete, sorted, (binder, each) -> row(workerId, each).bind(binder));
            insert(session, workerId, sorted);
            return sorted.size();
        });
    }

    private void insert(Session session, UUID workerId, List<JobOutcomes> counted) throws SQLException {
        session.batch(
                insert,
                counted,
                (binder, each) -> row(workerId, each)
                        .bind(binder)
                        .number(each.jobs())
                        .text(each.waits().toString())
                        .text(each.runs().toString()));
    }

    private static Row row(UUID workerId, JobOutcomes each) {
        return new Row(each.from(), workerId, each.queue(), each.type(), each.outcome());
    }

    @Override
    public List<JobOutcomes> read(Instant from, Instant to) {
        OutcomeSum sum = OutcomeSum.ofWorkers();
        database.read("read outcomes", session -> add(session, read, from, to, sum));
        return sum.all();
    }

    @Override
    public List<JobOutcomes> readHours(Instant from, Instant to) {
        OutcomeSum sum = OutcomeSum.ofHours();
        database.read(
                "read outcomes of hours",
                session ->
                        session.query(readTogether, binder -> binder.time(from).time(to), row -> {
                            JobOutcomes.Outcome outcome = JobOutcomes.Outcome.parse(row.getString(2));
                            if (outcome != null) {
                                sum.addAll(dialect.time(row, 1), outcome, row.getLong(3), row.getString(4));
                            }
                            return outcome;
                        }));
        return sum.all();
    }

    /**
     * Adds rows to a sum; returns what they are. A row that says an unknown outcome, as that of a newer version of the library, is left out.
     */
    private List<Row> add(Session session, StatementText statement, Instant from, Instant to, OutcomeSum sum)
            throws SQLException {
        return session.query(statement, binder -> binder.time(from).time(to), row -> {
            JobOutcomes.Outcome outcome = JobOutcomes.Outcome.parse(row.getString(5));
            UUID worker = dialect.readId(row, 2);
            if (outcome == null || worker == null) {
                return null;
            }
            Row read = new Row(dialect.time(row, 1), worker, row.getString(3), row.getString(4), outcome);
            sum.add(
                    read.minute,
                    read.span(),
                    read.queue,
                    read.type,
                    outcome,
                    row.getLong(6),
                    row.getString(7),
                    row.getString(8));
            return read;
        });
    }

    /** The key of a row. */
    private record Row(Instant minute, UUID worker, String queue, String type, JobOutcomes.Outcome outcome) {
        Duration span() {
            return worker.equals(NOBODY) ? JobOutcomes.HOUR : JobOutcomes.MINUTE;
        }

        Binder bind(Binder binder) throws SQLException {
            return binder.time(minute).id(worker).text(queue).text(type).text(outcome.text());
        }
    }

    /**
     * One hour after the other. It deletes the rows that it has read, and no others: another worker may write a minute of this hour meanwhile. Two
     * workers that add up at the same moment: the second leaves the hour to the first, which has locked it. If it has read some that came since, the
     * primary key refuses its sum beside that of the first, and it is repeated with both.
     */
    @Override
    public int rollUp() {
        Instant today = database.read(
                "read the time",
                session -> session.first(now, Binder.NONE, row -> dialect.time(row, 1))
                        .orElseThrow());
        Instant oldest = OutcomeRule.hoursEnd(today);
        int gone = unlessLocked(
                "delete old outcomes", session -> session.update(deleteOld, binder -> binder.time(oldest)));
        Instant end = OutcomeRule.minutesEnd(today);
        Instant begin = oldest;
        for (int hours = 0; hours < MOST_HOURS; hours++) {
            Optional<Instant> found = oldestMinute(begin, end);
            if (found.isEmpty()) {
                break;
            }
            Instant hour = found.get();
            gone += unlessLocked("add up outcomes", session -> addUp(session, hour));
            begin = hour.plus(JobOutcomes.HOUR);
        }
        return gone;
    }

    /** What another worker has locked is left to it, which may stand still. */
    private int unlessLocked(String what, Session.Work<Integer> work) {
        try {
            return shared.transaction(what, work);
        } catch (LocksHeldException others) {
            return 0;
        }
    }

    private Optional<Instant> oldestMinute(Instant begin, Instant end) {
        return database.read(
                "look for minutes to add up",
                session -> session.first(
                        oldest,
                        binder -> binder.time(begin).time(end).id(NOBODY),
                        row -> dialect.time(row, 1).truncatedTo(ChronoUnit.HOURS)));
    }

    private int addUp(Session session, Instant hour) throws SQLException {
        Instant next = hour.plus(JobOutcomes.HOUR);
        OutcomeSum sum = OutcomeSum.ofHours();
        List<Row> read = add(session, locked, hour, next, sum);
        if (read.stream().allMatch(row -> row.worker.equals(NOBODY))) {
            return 0;
        }
        List<JobOutcomes> sums = sum.all();
        session.batch(delete, read, (binder, row) -> row.bind(binder));
        insert(session, NOBODY, sums);
        return read.size() - sums.size();
    }
}
