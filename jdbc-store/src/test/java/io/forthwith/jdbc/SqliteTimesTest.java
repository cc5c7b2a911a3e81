package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Times and other values in an SQLite database")
class SqliteTimesTest extends SqliteFixture {
    @Test
    @DisplayName("cuts times off at the millisecond")
    void cut_off() throws SQLException {
        SqlDialect dialect = dialect(database);
        Sql.run(database, "CREATE TABLE times (at TEXT)");
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO times VALUES (?)")) {
            for (String time : List.of(
                    "2020-12-31T23:59:59.999999999Z",
                    "1969-12-31T23:59:59.9999Z",
                    "-4000-01-01T00:00:00Z",
                    "+20000-01-01T00:00:00Z")) {
                dialect.bindTime(insert, 1, Instant.parse(time));
                insert.executeUpdate();
            }
        }
        assertThat(Sql.query(database, "SELECT at FROM times ORDER BY rowid"))
                .containsExactly(
                        List.of("2020-12-31 23:59:59.999"),
                        List.of("1969-12-31 23:59:59.999"),
                        List.of("0001-01-01 00:00:00.000"),
                        List.of("9999-12-31 23:59:59.999"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"datetime('now')", "CURRENT_TIMESTAMP", "'2020-02-29 23:59:59.999999'", "'0000-01-01 00:00:00'"})
    @DisplayName("takes times of other programs that sort as they should")
    void times(String time) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, run_at, created_at) VALUES ('" + UUID.randomUUID() + "', 't', " + time
                        + ", " + time + ")");
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'2020-01-01T00:00:00Z'",
                "'2020-01-01 00:00:00+02:00'",
                "'2020-01-01 00:00:00Z'",
                "'2020-01-01'",
                "'2020-02-30 00:00:00'",
                "'2020-01-01 25:00:00'",
                "'2020-01-01 00:00:00.1 '",
                "'now'",
                "'soon'",
                "''",
                "1577836800",
                "1577836800.5",
                "x'00'"
            })
    @DisplayName("refuses times of other programs that would have a job wait too long, or for ever")
    void bad_times(String time) {
        assertThatThrownBy(() -> Sql.run(
                        database,
                        "INSERT INTO job (id, type, run_at) VALUES ('" + UUID.randomUUID() + "', 't', " + time + ")"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("reads a value of another program that is no time as a time far away")
    void no_time() {
        store.add(Jobs.many(2));
        Sql.run(database, "UPDATE job SET started_at = 'yesterday', cancel_requested_at = 17 WHERE rowid = 1");
        assertThat(store.scan(JobQuery.all()))
                .filteredOn(job -> job.startedAt() != null)
                .singleElement()
                .satisfies(job -> assertThat(job.startedAt()).isAfter(Instant.parse("9999-12-31T00:00:00Z")));
        assertThat(Jobs.claimAll(store)).hasSize(2);
    }

    @Test
    @DisplayName("reads days that do not exist as the days that follow")
    void no_day() {
        store.add(Jobs.many(1));
        Sql.run(database, "UPDATE job SET started_at = '2021-02-30 01:02:03.4'");
        assertThat(store.scan(JobQuery.all()))
                .extracting(Job::startedAt)
                .containsExactly(Instant.parse("2021-03-02T01:02:03.400Z"));
    }

    @ParameterizedTest
    @CsvSource({"priority, 'high'", "attempt, 'many'", "type, NULL", "status, x'00'", "progress, 101"})
    @DisplayName("refuses values of other programs that do not fit their column")
    void bad_values(String column, String value) {
        store.add(Jobs.many(1));
        assertThatThrownBy(() -> Sql.run(database, "UPDATE job SET " + column + " = " + value))
                .isInstanceOf(IllegalStateException.class);
    }
}
