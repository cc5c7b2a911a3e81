package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.json.JobCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples of docs/upgrading.md about migration tools, which {@link DocsTest} finds here word for word. */
class UpgradingSamplesTest {
    @TempDir
    private Path folder;

    @Test
    void ddl_for_a_migration_tool() throws Exception {
        Path migration = folder.resolve("V7__forthwith.sql");
        Files.writeString(migration, JdbcSchema.ddl("postgresql"));

        DataSource database = TestDatabase.POSTGRESQL.empty();
        Sql.run(database, Files.readString(migration));
        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    @Test
    void ddl_of_later_versions() throws Exception {
        DataSource database = TestDatabase.POSTGRESQL.empty();
        String all = JdbcSchema.ddl("postgresql");
        Sql.run(database, all.substring(0, all.indexOf("VALUES (3);") + "VALUES (3);".length()));
        assertThat(JdbcSchema.drift(database)).isNotEmpty();
        Path migration = folder.resolve("V8__forthwith.sql");

        Files.writeString(migration, JdbcSchema.ddl("postgresql", 3));

        Sql.run(database, Files.readString(migration));
        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    record Before(String name, int seconds, String gone) {}

    record After(String name, int seconds, String more) {}

    record WithNumber(String name, int seconds, int number) {}

    @Test
    void an_input_class_that_changes() {
        JobCodec codec = JobCodec.standard();
        String stored = codec.write(new Before("Ada", 3, "x"));

        assertThat(codec.read(stored, After.class)).isEqualTo(new After("Ada", 3, null));
        assertThatThrownBy(() -> codec.read(stored, WithNumber.class))
                .isInstanceOf(JobCodec.Refused.class)
                .hasMessageContaining("number");
    }
}
