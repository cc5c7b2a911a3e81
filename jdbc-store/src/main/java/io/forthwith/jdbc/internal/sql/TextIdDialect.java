package io.forthwith.jdbc.internal.sql;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A database that stores ids as text, so any text can stand there. */
public abstract class TextIdDialect extends SqlDialect {
    private static final int ID_LENGTH = 36;

    public TextIdDialect(StatementTemplates text) {
        super(text);
    }

    @Override
    public final void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
        statement.setString(index, id == null ? null : id.toString());
    }

    @Override
    public final @Nullable UUID readId(ResultSet row, int index) throws SQLException {
        String text = row.getString(index);
        if (text == null || text.length() != ID_LENGTH) {
            return null;
        }
        try {
            UUID id = UUID.fromString(text);
            // With any other spelling of the same id, the statements of the store would not find the row again.
            return id.toString().equals(text) ? id : null;
        } catch (IllegalArgumentException notAnId) {
            return null;
        }
    }
}
