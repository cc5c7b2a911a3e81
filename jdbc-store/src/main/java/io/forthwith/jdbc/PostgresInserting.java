package io.forthwith.jdbc;

import io.forthwith.JobTies;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Inserts one row plainly, and many with one statement: a column of values per parameter. */
final class PostgresInserting {
    private static final int ROWS_PER_STATEMENT = 5_000;

    private static final String COLUMNS = "id, parent_id, user_id, project_id, type, queue, priority, status, run_at,"
            + " unique_key, max_attempts, time_limit_ms, locale, input_data";
    private static final String TIES =
            ", position, sealed, on_child_failure, cancel_siblings, on_predecessor_failure, has_successors";

    private static final String INSERT_ONE = """
            INSERT INTO {job} (%s)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, now() + ? * interval '1 microsecond', ?, ?, ?, ?, {json}%s)
            ON CONFLICT DO NOTHING""";

    /** Ids travel back only if some were refused. */
    private static final String INSERT_MANY = """
            WITH inserted AS (
              INSERT INTO {job} (%s)
              SELECT id, parent_id, user_id, project_id, type, queue, priority, status,
                now() + delay * interval '1 microsecond', unique_key, max_attempts, time_limit_ms, locale,
                CAST(input AS jsonb)%s
              FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[],
                ?::bigint[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[]%s)
                AS fresh (id, parent_id, user_id, project_id, type, queue, priority, status,
                delay, unique_key, max_attempts, time_limit_ms, locale, input%s)
              ON CONFLICT DO NOTHING
              RETURNING id)
            SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""";

    private final String insertOne;
    private final String insertOneTied;
    private final String insert;
    private final String insertTied;

    PostgresInserting(Dialect dialect) {
        this.insertOne = dialect.sql(INSERT_ONE.formatted(COLUMNS, ""));
        this.insertOneTied = dialect.sql(INSERT_ONE.formatted(COLUMNS + TIES, ", ?, ?, ?, ?, ?, ?"));
        this.insert = dialect.sql(INSERT_MANY.formatted(COLUMNS, "", "", ""));
        this.insertTied = dialect.sql(INSERT_MANY.formatted(
                COLUMNS + TIES,
                TIES,
                ", ?::bigint[], ?::boolean[], ?::text[], ?::boolean[], ?::text[], ?::boolean[]",
                TIES));
    }

    Set<UUID> insert(Session session, List<NewRow> rows) throws SQLException {
        return rows.size() == 1 ? insertOne(session, rows.get(0)) : insertMany(session, rows);
    }

    /** The server takes a plain row in less time than it needs to unpack arrays of one. */
    private Set<UUID> insertOne(Session session, NewRow row) throws SQLException {
        int inserted = isTied(row)
                ? session.update(insertOneTied, binder -> row.bindTies(row.bind(binder)))
                : session.update(insertOne, row::bind);
        return inserted == 0 ? Set.of() : Set.of(row.id());
    }

    private static boolean isTied(NewRow row) {
        return !row.ties().equals(JobTies.NONE);
    }

    private Set<UUID> insertMany(Session session, List<NewRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            List<NewRow> some = rows.subList(from, Math.min(from + ROWS_PER_STATEMENT, rows.size()));
            boolean areTied = some.stream().anyMatch(PostgresInserting::isTied);
            session.query(
                    areTied ? insertTied : insert,
                    binder -> bind(binder, some, areTied),
                    row -> inserted.addAll(inserted(row, some)));
        }
        return inserted;
    }

    private static List<UUID> inserted(ResultSet row, List<NewRow> some) throws SQLException {
        if (row.getInt(2) == some.size()) {
            return some.stream().map(NewRow::id).toList();
        }
        Array ids = row.getArray(1);
        return ids == null ? List.of() : Arrays.asList((UUID[]) ids.getArray());
    }

    private static void bind(Binder binder, List<NewRow> rows, boolean areTied) throws SQLException {
        binder.ids(rows, NewRow::id)
                .ids(rows, row -> row.job().parentId())
                .texts(rows, row -> row.job().userId())
                .texts(rows, row -> row.job().projectId())
                .texts(rows, NewRow::type)
                .texts(rows, row -> row.job().queue())
                .numbers(rows, row -> (long) row.job().priority())
                .texts(rows, row -> row.status().text())
                .numbers(rows, row -> Binder.microsOf(row.job().delay()))
                .texts(rows, row -> row.job().uniqueKey())
                .numbers(rows, row -> longOrNull(row.job().maxAttempts()))
                .numbers(rows, row -> millisOrNull(row.job().timeLimit()))
                .texts(rows, row -> tagOrNull(row.job().locale()))
                .texts(rows, NewRow::input);
        if (areTied) {
            binder.numbers(rows, row -> longOrNull(row.ties().position()))
                    .flags(rows, NewRow::sealed)
                    .texts(rows, NewRow::onChildFailure)
                    .flags(rows, row -> row.ties().cancelsSiblings())
                    .texts(rows, NewRow::onPredecessorFailure)
                    .flags(rows, row -> row.ties().hasSuccessors());
        }
        binder.number(rows.size());
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
}
