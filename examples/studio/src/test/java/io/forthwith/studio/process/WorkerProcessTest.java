package io.forthwith.studio.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.studio.Settings;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.ImageFile;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.WorkerLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A worker process of the studio")
class WorkerProcessTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final WorkerLog log =
            new WorkerLog(new Console(new PrintStream(output, true, StandardCharsets.UTF_8), false));
    private final HikariDataSource database = new HikariDataSource();
    private Server server;
    private ImageApi api;
    private WorkerProcesses processes;

    @BeforeEach
    void serve(@TempDir Path folder) throws Exception {
        server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        String url = "jdbc:h2:tcp://localhost:" + server.getPort() + "/mem:studio;DB_CLOSE_DELAY=-1";
        Settings settings = new Settings(folder.resolve("forthwith-studio"), "en", "h2", url, "ada", "secret");
        database.setJdbcUrl(url);
        database.setUsername(settings.user());
        database.setPassword(settings.password());
        JdbcSchema.migrate(database);
        CreditLedger credits = new CreditLedger(database, Texts.in("en"));
        credits.createTables();
        credits.open(Stage.ADA, 100);
        api = ImageApi.start(Stage.API_KEY, Duration.ofMillis(1));
        processes = new WorkerProcesses(settings, api.uri(), log);
    }

    @AfterEach
    void stop() {
        api.close();
        database.close();
        server.stop();
        log.close();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no SIGTERM")
    @DisplayName("finishes its job and deregisters, both when its input ends and on SIGTERM")
    void stops() throws Exception {
        JobClient jobs = JobClient.of(JdbcJobStore.of(database));
        NewJob image = NewJob.of(StudioJobs.ASSET_IMAGE, new AssetImage("dawn"))
                .user(Stage.ADA)
                .queue("one");
        Future<?> asked = api.beSlow("Dawn over a quiet lake", Duration.ofMillis(200));
        try (WorkerProcess one = processes.start("worker-1", "one", PATIENCE);
                WorkerProcess two = processes.start("worker-2", "two", PATIENCE)) {
            await().atMost(PATIENCE).until(() -> workers() == 2);
            jobs.enqueue(image);
            asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

            one.close();
            assertThat(one.exitCode()).isZero();
            assertThat(jobs.awaitResult(image.id(), ImageFile.class, Duration.ZERO))
                    .isPresent();
            assertThat(workers()).isEqualTo(1);

            two.terminate();
            assertThat(two.endsWithin(PATIENCE)).isTrue();
            assertThat(two.exitCode()).isEqualTo(128 + 15);
            assertThat(workers()).isZero();
        }
        assertThat(output.toString(StandardCharsets.UTF_8))
                .contains("worker-1 │ [Worker] worker-1 stopped")
                .contains("worker-2 │ [Worker] worker-2 stopped");
    }

    private int workers() throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM job_worker")) {
            row.next();
            return row.getInt(1);
        }
    }
}
