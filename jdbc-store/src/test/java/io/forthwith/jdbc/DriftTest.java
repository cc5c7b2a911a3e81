package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.forthwith.JobStoreException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A schema that is no longer as the library made it")
class DriftTest {
    private static final Pattern STATEMENT = Pattern.compile("(?:: |then )((?:CREATE|ALTER) .+)");

    private static DataSource fresh(TestDatabase kind) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database);
        assertThat(JdbcSchema.drift(database)).isEmpty();
        return database;
    }

    /** What is said, after what is said was run. */
    private static String mended(DataSource database) {
        List<String> drift = JdbcSchema.drift(database);
        assertThat(drift).hasSize(1);
        Matcher statement = STATEMENT.matcher(drift.get(0));
        assertThat(statement.find()).as(drift.get(0)).isTrue();
        for (String each : statement.group(1).split("; ", -1)) {
            Sql.run(database, each);
        }
        assertThat(JdbcSchema.drift(database)).isEmpty();
        return drift.get(0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("starts no worker without an index, and says how to make it")
    void missing_index(TestDatabase kind) {
        DataSource database = fresh(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, kind.dropIndex("job_unique"));

        assertThatThrownBy(() -> Jobs.worker(store))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("Table job has no index job_unique: CREATE UNIQUE INDEX");
        assertThat(mended(database)).startsWith("Table job has no index job_unique");
        Jobs.worker(store);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("starts no worker if the index that keeps keys unique is on something else")
    void changed_index(TestDatabase kind) {
        DataSource database = fresh(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, kind.dropIndex("job_unique"));
        Sql.run(database, "CREATE INDEX job_unique ON job (type)");

        assertThatThrownBy(() -> Jobs.worker(store))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("Index job_unique is on type instead of type, ");
        Sql.run(database, kind.dropIndex("job_unique"));
        mended(database);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("starts no worker without a column, and says how to add it")
    void missing_column(TestDatabase kind) {
        DataSource database = fresh(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(database, "ALTER TABLE job DROP COLUMN locale");

        assertThatThrownBy(() -> Jobs.worker(store))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("Column locale of table job is missing: ALTER TABLE");
        mended(database);
        Jobs.worker(store);
    }

    @ParameterizedTest
    // SQLite can change no column.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("in a column that was changed is warned of when a worker starts, with the statement that mends it")
    void changed_column(TestDatabase kind) {
        DataSource database = fresh(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(
                database,
                switch (kind) {
                    case POSTGRESQL -> "ALTER TABLE job ALTER COLUMN progress_message TYPE varchar(10)";
                    case MARIADB -> "ALTER TABLE job MODIFY COLUMN progress_message VARCHAR(10)";
                    default -> "ALTER TABLE job ALTER COLUMN progress_message SET DATA TYPE VARCHAR(10)";
                });

        try (StoreLog log = new StoreLog()) {
            Jobs.worker(store);
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("Column progress_message of table job is ", " instead of ");
            Jobs.worker(store);
            assertThat(log.at(Level.WARN)).as("once").hasSize(1);
        }
        mended(database);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is not what a host has added, nor that it has made a column wider")
    void additions(TestDatabase kind) {
        DataSource database = fresh(kind);
        Sql.run(
                database,
                "ALTER TABLE job ADD COLUMN tenant " + (kind == TestDatabase.SQLITE ? "TEXT" : "VARCHAR(20)"));
        Sql.run(database, "CREATE INDEX job_tenant ON job (tenant)");
        if (kind == TestDatabase.MARIADB) {
            Sql.run(database, "ALTER TABLE job MODIFY COLUMN project_id VARCHAR(400)");
        }
        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is told of tables under other names as well, and of tables that are not there")
    void elsewhere(TestDatabase kind) {
        DataSource database = kind.empty();
        JdbcSchema.migrate(database, null, "my_");
        assertThat(JdbcSchema.drift(database, null, "my_")).isEmpty();
        assertThat(JdbcSchema.drift(database)).hasSize(23).allMatch(each -> each.contains("is missing"));
        Sql.run(database, kind.dropIndex("my_job_ready").replace(" ON job", " ON my_job"));
        assertThat(JdbcSchema.drift(database, null, "my_"))
                .singleElement()
                .asString()
                .contains("my_job has no index my_job_ready");
    }
}
