package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Its server is unpacked by the build, beside the class path, which holds another version. */
@DisplayName("The contract, kept by the oldest PostgreSQL, where even two jobs are copied")
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "the build unpacks a server for this one only")
@Tag("section")
@Tag("slow")
class OldestPostgresJobStoreTest extends JobStoreContract {
    private static final Path SERVERS = Path.of("target", "oldest-postgresql");

    private static EmbeddedPostgres server;
    private static HikariDataSource pool;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder()
                .setPgBinaryResolver((system, hardware) -> Files.newInputStream(
                        SERVERS.resolve("postgres-" + system.toLowerCase(Locale.ROOT) + "-" + hardware + ".txz")))
                .setServerConfig("fsync", "off")
                .start();
        pool = TestPostgres.pool(server.getPostgresDatabase());
        JdbcSchema.migrate(pool);
        String version = Sql.query(pool, "SELECT current_setting('server_version')")
                .get(0)
                .get(0);
        System.out.println("The contract kit on the oldest PostgreSQL: " + version);
        assertThat(version).startsWith(PostgresDialect.OLDEST + ".");
    }

    @AfterAll
    static void stop() throws IOException {
        pool.close();
        server.close();
    }

    @Override
    protected JobStore newStore() {
        Sql.run(
                pool,
                "TRUNCATE job, job_worker, job_worker_type, job_failure, job_step, job_predecessor, job_queue, job_key, job_limit, job_limit_key, job_limit_note, job_limit_change, job_schedule, job_minute, job_minute_write, job_failure_minute, job_depth, job_act, job_audit, job_label, job_label_name, job_number");
        return CopyingTest.copying(pool);
    }

    @Override
    protected void age(Duration by) {
        TestPostgres.age(pool, by);
    }
}
