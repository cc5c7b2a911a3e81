package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a walk through an index of ids stands. Some databases store ids as text, so it may stand at one that no job can have, and goes on from there. Immutable.
 *
 * @param text the id as the database shows it
 * @param id null if it is not usable
 */
public record IdPlace(String text, @Nullable UUID id) {
    static IdPlace of(UUID id) {
        return new IdPlace(id.toString(), id);
    }

    static IdPlace read(SqlDialect dialect, ResultSet row, int index) throws SQLException {
        return new IdPlace(row.getString(index), dialect.readId(row, index));
    }

    /** Binds it. Where one may be unusable, ids are texts. */
    public Binder bind(Binder binder) throws SQLException {
        return id == null ? binder.text(text) : binder.id(id);
    }
}
