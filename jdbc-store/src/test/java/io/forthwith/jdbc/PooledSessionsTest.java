package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobType;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** A pooler makes up the process ids that it tells; {@code clusters.PoolerTest} has a real one. */
@DisplayName("A heartbeat names the session in which its process listens")
class PooledSessionsTest {
    private static final Duration LEASE = Duration.ofSeconds(8);

    private final DataSource direct = TestPostgres.newDatabase("pooled_sessions");

    private Worker start(DataSource database) {
        JdbcSchema.migrate(database);
        ProcessorRegistry processors = ProcessorRegistry.of().with(JobType.of("pooled", String.class), job -> "done");
        return Worker.of(JdbcJobStore.of(database), processors).lease(LEASE).start();
    }

    private String worker(String what) {
        return Sql.query(direct, "SELECT " + what + " FROM job_worker").get(0).get(0);
    }

    @Test
    @DisplayName("if nothing stands between them")
    void direct() {
        try (Worker worker = start(direct)) {
            await().until(() -> worker("backend_pid IS NOT NULL").equals("t"));
            assertThat(worker.health().reasons()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "and none behind a pooler, which keeps sessions of the dead and ends those of the living; that is said once")
    void pooled() {
        try (StoreLog log = new StoreLog();
                Worker worker = start(new Pooled(direct))) {
            await().until(() -> log.lines().stream().anyMatch(line -> line.contains("a pooler stands between")));
            String lease = worker("lease_until");
            await().until(() -> !worker("lease_until").equals(lease));
            assertThat(worker("backend_pid")).isNull();
            assertThat(worker.health().reasons()).isEmpty();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("a pooler stands between"))
                    .hasSize(1);
        }
    }

    /** As if another process had told what the session is. */
    private static final class Pooled extends DelegatingDataSource {
        Pooled(DataSource direct) {
            super(direct);
        }

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = super.getConnection();
            return proxy(Connection.class, connection, "unwrap", () -> {
                PGConnection driver = connection.unwrap(PGConnection.class);
                return proxy(PGConnection.class, driver, "getBackendPID", () -> driver.getBackendPID() + 1);
            });
        }

        private interface Answer {
            Object get() throws SQLException;
        }

        private static <T> T proxy(Class<T> type, T behind, String method, Answer answer) {
            return type.cast(Proxy.newProxyInstance(
                    Pooled.class.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
                        if (called.getName().equals(method)) {
                            return answer.get();
                        }
                        try {
                            return called.invoke(behind, arguments);
                        } catch (InvocationTargetException thrown) {
                            throw thrown.getCause();
                        }
                    }));
        }
    }
}
