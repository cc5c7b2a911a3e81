package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Inserts jobs by one statement each. Immutable and thread-safe. */
public class RowByRowInserts implements JobInserts {
    /** What inserts one row. */
    public static final String INSERT = """
            INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at, unique_key,
              max_attempts, time_limit_ms, locale, input_data, position, sealed, on_child_failure, cancel_siblings,
              on_predecessor_failure, has_successors, metadata, trace_context, start_key, period_key, expires_at,
              limits, parked_under, due_at, parked_rank, sequence_key, sequence_place, sequence_failure)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, {after}), ?, ?, ?, ?, {json}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {after_or_null},
              ?, ?, {after_or_null}, ?, ?, ?, ?)""";

    private final SqlDialect dialect;
    private final StatementText insert;
    private final StatementText putLabel;

    public RowByRowInserts(SqlDialect dialect) {
        this.dialect = dialect;
        this.putLabel = dialect.sql(Labels.PUT);
        this.insert = dialect.sql(INSERT);
    }

    /** A row that is refused does not undo the rows before it. */
    @Override
    public Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        try (PreparedStatement statement = session.prepare(insert, Binder.NONE)) {
            for (NewJobRow row : rows) {
                row.bindAdditions(row.bindRelations(row.bind(new Binder(statement, dialect))));
                try {
                    statement.executeUpdate();
                    inserted.add(row.id());
                } catch (SQLException refused) {
                    if (dialect.failureOf(refused) != SqlFailureKind.DUPLICATE) {
                        throw refused;
                    }
                }
            }
        }
        Labels.put(session, putLabel, rows, inserted);
        return inserted;
    }

    /** Inserts rows in the order given, with their labels. No row is expected to be refused. */
    protected final void insertAll(Session session, List<NewJobRow> rows) throws SQLException {
        session.batch(insert, rows, (binder, row) -> row.bindAdditions(row.bindRelations(row.bind(binder))));
        Labels.put(session, putLabel, rows, rows.stream().map(NewJobRow::id).collect(Collectors.toSet()));
    }
}
