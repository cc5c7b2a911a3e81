package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobRelations;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailure;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Inserts one row plainly, and many with one statement: a column of values per parameter. Very many that are new it copies, which takes
 * three quarters of the time.
 */
public final class PostgresInserts implements JobInserts {
    /** So many that it is worth the round trips of a transaction and of the beginning of a {@code COPY}. */
    public static final int FEWEST_TO_COPY = 2_000;

    private static final int ROWS_PER_STATEMENT = 5_000;

    private static final String COLUMNS = "id, parent_id, user_id, project_id, type, queue, priority, status, run_at,"
            + " unique_key, max_attempts, time_limit_ms, locale, input_data";
    private static final String TIES =
            ", position, sealed, on_child_failure, cancel_siblings, on_predecessor_failure, has_successors";

    private static final String INSERT_ONE = """
            INSERT INTO {job} (%s)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, now() + ? * interval '1 microsecond', ?, ?, ?, ?, {json}%s)
            ON CONFLICT DO NOTHING""";

    /** Sets that are unpacked in the select list go through no intermediate table, as they would in FROM. */
    private static final String INSERT_MANY = """
            INSERT INTO {job} (%s)
            SELECT id, parent_id, user_id, project_id, type, queue, priority, status,
              now() + delay * interval '1 microsecond', unique_key, max_attempts, time_limit_ms, locale,
              CAST(input AS jsonb)%s
            FROM (SELECT unnest(?::uuid[]) AS id, unnest(?::uuid[]) AS parent_id, unnest(?::text[]) AS user_id,
              unnest(?::text[]) AS project_id, unnest(?::text[]) AS type, unnest(?::text[]) AS queue,
              unnest(?::bigint[]) AS priority, unnest(?::text[]) AS status, unnest(?::bigint[]) AS delay,
              unnest(?::text[]) AS unique_key, unnest(?::bigint[]) AS max_attempts,
              unnest(?::bigint[]) AS time_limit_ms, unnest(?::text[]) AS locale, unnest(?::text[]) AS input%s) AS fresh""";

    private static final String FRESH_TIES = ", unnest(?::bigint[]) AS position, unnest(?::boolean[]) AS sealed,"
            + " unnest(?::text[]) AS on_child_failure, unnest(?::boolean[]) AS cancel_siblings,"
            + " unnest(?::text[]) AS on_predecessor_failure, unnest(?::boolean[]) AS has_successors";

    /** Ids travel back only if some were refused. */
    private static final String UNLESS_THERE = """
            WITH inserted AS (%s
              ON CONFLICT DO NOTHING
              RETURNING id)
            SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""";

    private static final String COPY = "COPY {job} (%s) FROM STDIN (FORMAT binary)";

    private static final int FIELDS = COLUMNS.split(",", -1).length;

    /**
     * The query time-out of the driver does not reach a COPY. If the host has set a shorter one, that holds. The time is that of the
     * defaults of columns, as with INSERT, and counted from where the server counts.
     */
    private static final SqlStatement BEGIN_COPYING = SqlStatement.of("""
            SELECT set_config('statement_timeout',
                CASE WHEN CAST(current_setting('statement_timeout') AS interval)
                  BETWEEN interval '1 millisecond' AND ? * interval '1 second'
                THEN current_setting('statement_timeout') ELSE CAST(? AS text) || 's' END, true),
              CAST(extract(epoch FROM now() - timestamptz '2000-01-01 00:00:00+00') * 1000000 AS bigint)""");

    private final SqlDialect dialect;
    private final int fewestToCopy;
    private final String copy;
    private final SqlStatement insertOne;
    private final SqlStatement insertOneTied;
    private final SqlStatement insertNew;
    private final SqlStatement insert;
    private final SqlStatement insertTied;

    PostgresInserts(SqlDialect dialect, int fewestToCopy) {
        this.dialect = dialect;
        this.fewestToCopy = fewestToCopy;
        this.copy = dialect.text(COPY.formatted(COLUMNS));
        this.insertOne = dialect.sql(INSERT_ONE.formatted(COLUMNS, ""));
        this.insertOneTied = dialect.sql(INSERT_ONE.formatted(COLUMNS + TIES, ", ?, ?, ?, ?, ?, ?"));
        String untied = INSERT_MANY.formatted(COLUMNS, "", "");
        this.insertNew = dialect.sql(untied);
        this.insert = dialect.sql(UNLESS_THERE.formatted(untied));
        this.insertTied = dialect.sql(UNLESS_THERE.formatted(INSERT_MANY.formatted(COLUMNS + TIES, TIES, FRESH_TIES)));
    }

    /**
     * Keys are what makes jobs meet in earnest; without any, an id that exists is a rare thing, found out by failing. Not asking
     * for every row whether it is there costs the server a fifth less, and a statement that is all or nothing by itself needs no
     * transaction around it.
     */
    @Override
    public boolean insertNew(Database database, String what, List<NewJobRow> rows) {
        if (rows.stream().anyMatch(row -> row.job().uniqueKey() != null || isTied(row))) {
            return false;
        }
        boolean areFew = rows.size() < fewestToCopy && rows.size() <= ROWS_PER_STATEMENT;
        try {
            return areFew
                    ? database.once(what, session -> insertNew(session, rows))
                    : database.transaction(what, session -> insertNew(session, rows));
        } catch (NotNew some) {
            return false;
        }
    }

    private boolean insertNew(Session session, List<NewJobRow> rows) throws SQLException {
        Optional<PostgresCopy> copying = rows.size() < fewestToCopy ? Optional.empty() : copying(session.connection());
        if (copying.isPresent()) {
            copy(session, copying.get(), rows);
            return true;
        }
        try {
            for (List<NewJobRow> some : perStatement(rows)) {
                session.update(insertNew, binder -> bind(binder, some, false));
            }
            return true;
        } catch (SQLException failed) {
            if (dialect.failureOf(failed) == SqlFailure.DUPLICATE) {
                throw new NotNew();
            }
            throw failed;
        }
    }

    private Optional<PostgresCopy> copying(Connection connection) throws SQLException {
        try {
            return PostgresCopy.of(connection, dialect);
        } catch (LinkageError noDriver) {
            return Optional.empty();
        }
    }

    private void copy(Session session, PostgresCopy copying, List<NewJobRow> rows) throws SQLException {
        long now = session.first(
                        BEGIN_COPYING,
                        binder -> binder.number(session.timeoutSeconds()).number(session.timeoutSeconds()),
                        row -> row.getLong(2))
                .orElseThrow();
        try {
            for (List<NewJobRow> some : perStatement(rows)) {
                copying.copy(copy, some, (fields, row) -> write(fields, row, now));
            }
        } catch (SQLException failed) {
            if (isRefusal(failed)) {
                throw new NotNew();
            }
            throw failed;
        }
    }

    /** An INSERT may go where a COPY does not, as with row-level security, or else says itself what is wrong. */
    private boolean isRefusal(SQLException failed) {
        return switch (dialect.failureOf(failed)) {
            case DUPLICATE, PERMANENT, NOT_SET_UP -> true;
            // Cannot be copied into; and bytes that are not those of the column's type, which is no trouble with the
            // connection.
            default -> "0A000".equals(failed.getSQLState()) || "08P01".equals(failed.getSQLState());
        };
    }

    @Override
    public Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        return rows.size() == 1 ? insertOne(session, rows.get(0)) : insertMany(session, rows);
    }

    /** The server takes a plain row in less time than it needs to unpack arrays of one. */
    private Set<UUID> insertOne(Session session, NewJobRow row) throws SQLException {
        int inserted = isTied(row)
                ? session.update(insertOneTied, binder -> row.bindTies(row.bind(binder)))
                : session.update(insertOne, row::bind);
        return inserted == 0 ? Set.of() : Set.of(row.id());
    }

    private static boolean isTied(NewJobRow row) {
        return !row.relations().equals(JobRelations.NONE);
    }

    private Set<UUID> insertMany(Session session, List<NewJobRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        for (List<NewJobRow> some : perStatement(rows)) {
            boolean areTied = some.stream().anyMatch(PostgresInserts::isTied);
            session.query(
                    areTied ? insertTied : insert,
                    binder -> bind(binder, some, areTied).number(some.size()),
                    row -> inserted.addAll(inserted(row, some)));
        }
        return inserted;
    }

    private static List<List<NewJobRow>> perStatement(List<NewJobRow> rows) {
        List<List<NewJobRow>> parts = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            parts.add(rows.subList(from, Math.min(from + ROWS_PER_STATEMENT, rows.size())));
        }
        return parts;
    }

    private static List<UUID> inserted(ResultSet row, List<NewJobRow> some) throws SQLException {
        if (row.getInt(2) == some.size()) {
            return some.stream().map(NewJobRow::id).toList();
        }
        Array ids = row.getArray(1);
        return ids == null ? List.of() : Arrays.asList((UUID[]) ids.getArray());
    }

    private static void write(BinaryCopyRows fields, NewJobRow row, long now) throws SQLException {
        NewJob job = row.job();
        fields.row(FIELDS)
                .uuid(row.id())
                .uuid(job.parentId())
                .text(job.userId())
                .text(job.projectId())
                .text(row.type())
                .text(job.queue())
                .smallint(job.priority())
                .text(row.status().text())
                .timestamptz(now + Binder.microsOf(job.delay()))
                .text(job.uniqueKey())
                .smallint(job.maxAttempts())
                .bigint(millisOrNull(job.timeLimit()))
                .text(tagOrNull(job.locale()))
                .jsonb(row.input());
    }

    private static Binder bind(Binder binder, List<NewJobRow> rows, boolean areTied) throws SQLException {
        binder.ids(rows, NewJobRow::id)
                .ids(rows, row -> row.job().parentId())
                .texts(rows, row -> row.job().userId())
                .texts(rows, row -> row.job().projectId())
                .texts(rows, NewJobRow::type)
                .texts(rows, row -> row.job().queue())
                .numbers(rows, row -> (long) row.job().priority())
                .texts(rows, row -> row.status().text())
                .numbers(rows, row -> Binder.microsOf(row.job().delay()))
                .texts(rows, row -> row.job().uniqueKey())
                .numbers(rows, row -> longOrNull(row.job().maxAttempts()))
                .numbers(rows, row -> millisOrNull(row.job().timeLimit()))
                .texts(rows, row -> tagOrNull(row.job().locale()))
                .texts(rows, NewJobRow::input);
        if (areTied) {
            binder.numbers(rows, row -> longOrNull(row.relations().position()))
                    .flags(rows, NewJobRow::sealed)
                    .texts(rows, NewJobRow::onChildFailure)
                    .flags(rows, row -> row.relations().cancelsSiblings())
                    .texts(rows, NewJobRow::onPredecessorFailure)
                    .flags(rows, row -> row.relations().hasSuccessors());
        }
        return binder;
    }

    private static @Nullable Long millisOrNull(@Nullable Duration length) {
        return length == null ? null : length.toMillis();
    }

    private static @Nullable String tagOrNull(@Nullable Locale locale) {
        return locale == null ? null : locale.toLanguageTag();
    }

    private static @Nullable Long longOrNull(@Nullable Integer number) {
        return number == null ? null : number.longValue();
    }

    /** Some are there already, or cannot be copied. Undoes the transaction it leaves. */
    @SuppressWarnings("serial") // Caught where it is thrown for.
    private static final class NotNew extends RuntimeException {
        NotNew() {
            super("Some are there already, or cannot be copied", null, false, false);
        }
    }
}
