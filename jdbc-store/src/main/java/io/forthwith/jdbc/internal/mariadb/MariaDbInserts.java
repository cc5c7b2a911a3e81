package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.rows.RowByRowInserts;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Inserts all jobs of a call at once, and row by row only if one of them is refused. Immutable and thread-safe. */
final class MariaDbInserts extends RowByRowInserts {
    private final SqlDialect dialect;

    MariaDbInserts(SqlDialect dialect) {
        super(dialect);
        this.dialect = dialect;
    }

    @Override
    public Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        if (rows.size() > 1) {
            try (SavepointScope scope = session.savepoint()) {
                try {
                    insertAll(session, rows);
                    return rows.stream().map(NewJobRow::id).collect(Collectors.toSet());
                } catch (SQLException refused) {
                    if (dialect.failureOf(refused) != SqlFailureKind.DUPLICATE) {
                        throw refused;
                    }
                    scope.rollBack();
                }
            }
        }
        return super.insert(session, rows);
    }
}
