package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server whose {@code version()} is another's: the driver calls all of them PostgreSQL. */
@DisplayName("A server that speaks the protocol of PostgreSQL")
class LookalikesTest {
    private static DataSource answering(String version) {
        DataSource database = TestPostgres.newDatabase("lookalike");
        Sql.run(database, "CREATE SCHEMA fake");
        Sql.run(
                database,
                "CREATE FUNCTION fake.version() RETURNS text LANGUAGE sql AS $$ SELECT '" + version + "'::text $$");
        Sql.run(database, "ALTER DATABASE lookalike SET search_path = fake, pg_catalog, public");
        return database;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "YugabyteDB | PostgreSQL 15.12-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 17, 64-bit",
                "CockroachDB | CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu, built 2025/06/10, go1.23.7)",
                "Redshift | PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 (Red Hat), Redshift 1.0.12103",
                "Greenplum | PostgreSQL 12.12 (Greenplum Database 7.0.0 build commit:1) on x86_64-pc-linux-gnu, compiled by gcc",
                "Materialize | PostgreSQL 9.5 on x86_64-unknown-linux-gnu (Materialize v0.130.0)",
                "RisingWave | PostgreSQL 13.14.0-RisingWave-2.3.0 (1)",
                "QuestDB | PostgreSQL 12.3, compiled by Visual C++ build 1914, 64-bit, QuestDB",
                "CrateDB | CrateDB 5.10.0 (built 1/Linux 6.1 amd64, OpenJDK 64-Bit Server VM 23)",
                "openGauss | (openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 on x86_64-unknown-linux-gnu, compiled by g++",
                "Spanner or Aurora DSQL | PostgreSQL 14.1",
                "Spanner or Aurora DSQL | PostgreSQL 16"
            })
    @DisplayName("and cannot do what the store needs is refused with one sentence, by the store and by the migration")
    void refused(String name, String version) {
        DataSource database = answering(version);
        String sentence =
                name + " (\"" + version + "\") is not supported: it speaks the protocol of PostgreSQL, but is not"
                        + " PostgreSQL in what this store relies on, such as row locks, ctid, BRIN indexes and the list of sessions;"
                        + " plug in a JobStore of your own for it.";
        assertThatThrownBy(() -> JdbcJobStore.of(database))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> JdbcSchema.migrate(database))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThat(Sql.query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 15.4 on aarch64-unknown-linux-gnu, compiled by aarch64-unknown-linux-gnu-gcc (GCC) 9.5.0, 64-bit",
                "PostgreSQL 16.3 on x86_64-pc-linux-gnu, compiled by Debian clang version 12.0.1, 64-bit",
                "PostgreSQL 16.9 (165f042) on x86_64-pc-linux-gnu, compiled by gcc (Debian 10.2.1-6) 10.2.1 20210110, 64-bit",
                "PostgreSQL 16.1, compiled by Visual C++ build 1937, 64-bit",
                "PostgreSQL 16.4 (EnterpriseDB Advanced Server 16.4.0) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"
            })
    @DisplayName("and is PostgreSQL itself is taken, also if a cloud runs it or another company has built it")
    void taken(String version) {
        DataSource database = answering(version);
        JdbcSchema.migrate(database);
        assertThat(JdbcJobStore.of(database)).isNotNull();
    }

    @Test
    @DisplayName("is asked outside the transaction that migrates, on a pool without auto-commit too")
    void asked_without_auto_commit() throws Exception {
        DataSource database = answering("PostgreSQL 16.3 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit");
        Connection connection = database.getConnection();
        connection.setAutoCommit(false);
        try (SingleConnection pool = new SingleConnection(connection)) {
            JdbcSchema.migrate(pool);
            assertThat(JdbcJobStore.of(pool)).isNotNull();
        }
    }
}
