package io.forthwith.jdbc.clusters;

import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** What the databases say differently. */
enum Engine {
    POSTGRESQL(
            List.of(
                    "CREATE TABLE effect (job_id uuid, claim bigint)",
                    "CREATE TABLE ended (job_id uuid, status text)",
                    "CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN INSERT INTO ended VALUES (NEW.id, NEW.status); RETURN NULL; END'",
                    "CREATE TRIGGER note_end AFTER UPDATE ON job FOR EACH ROW"
                            + " WHEN (NEW.status IN ('completed', 'failed', 'cancelled') AND NEW.status <> OLD.status)"
                            + " EXECUTE FUNCTION note_end()"),
            "result_data::text <> '\"by claim ' || claim || '@'"
                    + " || (extract(epoch FROM started_at) * 1000000)::bigint || '\"'"),
    MARIADB(
            List.of(
                    "CREATE TABLE effect (seq bigint AUTO_INCREMENT PRIMARY KEY, job_id uuid, claim bigint)",
                    "CREATE TABLE ended (seq bigint AUTO_INCREMENT PRIMARY KEY, job_id uuid, status text)",
                    "CREATE TRIGGER note_end AFTER UPDATE ON job FOR EACH ROW"
                            + " IF NEW.status IN ('completed', 'failed', 'cancelled') AND NEW.status <> OLD.status THEN"
                            + " INSERT INTO ended (job_id, status) VALUES (NEW.id, NEW.status); END IF"),
            "result_data <> concat('\"by claim ', claim, '@',"
                    + " timestampdiff(MICROSECOND, '1970-01-01', started_at), '\"')");

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
    private final List<String> tables;

    private final String isOfAnotherClaim;

    Engine(List<String> tables, String isOfAnotherClaim) {
        this.tables = tables;
        this.isOfAnotherClaim = isOfAnotherClaim;
    }

    static Engine of(DataSource database) {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getDatabaseProductName().equals("MariaDB") ? MARIADB : POSTGRESQL;
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** The tables, and what notes how often a job has ended. */
    void prepare(DataSource database) {
        JdbcSchema.migrate(database);
        tables.forEach(statement -> Sql.run(database, statement));
    }

    /** A condition for rows with the result of another claim. */
    String isOfAnotherClaim() {
        return isOfAnotherClaim;
    }
}
