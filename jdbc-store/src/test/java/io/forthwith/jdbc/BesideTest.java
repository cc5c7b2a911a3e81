package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobChange;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.operations.Beside;
import io.forthwith.jdbc.internal.operations.CancelSealRetry;
import io.forthwith.jdbc.internal.operations.ChangeJobs;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a transaction does beside the change of a job")
class BesideTest {
    private final DataSource source = TestH2.migrated();
    private final UUID id = UUID.randomUUID();
    private final List<String> done = new ArrayList<>();
    private Database database;
    private CancelSealRetry single;
    private ChangeJobs changes;

    @BeforeEach
    void add() throws SQLException {
        NewJob job = Jobs.job().id(id);
        JdbcJobStore.of(source).add(Jobs.encoded(job));
        JobOperations operations;
        try (Connection connection = source.getConnection()) {
            operations = SupportedDatabases.of(connection, TableNames.STANDARD);
        }
        SqlDialect dialect = operations.dialect();
        database = new Database(source, dialect, true, Duration.ofSeconds(30));
        single = new CancelSealRetry(dialect, operations.locks());
        changes = new ChangeJobs(
                dialect, operations.locks(), new JobSelects(dialect, operations.rows(), operations.pages()));
    }

    private <T> Beside<T> noting() {
        return new Beside<>() {
            @Override
            public void begins(Session session) {
                done.add("begins");
            }

            @Override
            public void ends(Session session, T answer) {
                done.add("ends");
            }
        };
    }

    @Test
    @DisplayName("begins and ends with it, whatever the change is")
    void both() {
        changes.change(database, id, JobChange.of().priority(1), noting());
        assertThat(done).containsExactly("begins", "ends");
        single.cancel(database, id, Locale.ENGLISH, noting());
        assertThat(done).containsExactly("begins", "ends", "begins", "ends");
        single.retry(database, id, noting());
        assertThat(done).containsExactly("begins", "ends", "begins", "ends", "begins", "ends");
    }

    @Test
    @DisplayName("begins and ends with it also if the job is one of many")
    void ofMany() {
        single.cancelIfSelected(database, id, job -> true, Locale.ENGLISH, noting());
        assertThat(done).containsExactly("begins", "ends");
        single.retryIfSelected(database, id, job -> true, noting());
        assertThat(done).containsExactly("begins", "ends", "begins", "ends");
    }
}
