package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A database")
class DatabaseVersionsTest {
    @ParameterizedTest
    @CsvSource({
        "PostgreSQL, 13.22, 14",
        "PostgreSQL, 9.6.24, 14",
        "MariaDB, 10.5.29-MariaDB, 10.6",
        "MySQL, 5.5.5-10.5.29-MariaDB, 10.6",
        "MySQL, 5.7.44, 8.0.17",
        "MySQL, 8.0.16, 8.0.17",
        "H2, 1.4.200 (2019-10-14), 2.2.220",
        "H2, 2.0.206 (2022-01-04), 2.2.220",
        "H2, 2.1.214 (2022-06-13), 2.2.220",
        "H2, unknown, 2.2.220",
        "SQLite, 3.37.2, 3.38",
        "SQLite, 3.8.11, 3.38"
    })
    @DisplayName("that is too old for the statements of the store is refused, with both versions")
    void too_old(String product, String version, String oldest) {
        String real = version.contains("MariaDB") ? "MariaDB" : product;
        assertThatThrownBy(() -> SupportedDatabases.of(claimingToBe(product, version), TableNames.STANDARD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(real + ' ' + version + " is not supported: version " + oldest + " or newer is needed");
    }

    @Test
    @DisplayName("of H2 that compares texts by the rules of a language is refused, with its collation")
    void collation() {
        DataSource german = TestH2.at("jdbc:h2:mem:german;COLLATION=GERMAN");
        assertThatThrownBy(() -> JdbcSchema.migrate(german))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "This H2 database has the collation GERMAN STRENGTH TERTIARY: this store needs one that compares texts character by"
                                + " character. Give it a database without SET COLLATION");
    }

    @ParameterizedTest
    @CsvSource({
        "PostgreSQL, 14.0, postgresql",
        "PostgreSQL, 19beta1, postgresql",
        "MariaDB, 10.6.0-MariaDB, mariadb",
        "MySQL, 5.5.5-10.11.6-MariaDB, mariadb",
        "MySQL, 8.0.17, mariadb",
        "H2, 2.2.220 (2023-07-04), h2",
        "H2, 2.10.0, h2",
        "H2, 3.0.200, h2"
    })
    @DisplayName("that is new enough is taken")
    void new_enough(String product, String version, String name) throws SQLException {
        assertThat(SupportedDatabases.of(claimingToBe(product, version), TableNames.STANDARD)
                        .dialect()
                        .name())
                .isEqualTo(name);
    }

    private static Connection claimingToBe(String product, String version) {
        DatabaseMetaData database = proxy(DatabaseMetaData.class, method -> switch (method) {
            case "getDatabaseProductName" -> product;
            case "getDatabaseProductVersion" -> version;
            case "storesUpperCaseIdentifiers" -> true;
            default -> throw new UnsupportedOperationException(method);
        });
        return proxy(Connection.class, method -> switch (method) {
            case "getMetaData" -> database;
            case "createStatement" ->
                proxy(Statement.class, asked -> asked.equals("executeQuery") ? answer(product, version) : null);
            default -> throw new UnsupportedOperationException(method);
        });
    }

    /** PostgreSQL is asked for its version, and H2 for its collation, which it does not have. */
    private static ResultSet answer(String product, String version) {
        return proxy(ResultSet.class, method -> switch (method) {
            case "next" -> product.equals("PostgreSQL");
            case "getString" -> "PostgreSQL " + version + " on x86_64-pc-linux-gnu, compiled by gcc, 64-bit";
            default -> null;
        });
    }

    private static <T> T proxy(Class<T> type, Function<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.apply(method.getName())));
    }
}
