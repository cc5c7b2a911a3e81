package io.forthwith.studio.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.limit.Limit;
import io.forthwith.studio.TestDatabase;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.Allowance;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioProcessors;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.WorkerLog;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The scenario of the limited API keys")
class LimitedKeysTest {
    private static final Allowance ALLOWANCE = Allowance.of(Duration.ofSeconds(2));

    private static final int TRIES = 3;

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Console console = new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);

    @Test
    @DisplayName("fails if the API refuses a call, as it does when the limit holds nobody up")
    void refused() throws Exception {
        assertThat(play(Limit.of(StudioJobs.IMAGE_API))).isEqualTo(1);

        assertThat(output()).containsPattern("✘ key-1 +24 completed, \\d+ calls, [1-9]\\d* refused");
    }

    /** The limit is a second slower than the service allows: a thread that waits longer for a core is refused. */
    @Test
    @Tag("slow")
    @DisplayName("passes under the limit of the studio; the log lines of its jobs are not shown")
    void kept() throws Exception {
        int failed = play(StudioJobs.imageLimit(ALLOWANCE));
        for (int tries = 1; failed > 0 && tries < TRIES; tries++) {
            bytes.reset();
            failed = play(StudioJobs.imageLimit(ALLOWANCE));
        }

        assertThat(failed)
                .as(
                        "checks that failed in the last of %s tries, at a load of %s: %s",
                        TRIES, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(), output())
                .isZero();
        assertThat(output())
                .contains("20 in any 2 s, which here stand for a minute")
                .doesNotContain("asset_image_generation");
    }

    private int play(Limit limit) throws Exception {
        Texts texts = Texts.in("en");
        try (HikariDataSource database = TestDatabase.open();
                ImageApi api = ImageApi.start(Stage.API_KEY, Duration.ofMillis(50));
                WorkerLog log = new WorkerLog(console)) {
            JdbcSchema.migrate(database);
            api.allowEachKey(ALLOWANCE);
            CreditLedger credits = new CreditLedger(database, texts);
            credits.createTables();
            Storyboard storyboard = Storyboard.shipped();
            Stage stage = new Stage(
                    "lake",
                    JobClient.of(JdbcJobStore.of(database)),
                    new JobRows(database),
                    log,
                    credits,
                    api,
                    storyboard,
                    new VideoConfigs(storyboard.videoConfigs()),
                    new FilmFolder(folder),
                    texts);
            LimitedKeys scenario = new LimitedKeys(() -> worker(stage, database, limit), ALLOWANCE);
            return new Programme(Map.of("L", scenario)).play(stage, console);
        }
    }

    private static WorkerBuilder worker(Stage stage, HikariDataSource database, Limit limit) {
        ImageClient images = new ImageClient(stage.api().uri(), Stage.API_KEY, stage.texts());
        StudioProcessors processors = new StudioProcessors(
                stage.storyboard(), stage.configs(), stage.folder(), stage.credits(), images, stage.texts());
        return Worker.of(JdbcJobStore.of(database), processors.registry())
                .concurrency(4)
                .pollInterval(Duration.ofMillis(50))
                .limits(limit);
    }

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
