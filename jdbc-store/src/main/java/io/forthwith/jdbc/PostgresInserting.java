package io.forthwith.jdbc;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Inserts many rows with one statement: a column of values per parameter. */
final class PostgresInserting {
    private static final int ROWS_PER_STATEMENT = 5_000;

    private final String insert;

    PostgresInserting(Dialect dialect) {
        // Ids travel back only if some were refused.
        this.insert = dialect.sql("""
                WITH inserted AS (
                  INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at,
                    unique_key, max_attempts, input_data)
                  SELECT id, parent_id, user_id, project_id, type, queue, priority, status,
                    now() + delay * interval '1 microsecond', unique_key, max_attempts, CAST(input AS jsonb)
                  FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::smallint[], ?::text[],
                    ?::bigint[], ?::text[], ?::smallint[], ?::text[])
                    AS fresh (id, parent_id, user_id, project_id, type, queue, priority, status,
                    delay, unique_key, max_attempts, input)
                  ON CONFLICT DO NOTHING
                  RETURNING id)
                SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""");
    }

    Set<UUID> insert(Session session, List<NewRow> rows) throws SQLException {
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
        binder.array("uuid", rows, NewRow::id)
                .array("uuid", rows, row -> row.job().parentId())
                .array("varchar", rows, row -> row.job().userId())
                .array("varchar", rows, row -> row.job().projectId())
                .array("varchar", rows, NewRow::type)
                .array("varchar", rows, row -> row.job().queue())
                .array("int2", rows, row -> (short) row.job().priority())
                .array("varchar", rows, row -> row.status().text())
                .array("int8", rows, row -> Binder.microsOf(row.job().delay()))
                .array("varchar", rows, row -> row.job().uniqueKey())
                .array("int2", rows, row -> shortOrNull(row.job().maxAttempts()))
                .array("varchar", rows, NewRow::input)
                .number(rows.size());
    }

    private static @Nullable Object shortOrNull(@Nullable Integer number) {
        return number == null ? null : number.shortValue();
    }
}
