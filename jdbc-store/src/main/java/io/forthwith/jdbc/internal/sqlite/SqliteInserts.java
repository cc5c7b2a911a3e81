package io.forthwith.jdbc.internal.sqlite;

import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.rows.RowByRowInserts;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Inserts jobs by one statement each; a row whose id or key is taken is left out. Immutable and thread-safe. */
public final class SqliteInserts implements JobInserts {
    private final SqlDialect dialect;
    private final StatementText insertFree;
    private final StatementText putLabel;

    public SqliteInserts(SqlDialect dialect) {
        this.dialect = dialect;
        this.insertFree = dialect.sql(RowByRowInserts.INSERT + " ON CONFLICT DO NOTHING");
        this.putLabel = dialect.sql(Labels.PUT);
    }

    @Override
    public Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        try (PreparedStatement statement = session.prepare(insertFree, Binder.NONE)) {
            for (NewJobRow row : rows) {
                row.bindAdditions(row.bindRelations(row.bind(new Binder(statement, dialect))));
                if (statement.executeUpdate() > 0) {
                    inserted.add(row.id());
                }
            }
        }
        Labels.put(session, putLabel, rows, inserted);
        return inserted;
    }
}
