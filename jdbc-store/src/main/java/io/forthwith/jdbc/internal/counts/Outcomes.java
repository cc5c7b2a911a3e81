package io.forthwith.jdbc.internal.counts;

import io.forthwith.FailedAttempt;
import io.forthwith.JobStoreException;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.rules.OutcomeRetentionRule;
import io.forthwith.store.rules.OutcomeTotals;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Counts of outcomes in the table of minutes. Thread-safe. */
public final class Outcomes implements OutcomeStore {
    /** In place of a write, of hours that were added up. */
    private static final UUID HOUR = new UUID(0, 0);
    /** In place of a write, of minutes that were added up. A library of a version before takes it for a worker. */
    private static final UUID MINUTE = new UUID(0, 1);
    /** The first half of the id of a minute in which a worker had the turn. No write has one like it. */
    private static final long TURN = 1;

    /** Writes of the same time are written in this order. */
    private static final Comparator<JobOutcomes> KEY_ORDER = Comparator.comparing(JobOutcomes::from)
            .thenComparing(JobOutcomes::queue)
            .thenComparing(JobOutcomes::type)
            .thenComparing(JobOutcomes::outcome);

    private static final int MOST_HOURS = 24;
    private static final Duration LATELY = Duration.ofMinutes(15);
    private static final int LOOKS_UNTIL_WHOLE = 10;
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
    private final StatementText known;
    private final StatementText insertWrite;
    private final StatementText deleteWrites;
    private final StatementText minutes;
    private final StatementText lockedWrites;
    private final FailureMinutes failures;
    private final JobSelects selects;
    private final QueueStates states;
    private final QueueDepths depths;
    private final AtomicInteger looks = new AtomicInteger();

    /** @param shared with a {@linkplain Database#withLockWait limited} lock wait, for what several workers do at the same time */
    public Outcomes(
            Database database,
            Database shared,
            JobOperations operations,
            JobSelects selects,
            QueueStates states,
            QueueDepths depths) {
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
        this.known = dialect.sql("SELECT 1 FROM {job_minute_write} WHERE write_id = ?");
        this.insertWrite = dialect.sql("INSERT INTO {job_minute_write} (write_id, written_at) VALUES (?, {now})");
        this.deleteWrites = dialect.sql("DELETE FROM {job_minute_write} WHERE written_at < ?");
        // A worker of the version before writes whole numbers of a minute again and again, so they are not added up
        // before their hour.
        String ofWrites =
                " AND (worker_id = ? OR EXISTS (SELECT 1 FROM {job_minute_write} w WHERE w.write_id = worker_id))";
        this.minutes = dialect.sql("SELECT DISTINCT minute_at FROM {job_minute} WHERE minute_at >= ? AND minute_at < ?"
                + " AND worker_id <> ?" + ofWrites + " ORDER BY minute_at");
        this.lockedWrites =
                dialect.sql(rows + ofWrites + " ORDER BY minute_at, worker_id, queue, type, outcome {for_update}");
        this.failures = new FailureMinutes(dialect);
        this.selects = selects;
        this.states = states;
        this.depths = depths;
    }

    /** The primary key of the write decides: a call that is repeated while the first one is still on its way waits for its end. */
    @Override
    public void record(UUID writeId, List<JobOutcomes> attempts, List<JobFailures> failed) {
        if (attempts.isEmpty() && failed.isEmpty()) {
            return;
        }
        List<JobOutcomes> sorted = attempts.stream().sorted(KEY_ORDER).toList();
        try {
            shared.transaction("record outcomes", session -> {
                if (isKnown(session, writeId)) {
                    return 0;
                }
                session.update(insertWrite, binder -> binder.id(writeId));
                insert(session, writeId, sorted);
                failures.insert(session, writeId, failed);
                return sorted.size();
            });
        } catch (LocksHeldException firstCall) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "Could not record outcomes: an earlier call with the same id, " + writeId
                            + ", has not ended; call again later",
                    firstCall);
        }
    }

    private boolean isKnown(Session session, UUID writeId) throws SQLException {
        return session.first(known, binder -> binder.id(writeId), row -> row.getInt(1))
                .isPresent();
    }

    /** The same key decides who of all workers has the turn of a minute. */
    @Override
    public boolean takeTurn() {
        return unlessLocked("take the turn to add up outcomes", this::takeTurn) > 0;
    }

    private int takeTurn(Session session) throws SQLException {
        long minute = Math.floorDiv(time(session).getEpochSecond(), JobOutcomes.MINUTE.toSeconds());
        UUID turn = new UUID(TURN, minute);
        return isKnown(session, turn) ? 0 : session.update(insertWrite, binder -> binder.id(turn));
    }

    private Instant time(Session session) throws SQLException {
        return session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
    }

    /** The rows of a minute are written by the worker that has its turn, so nobody else waits for them. */
    @Override
    public int recordDepths() {
        List<QueueDepth> counted = states.count(database);
        return counted.isEmpty()
                ? 0
                : unlessLocked("write how many jobs wait", session -> depths.write(session, counted));
    }

    @Override
    public List<QueueDepth> depths(Instant from, Instant to) {
        return database.read("read how many jobs waited", session -> depths.read(session, from, to));
    }

    @Override
    public List<JobFailures> failures(Instant from, Instant to) {
        return database.read("read why attempts failed", session -> failures.read(session, from, to));
    }

    @Override
    public List<FailedAttempt> attempts(JobFailures cause, Instant from, Instant to, int atMost) {
        return database.read("list failed attempts", session -> selects.failures(session, cause, from, to, atMost));
    }

    private void insert(Session session, UUID writeId, List<JobOutcomes> counted) throws SQLException {
        session.batch(
                insert,
                counted,
                (binder, each) -> row(writeId, each)
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
        OutcomeTotals sum = OutcomeTotals.ofWorkers();
        database.read(
                "read outcomes",
                session -> add(session, read, binder -> binder.time(from).time(to), sum));
        return sum.all();
    }

    @Override
    public List<JobOutcomes> readHours(Instant from, Instant to) {
        OutcomeTotals sum = OutcomeTotals.ofHours();
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
    private List<Row> add(Session session, StatementText statement, Binder.Params params, OutcomeTotals sum)
            throws SQLException {
        return session.query(statement, params, row -> {
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
            return worker.equals(HOUR) ? JobOutcomes.HOUR : JobOutcomes.MINUTE;
        }

        Binder bind(Binder binder) throws SQLException {
            return binder.time(minute).id(worker).text(queue).text(type).text(outcome.text());
        }
    }

    /**
     * One hour or minute after the other. It deletes the rows that it has read, and no others: another worker may write one meanwhile. Two
     * workers that add up at the same moment: the second leaves the time to the first, which has locked it. If it has read some that came since, the
     * primary key refuses its sum beside that of the first, and it is repeated with both.
     */
    @Override
    public int rollUp() {
        Instant today = database.read("read the time", this::time);
        Instant oldest = OutcomeRetentionRule.hoursEnd(today);
        unlessLocked(
                "delete old writes of outcomes",
                session -> session.update(deleteWrites, binder -> binder.time(OutcomeRetentionRule.writesEnd(today))));
        int gone = unlessLocked(
                "delete old outcomes",
                session -> session.update(deleteOld, binder -> binder.time(oldest))
                        + failures.deleteBefore(session, oldest));
        Instant end = OutcomeRetentionRule.minutesEnd(today);
        Instant begin = oldest;
        for (int hours = 0; hours < MOST_HOURS; hours++) {
            Optional<Instant> found = oldestMinute(begin, end);
            if (found.isEmpty()) {
                break;
            }
            Instant hour = found.get();
            gone += unlessLocked("add up outcomes", session -> addUpHour(session, hour));
            begin = hour.plus(JobOutcomes.HOUR);
        }
        for (Instant minute : minutesToAddUp(end, OutcomeRetentionRule.workersEnd(today))) {
            gone += unlessLocked("add up outcomes of a minute", session -> addUpMinute(session, minute));
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

    /** Of attempts, or of failures alone: a worker of the version before adds up only the attempts. */
    private Optional<Instant> oldestMinute(Instant begin, Instant end) {
        return database.read("look for minutes to add up", session -> {
            Optional<Instant> attempts =
                    session.first(oldest, binder -> binder.time(begin).time(end).id(HOUR), row -> dialect.time(row, 1));
            Optional<Instant> failed = failures.oldestMinute(session, begin, end, HOUR);
            return Stream.of(attempts, failed)
                    .flatMap(Optional::stream)
                    .min(Comparator.naturalOrder())
                    .map(first -> first.truncatedTo(ChronoUnit.HOURS));
        });
    }

    private int addUpHour(Session session, Instant hour) throws SQLException {
        Instant next = hour.plus(JobOutcomes.HOUR);
        OutcomeTotals sum = OutcomeTotals.ofHours();
        List<Row> read = add(session, locked, binder -> binder.time(hour).time(next), sum);
        return replace(session, read, sum, HOUR) + failures.addUp(session, hour, next, HOUR);
    }

    /** It goes back a quarter of an hour, and at times an hour: what the database has refused for long comes late. Rows of workers of a version before may be many. */
    private List<Instant> minutesToAddUp(Instant begin, Instant end) {
        Instant lately = end.minus(LATELY);
        boolean isWhole = looks.getAndIncrement() % LOOKS_UNTIL_WHOLE == 0 || lately.isBefore(begin);
        return database.read(
                "look for writes to add up",
                session -> session.query(
                        minutes,
                        binder -> binder.time(isWhole ? begin : lately)
                                .time(end)
                                .id(MINUTE)
                                .id(MINUTE),
                        row -> dialect.time(row, 1)));
    }

    private int addUpMinute(Session session, Instant minute) throws SQLException {
        Instant next = minute.plus(JobOutcomes.MINUTE);
        OutcomeTotals sum = OutcomeTotals.ofMinute();
        List<Row> read = add(
                session, lockedWrites, binder -> binder.time(minute).time(next).id(MINUTE), sum);
        return replace(session, read, sum, MINUTE) + failures.addUp(session, minute, next, MINUTE);
    }

    private int replace(Session session, List<Row> read, OutcomeTotals sum, UUID sumId) throws SQLException {
        if (read.stream().allMatch(row -> row.worker.equals(sumId))) {
            return 0;
        }
        List<JobOutcomes> sums = sum.all();
        session.batch(delete, read, (binder, row) -> row.bind(binder));
        insert(session, sumId, sums);
        return read.size() - sums.size();
    }
}
