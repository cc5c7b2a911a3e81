package io.forthwith.studio.scenario;

import io.forthwith.studio.process.WorkerProcess;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table of jobs as any SQL client sees it. The scenarios check their outcome here and not through the library. */
public final class JobRows {
    private final DataSource dataSource;

    /** The table in this database. */
    public JobRows(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * A row.
     *
     * @param claim how often a worker has got the job, or has lost it
     * @param postponements how often it was not ready
     * @param seconds from the start of the last attempt to the end; null while there is no end
     * @param startedAt the start of the last attempt, in seconds since 1970; null before the first
     * @param endedAt the end, in seconds since 1970
     */
    record Row(
            UUID id,
            String type,
            String status,
            int progress,
            int attempt,
            long claim,
            int postponements,
            @Nullable String errorMessage,
            @Nullable String result,
            @Nullable Double seconds,
            @Nullable Double startedAt,
            @Nullable Double endedAt) {}

    /**
     * What a row says about the workers that have held the job.
     *
     * @param pid the process of the worker that holds it, or null
     * @param message its progress message, or an empty text
     * @param startedAt when its last attempt started, in seconds since 1970; 0 before the first
     */
    record Held(@Nullable Long pid, int progress, String message, long claim, int lostWorkers, double startedAt) {
        /** Whether a worker of this process holds it. */
        boolean isBy(WorkerProcess process) {
            return pid != null && pid == process.pid();
        }
    }

    /** The row of a job. */
    Row find(UUID id) throws SQLException {
        String sql = "SELECT type, status, progress, attempt, claim, postponements, error_message, result_data,"
                + " EXTRACT(EPOCH FROM (completed_at - started_at)), EXTRACT(EPOCH FROM started_at),"
                + " EXTRACT(EPOCH FROM completed_at)"
                + " FROM job WHERE CAST(id AS VARCHAR(36)) = ?";
        return one(
                sql,
                id,
                row -> new Row(
                        id,
                        row.getString(1),
                        row.getString(2),
                        row.getInt(3),
                        row.getInt(4),
                        row.getLong(5),
                        row.getInt(6),
                        row.getString(7),
                        row.getString(8),
                        number(row, 9),
                        number(row, 10),
                        number(row, 11)));
    }

    /** The worker that holds a job, and how many workers have lost it. */
    Held held(UUID id) throws SQLException {
        String sql = "SELECT w.pid, j.progress, j.progress_message, j.claim, j.lost_workers,"
                + " EXTRACT(EPOCH FROM j.started_at)"
                + " FROM job j LEFT JOIN job_worker w ON w.id = j.worker_id WHERE CAST(j.id AS VARCHAR(36)) = ?";
        return one(
                sql,
                id,
                row -> new Held(
                        row.getObject(1, Long.class),
                        row.getInt(2),
                        text(row.getString(3)),
                        row.getLong(4),
                        row.getInt(5),
                        row.getDouble(6)));
    }

    /** Whether a worker of this process has a valid lease. */
    boolean isWorker(long pid) throws SQLException {
        String sql = "SELECT COUNT(*) FROM job_worker WHERE pid = ? AND lease_until > CURRENT_TIMESTAMP";
        return one(sql, pid, row -> row.getInt(1) > 0);
    }

    /** How many failed attempts are recorded of a job. */
    int failures(UUID id) throws SQLException {
        String sql = "SELECT COUNT(*) FROM job_failure WHERE CAST(job_id AS VARCHAR(36)) = ?";
        return one(sql, id, row -> row.getInt(1));
    }

    /** The jobs that undo the durable steps of a job: of each its type and status. */
    List<String> undos(UUID id) throws SQLException {
        return texts(
                "SELECT type, status FROM job WHERE CAST(undoes AS VARCHAR(36)) = ?",
                id,
                row -> row.getString(1) + " " + row.getString(2));
    }

    /** The durable steps that a job has begun, in order, with a tick where the result is stored. */
    List<String> steps(UUID id) throws SQLException {
        return texts(
                "SELECT name, finished_at FROM job_step WHERE CAST(job_id AS VARCHAR(36)) = ? ORDER BY position",
                id,
                row -> row.getString(1) + (row.getTimestamp(2) == null ? " …" : " ✓"));
    }

    /** How long after its only failed attempt a job was due again. */
    double secondsFromFailureToRetry(UUID id) throws SQLException {
        String sql = "SELECT EXTRACT(EPOCH FROM (j.run_at - f.failed_at)) FROM job j"
                + " JOIN job_failure f ON f.job_id = j.id WHERE CAST(j.id AS VARCHAR(36)) = ?";
        return one(sql, id, row -> row.getDouble(1));
    }

    /** The clock of the database, in seconds since 1970. */
    double now() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)")) {
            row.next();
            return row.getDouble(1);
        }
    }

    /** Inserts a job with SQL, without the library. The database generates the id and fills the other columns. */
    UUID insertByHand(String userId, String projectId, String type) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            boolean h2 = connection.getMetaData().getDatabaseProductName().equals("H2");
            statement.executeUpdate("INSERT INTO job (id, user_id, project_id, type, status, input_data) VALUES ("
                    + (h2 ? "RANDOM_UUID()" : "gen_random_uuid()")
                    + ", '" + userId + "', '" + projectId + "', '" + type + "', 'pending', '{}')");
            try (ResultSet row = statement.executeQuery(
                    "SELECT id FROM job WHERE project_id = '" + projectId + "' AND type = '" + type + "'")) {
                row.next();
                return UUID.fromString(row.getString(1));
            }
        }
    }

    /**
     * The most useful columns of all jobs of a project and of their undo jobs, one list of texts for each row.
     */
    public List<List<String>> all(String projectId) throws SQLException {
        String sql = "SELECT id, type, status, progress, error_message,"
                + " EXTRACT(EPOCH FROM (completed_at - created_at)) AS duration_seconds, created_at, completed_at"
                + " FROM job WHERE project_id = ? OR undoes IN (SELECT id FROM job WHERE project_id = ?)"
                + " ORDER BY created_at, id";
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, projectId);
            select.setString(2, projectId);
            try (ResultSet row = select.executeQuery()) {
                List<List<String>> rows = new ArrayList<>();
                while (row.next()) {
                    Double duration = number(row, 6);
                    rows.add(List.of(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            text(row.getString(5)),
                            duration == null ? "" : "%.3f".formatted(duration)));
                }
                return rows;
            }
        }
    }

    private <T> T one(String sql, Object key, Reading<T> reading) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection.prepareStatement(sql)) {
            select.setObject(1, key instanceof UUID ? key.toString() : key);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("There is no job " + key);
                }
                return reading.of(row);
            }
        }
    }

    private List<String> texts(String sql, UUID id, Reading<String> reading) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, id.toString());
            try (ResultSet row = select.executeQuery()) {
                List<String> texts = new ArrayList<>();
                while (row.next()) {
                    texts.add(reading.of(row));
                }
                return texts;
            }
        }
    }

    private static @Nullable Double number(ResultSet row, int column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? null : value;
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    @FunctionalInterface
    private interface Reading<T> {
        T of(ResultSet row) throws SQLException;
    }
}
