package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("When MariaDB becomes read-only, as after a fail-over,")
class MariaDbReadOnlyTest extends FaultTest {
    @Override
    DurableServer server() {
        return DurableMariaDb.shared();
    }

    @AfterEach
    void writeAgain() throws SQLException {
        server().setReadOnly(url(), false);
    }

    @Test
    @DisplayName("nothing is changed for now, and a pool does not hand out the connection again")
    void read_only() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            JobClient client = JobClient.of(JdbcJobStore.of(pool));
            String before = session(pool);
            server().setReadOnly(url(), true);

            JobStoreException refused = catchThrowableOfType(
                    JobStoreException.class, () -> client.enqueue(NewJob.of(ChildWorker.QUICK, "")));

            assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
            assertThat(session(pool)).isNotEqualTo(before);
            assertThat(client.countByScan(JobQuery.all())).isZero();
            server().setReadOnly(url(), false);
            client.enqueue(NewJob.of(ChildWorker.QUICK, ""));
            assertThat(client.countByScan(JobQuery.all())).isOne();
        }
    }

    private static String session(DataSource pool) {
        return Sql.query(pool, "SELECT CONNECTION_ID()").get(0).get(0);
    }
}
