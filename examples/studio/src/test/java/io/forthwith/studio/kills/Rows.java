package io.forthwith.studio.kills;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The database as any SQL client sees it. */
record Rows(DataSource database) {
    /** The rows that a query selects, each column as text; null is an empty text. */
    List<List<String>> texts(String query, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                select.setObject(i + 1, values[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                List<List<String>> rows = new ArrayList<>();
                while (row.next()) {
                    rows.add(texts(row));
                }
                return rows;
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(query, failed);
        }
    }

    private static List<String> texts(ResultSet row) throws SQLException {
        List<String> texts = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            String text = row.getString(i);
            texts.add(text == null ? "" : text);
        }
        return texts;
    }
}
