package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("If a driver or a pool throws something else than it may, borrowed connections")
class ConnectionErrorsTest {
    private final DataSource sound = TestH2.migrated();
    private final WatchedDataSource watched = new WatchedDataSource(sound, connection -> {});

    private Database database(String method, Throwable why) throws SQLException {
        try (Connection connection = sound.getConnection()) {
            return new Database(
                    Lending.throwing(watched, method, why),
                    SupportedDatabases.of(connection, TableNames.STANDARD).dialect(),
                    true,
                    Duration.ofSeconds(20));
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, NoSuchMethodError.class})
    @DisplayName("are not given back with what could not be rolled back: in auto-commit mode it would be committed")
    void not_rolled_back(Class<? extends Throwable> what) throws ReflectiveOperationException, SQLException {
        Database database =
                database("rollback", what.getConstructor(String.class).newInstance("a bug of a pool"));
        JdbcJobStore.of(sound).add(Jobs.encoded(Jobs.job()));

        Throwable thrown = catchThrowable(() -> database.transaction("stop halfway", session -> {
            session.update(StatementText.of("UPDATE job SET user_id = 'halfway'"), Binder.NONE);
            throw new SQLException("no further", "HY000");
        }));

        assertThat(Sql.query(sound, "SELECT id FROM job WHERE user_id = 'halfway'"))
                .isEmpty();
        assertThat(thrown).isInstanceOf(JobStoreException.class);
        assertThat(watched.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"getNetworkTimeout", "setNetworkTimeout", "isReadOnly"})
    @DisplayName("are not lost")
    void not_lost(String method) throws SQLException {
        Database database = database(method, new AbstractMethodError("an old driver"));

        assertThatThrownBy(() -> database.read("look", session -> 1)).isInstanceOf(AbstractMethodError.class);

        assertThat(watched.open()).isZero();
    }
}
