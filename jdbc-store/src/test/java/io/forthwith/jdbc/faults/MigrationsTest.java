package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A schema that is migrated")
@Tag("section")
@Tag("slow")
class MigrationsTest {
    private static final int PROCESSES = Boolean.getBoolean("thorough") ? 10 : 4;
    private static final int VERSION = Sql.SCHEMA_VERSIONS.size();
    private static final int NEXT_VERSION = VERSION + 1;
    private static final Duration LONG = Patience.LONG;
    private static final JobType<String> WORK = JobType.of("work", String.class);

    private final List<ChildProcess> children = new ArrayList<>();

    @AfterEach
    void kill() {
        children.forEach(ChildProcess::close);
    }

    @ParameterizedTest
    // A database of H2 in memory belongs to one process.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    @DisplayName("by many processes at the same moment is migrated by each of them without an error, and once")
    void many_processes(TestDatabase kind) throws SQLException {
        DataSource database = kind.empty();
        String url;
        String user;
        try (Connection connection = database.getConnection()) {
            DatabaseMetaData metaData = connection.getMetaData();
            url = metaData.getURL();
            user = kind == TestDatabase.POSTGRESQL ? "postgres" : "root";
        }
        for (int i = 0; i < PROCESSES; i++) {
            children.add(ChildProcess.start(MigratingMain.class, "process " + i, url, user));
        }
        children.forEach(ChildProcess::awaitReady);

        children.forEach(child -> child.send("now"));

        children.forEach(child -> child.awaitLines(1, LONG, line -> line.startsWith("DONE")));
        assertThat(children)
                .allSatisfy(child ->
                        assertThat(child.lines(line -> line.startsWith("DONE"))).containsExactly("DONE"));
        assertThat(Sql.query(database, "SELECT version FROM job_schema ORDER BY version"))
                .isEqualTo(Sql.SCHEMA_VERSIONS);
        assertThat(JdbcSchema.drift(database)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "to the next version under a running worker of this one does not disturb it; new workers of this one start as"
                    + " long as the next version is open to it")
    void forward_and_back(TestDatabase kind) {
        DataSource database = kind.migrated();
        JobClient jobs = JobClient.of(JdbcJobStore.of(database));
        ProcessorRegistry processors = ProcessorRegistry.of().with(WORK, job -> "done");
        try (Worker worker = Worker.of(JdbcJobStore.of(database), processors)
                .pollInterval(Duration.ofMillis(100))
                .start()) {
            jobs.enqueueAll(some());
            await().atMost(LONG).until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) > 0);

            Sql.run(database, "ALTER TABLE job ADD COLUMN of_next_version INTEGER");
            jobs.enqueueAll(some());
            Sql.run(database, "CREATE INDEX job_of_next_version ON job (of_next_version)");
            Sql.run(
                    database,
                    "INSERT INTO job_schema (version, open_from) VALUES (" + NEXT_VERSION + ", " + VERSION + ")");
            jobs.enqueueAll(some());

            await().atMost(LONG)
                    .until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 3L * some().size());
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
        try {
            JdbcSchema.migrate(database);
            try (Worker back = Worker.of(JdbcJobStore.of(database), processors).start()) {
                jobs.enqueueAll(some());
                await().atMost(LONG)
                        .until(() ->
                                jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 4L * some().size());
                assertThat(back.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }

            Sql.run(database, "UPDATE job_schema SET open_from = NULL WHERE version = " + NEXT_VERSION);
            assertThatThrownBy(() ->
                            Worker.of(JdbcJobStore.of(database), processors).start())
                    .hasStackTraceContaining("version " + NEXT_VERSION);
            assertThatThrownBy(() -> JdbcSchema.migrate(database)).isInstanceOf(IllegalStateException.class);
        } finally {
            // The database may be shared.
            Sql.run(database, "DELETE FROM job_schema WHERE version = " + NEXT_VERSION);
            Sql.run(database, kind.dropIndex("job_of_next_version"));
            Sql.run(database, "ALTER TABLE job DROP COLUMN of_next_version");
        }
    }

    private static List<NewJob> some() {
        return Stream.generate(() -> NewJob.of(WORK, "")).limit(30).toList();
    }
}
