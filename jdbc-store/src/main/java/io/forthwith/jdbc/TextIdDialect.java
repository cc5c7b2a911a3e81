package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A database that keeps ids as text, so that a stranger may put anything there, and has no way to claim or settle many jobs by one
 * statement.
 */
abstract class TextIdDialect extends Dialect {
    /** What inserts one row. */
    static final String INSERT = """
            INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at, unique_key,
              max_attempts, time_limit_ms, locale, input_data, position, sealed, on_child_failure, cancel_siblings,
              on_predecessor_failure, has_successors)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, {after}, ?, ?, ?, ?, {json}, ?, ?, ?, ?, ?, ?)""";

    private static final int ID_LENGTH = 36;

    private final ClaimByPriority claiming;
    private final SettleInTransaction settling;
    private final String insert;

    TextIdDialect(SqlText text) {
        super(text);
        this.claiming = new ClaimByPriority(this);
        this.settling = new SettleInTransaction(this, new FamilyLocks(this));
        this.insert = sql(INSERT);
    }

    @Override
    final void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
        statement.setString(index, id == null ? null : id.toString());
    }

    @Override
    final @Nullable UUID readId(ResultSet row, int index) throws SQLException {
        String text = row.getString(index);
        if (text == null || text.length() != ID_LENGTH) {
            return null;
        }
        try {
            UUID id = UUID.fromString(text);
            // In any other spelling our own statements would not find the row again.
            return id.toString().equals(text) ? id : null;
        } catch (IllegalArgumentException notAnId) {
            return null;
        }
    }

    @Override
    final List<Job> claim(Database database, ClaimRequest request) {
        return claiming.claim(database, request);
    }

    @Override
    final Committed<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settling.settle(database, settlements);
    }

    /** Inserts rows that nothing is in the way of, in the order given. */
    final void insertAll(Session session, List<NewJobRow> rows) throws SQLException {
        session.batch(insert, rows, (binder, row) -> row.bindTies(row.bind(binder)));
    }

    /** Row by row: a row that is refused leaves the transaction as it was. */
    @Override
    Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        try (PreparedStatement statement = session.prepare(insert)) {
            for (NewJobRow row : rows) {
                row.bindTies(row.bind(new Binder(statement, this)));
                try {
                    statement.executeUpdate();
                    inserted.add(row.id());
                } catch (SQLException refused) {
                    if (failureOf(refused) != SqlFailure.DUPLICATE) {
                        throw refused;
                    }
                }
            }
        }
        return inserted;
    }
}
