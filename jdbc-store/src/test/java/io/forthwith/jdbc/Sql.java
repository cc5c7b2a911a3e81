package io.forthwith.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Statements as a stranger would run them. */
public final class Sql {
    /** Without the start, which is part of the claim that a worker holds. */
    static final String[] JOB_TIMES = {
        "run_at",
        "postponed_since",
        "created_at",
        "completed_at",
        "cancel_requested_at",
        "updated_at",
        "expires_at",
        "due_at"
    };

    /** The rows of {@code job_schema}, when all scripts are applied. */
    public static final List<List<String>> SCHEMA_VERSIONS = IntStream.rangeClosed(1, 15)
            .mapToObj(version -> List.of(Integer.toString(version)))
            .toList();

    private Sql() {}

    /** Runs it and commits. */
    public static void run(DataSource database, String statement) {
        try (Connection connection = database.getConnection();
                Statement run = connection.createStatement()) {
            boolean autoCommit = connection.getAutoCommit();
            execute(run, statement);
            if (!autoCommit) {
                connection.commit();
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** SQLite's driver takes several statements only so. */
    private static void execute(Statement run, String statements) throws SQLException {
        if (run.getConnection().getMetaData().getDatabaseProductName().equals("SQLite")) {
            run.executeUpdate(statements);
        } else {
            run.execute(statements);
        }
    }

    /** The rows, each column as text. */
    public static List<List<String>> query(DataSource database, String query) {
        try (Connection connection = database.getConnection()) {
            return query(connection, query);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** The rows, each a list of texts; within whatever transaction the connection is in. */
    public static List<List<String>> query(Connection connection, String query) throws SQLException {
        try (Statement run = connection.createStatement();
                ResultSet rows = run.executeQuery(query)) {
            ResultSetMetaData columns = rows.getMetaData();
            List<List<String>> all = new ArrayList<>();
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    row.add(rows.getString(i));
                }
                all.add(row);
            }
            return all;
        }
    }

    static String ageing(String table, String older, String... columns) {
        return Arrays.stream(columns)
                .map(column -> column + " = " + column + older)
                .collect(Collectors.joining(", ", "UPDATE " + table + " SET ", ""));
    }
}
