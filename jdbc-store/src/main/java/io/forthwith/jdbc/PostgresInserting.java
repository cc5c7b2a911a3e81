package io.forthwith.jdbc;

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

    private final String insertOne;
    private final String insert;

    PostgresInserting(Dialect dialect) {
        this.insertOne = dialect.sql("""
                INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at, unique_key,
                  max_attempts, time_limit_ms, locale, input_data)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, now() + ? * interval '1 microsecond', ?, ?, ?, ?, {json})
                ON CONFLICT DO NOTHING""");
        // Ids travel back only if some were refused.
        this.insert = dialect.sql("""
                WITH inserted AS (
                  INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at,
                    unique_key, max_attempts, time_limit_ms, locale, input_data)
                  SELECT id, parent_id, user_id, project_id, type, queue, priority, status,
                    now() + delay * interval '1 microsecond', unique_key, max_attempts, time_limit_ms, locale,
                    CAST(input AS jsonb)
                  FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[],
                    ?::bigint[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[])
                    AS fresh (id, parent_id, user_id, project_id, type, queue, priority, status,
                    delay, unique_key, max_attempts, time_limit_ms, locale, input)
                  ON CONFLICT DO NOTHING
                  RETURNING id)
                SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""");
    }

    Set<UUID> insert(Session session, List<NewRow> rows) throws SQLException {
        return rows.size() == 1 ? insertOne(session, rows.get(0)) : insertMany(session, rows);
    }

    /** The server takes a plain row in less time than it needs to unpack arrays of one. */
    private Set<UUID> insertOne(Session session, NewRow row) throws SQLException {
        return session.update(insertOne, row::bind) == 0 ? Set.of() : Set.of(row.id());
    }

    private Set<UUID> insertMany(Session session, List<NewRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            List<NewRow> some = rows.subList(from, Math.min(from + ROWS_PER_STATEMENT, rows.size()));
            session.query(insert, binder -> bind(binder, some), row -> inserted.addAll(inserted(row, some)));
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

    private static void bind(Binder binder, List<NewRow> rows) throws SQLException {
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
                .texts(rows, NewRow::input)
                .number(rows.size());
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
