package io.forthwith.jdbc.internal.counts;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.rules.FailureSum;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Why attempts failed, in the table of failures by minute. Immutable and thread-safe. */
final class FailureMinutes {
    private static final String COLUMNS =
            "fingerprint, type, code, exception_class, message, attempts, jobs, sample_id, first_at, last_at";

    private final SqlDialect dialect;
    private final StatementText insert;
    private final StatementText locked;
    private final StatementText delete;
    private final StatementText read;
    private final StatementText firstSeen;
    private final StatementText deleteOld;
    private final StatementText oldest;

    FailureMinutes(SqlDialect dialect) {
        this.dialect = dialect;
        this.insert = dialect.sql("INSERT INTO {job_failure_minute} (minute_at, write_id, " + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        this.locked = dialect.sql("SELECT " + COLUMNS + ", minute_at, write_id FROM {job_failure_minute}"
                + " WHERE minute_at >= ? AND minute_at < ? ORDER BY minute_at, write_id, fingerprint {for_update}");
        this.delete = dialect.sql(
                "DELETE FROM {job_failure_minute} WHERE minute_at = ? AND write_id = ? AND fingerprint = ?");
        this.read = dialect.sql("""
                SELECT fingerprint, MAX(type), MAX(code), MAX(exception_class), MAX(message), SUM(attempts), SUM(jobs), MAX(sample_id),
                  MIN(first_at), MAX(last_at)
                FROM {job_failure_minute} WHERE minute_at >= ? AND minute_at < ? GROUP BY fingerprint""");
        this.firstSeen =
                dialect.sql("SELECT fingerprint, MIN(first_at) FROM {job_failure_minute} GROUP BY fingerprint");
        this.deleteOld = dialect.sql("DELETE FROM {job_failure_minute} WHERE minute_at < ?");
        this.oldest = dialect.sql("SELECT minute_at FROM {job_failure_minute} WHERE minute_at >= ? AND minute_at < ?"
                + " AND write_id <> ? ORDER BY minute_at LIMIT 1");
    }

    /** The key of a row. */
    private record Row(Instant minute, UUID write, JobFailures counted) {
        static final Comparator<Row> ORDER = Comparator.comparing(Row::minute)
                .thenComparing(Row::write)
                .thenComparing(row -> row.counted.fingerprint());
    }

    void insert(Session session, UUID writeId, List<JobFailures> failures) throws SQLException {
        put(
                session,
                failures.stream()
                        .map(each -> new Row(each.lastAt().truncatedTo(ChronoUnit.MINUTES), writeId, each))
                        .sorted(Row.ORDER)
                        .toList());
    }

    private void put(Session session, List<Row> rows) throws SQLException {
        session.batch(
                insert,
                rows,
                (binder, row) -> binder.time(row.minute)
                        .id(row.write)
                        .text(row.counted.fingerprint())
                        .text(row.counted.type())
                        .text(row.counted.code())
                        .text(row.counted.exceptionClass())
                        .text(row.counted.message())
                        .number(row.counted.attempts())
                        .number(row.counted.jobs())
                        .text(row.counted.sampleId().toString())
                        .time(row.counted.firstAt())
                        .time(row.counted.lastAt()));
    }

    /** What has failed, with the times when it was first seen. */
    List<JobFailures> read(Session session, Instant from, Instant to) throws SQLException {
        List<JobFailures> all = session.query(read, binder -> binder.time(from).time(to), this::counted);
        if (all.isEmpty()) {
            return all;
        }
        record Seen(String fingerprint, Instant at) {}
        Map<String, Instant> first = new HashMap<>();
        session.query(firstSeen, Binder.NONE, row -> new Seen(row.getString(1), dialect.time(row, 2)))
                .forEach(seen -> first.put(seen.fingerprint, seen.at));
        FailureSum sorted = new FailureSum();
        sorted.addAll(all);
        return sorted.all().stream()
                .map(each -> each.firstAt(first.getOrDefault(each.fingerprint(), each.firstAt())))
                .toList();
    }

    private JobFailures counted(ResultSet row) throws SQLException {
        return new JobFailures(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getLong(6),
                row.getLong(7),
                UUID.fromString(row.getString(8)),
                dialect.time(row, 9),
                dialect.time(row, 10));
    }

    /** Replaces the rows of a minute or an hour by their sum; returns how many are gone. */
    int addUp(Session session, Instant from, Instant to, UUID sumId) throws SQLException {
        List<Row> rows = session.query(
                locked,
                binder -> binder.time(from).time(to),
                row -> new Row(dialect.time(row, 11), Objects.requireNonNull(dialect.readId(row, 12)), counted(row)));
        if (rows.stream().allMatch(row -> row.write.equals(sumId))) {
            return 0;
        }
        FailureSum sum = new FailureSum();
        rows.forEach(row -> sum.add(row.counted));
        List<Row> sums =
                sum.most().stream().map(each -> new Row(from, sumId, each)).toList();
        session.batch(
                delete,
                rows,
                (binder, row) -> binder.time(row.minute).id(row.write).text(row.counted.fingerprint()));
        put(session, sums);
        return rows.size() - sums.size();
    }

    Optional<Instant> oldestMinute(Session session, Instant begin, Instant end, UUID sumId) throws SQLException {
        return session.first(oldest, binder -> binder.time(begin).time(end).id(sumId), row -> dialect.time(row, 1));
    }

    int deleteBefore(Session session, Instant oldest) throws SQLException {
        return session.update(deleteOld, binder -> binder.time(oldest));
    }
}
