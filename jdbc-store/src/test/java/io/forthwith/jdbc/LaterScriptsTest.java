package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.jdbc.internal.mariadb.MariaDbDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The statements after a version, for a migration tool")
class LaterScriptsTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("bring a schema of version 1 up to date")
    void from_the_first(TestDatabase kind) {
        DataSource database = kind.empty();
        Sql.run(database, firstScript(kind.databaseName()));
        assertThat(Sql.query(database, "SELECT version FROM job_schema")).containsExactly(List.of("1"));

        Sql.run(database, JdbcSchema.ddl(kind.databaseName(), 1));

        assertThat(JdbcSchema.drift(database)).isEmpty();
        assertThat(Sql.query(database, "SELECT version FROM job_schema ORDER BY 1"))
                .isEqualTo(Sql.SCHEMA_VERSIONS);
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        // It registers a worker, which checks the schema.
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgresql", "mariadb", "mysql", "h2", "sqlite"})
    @DisplayName("are all statements after none, and none after the present version")
    void none_and_all(String database) {
        String all = JdbcSchema.ddl(database);

        assertThat(JdbcSchema.ddl(database, 0)).isEqualTo(all);
        assertThat(JdbcSchema.ddl(database, Sql.SCHEMA_VERSIONS.size())).isEmpty();
        for (int version = 1; version < Sql.SCHEMA_VERSIONS.size(); version++) {
            assertThat(all).endsWith(JdbcSchema.ddl(database, version));
            assertThat(JdbcSchema.ddl(database, version)).doesNotContain("VALUES (" + version + ")");
        }
    }

    @ParameterizedTest
    // The others undo what a script has done before it failed.
    @EnumSource(names = {"MARIADB", "H2"})
    @DisplayName("do no harm if a process has run some of them and ended before it could record that")
    void half_done(TestDatabase kind) {
        DataSource database = kind.empty();
        String all = JdbcSchema.ddl(kind.databaseName());
        Sql.run(
                database,
                all.substring(
                        0, all.length() - JdbcSchema.ddl(kind.databaseName(), 5).length()));
        Sql.run(
                database,
                "ALTER TABLE job_worker ADD COLUMN queues " + (kind == TestDatabase.H2 ? "VARCHAR(10000)" : "TEXT"));

        JdbcSchema.migrate(database);

        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    @Test
    @DisplayName("add columns on MySQL as it allows it, and a column that is there is taken for one that was added")
    void columns_of_mysql() {
        assertThat(JdbcSchema.ddl("mariadb", 5)).contains("ADD COLUMN IF NOT EXISTS queues TEXT;");
        assertThat(JdbcSchema.ddl("mysql", 5))
                .contains("ADD COLUMN queues TEXT;")
                .doesNotContain("COLUMN IF NOT EXISTS");
        SQLException isThere = new SQLException("Duplicate column name 'queues'", "42S21", 1060);
        assertThat(MariaDbDialect.named("mysql", TableNames.STANDARD).isColumnThere(isThere))
                .isTrue();
        assertThat(MariaDbDialect.named("mariadb", TableNames.STANDARD).isColumnThere(isThere))
                .isFalse();
        assertThat(MariaDbDialect.named("mysql", TableNames.STANDARD).isColumnThere(new SQLException("other")))
                .isFalse();
    }

    @Test
    @DisplayName("are refused for a version that the library does not know")
    void unknown() {
        for (int version : new int[] {-1, Sql.SCHEMA_VERSIONS.size() + 1}) {
            assertThatThrownBy(() -> JdbcSchema.ddl("h2", version))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Version " + version + " of the schema is not known: 0, for no tables, to "
                            + Sql.SCHEMA_VERSIONS.size()
                            + ", the version of this library; job_schema says which one you have");
        }
    }

    private static String firstScript(String database) {
        String all = JdbcSchema.ddl(database);
        Matcher recorded = Pattern.compile("INSERT INTO \\S+ \\(version\\) VALUES \\(1\\);")
                .matcher(all);
        assertThat(recorded.find()).isTrue();
        return all.substring(0, recorded.end());
    }
}
