package io.forthwith.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.JobStore;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioProcessors;
import io.forthwith.studio.scenario.JobRows;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.WorkerLog;
import io.forthwith.worker.Worker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The dashboard of the studio")
class OpenHouseTest {
    private static final String KEY = "secret";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Console console = new Console(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);

    @Test
    @DisplayName(
            "shows jobs of the studio as they move, in its language, until the studio is stopped; then nobody answers")
    void moves() throws Exception {
        Settings settings = Settings.of(properties("dashboard", "true", "lang", "zh"));
        ExecutorService studio = Executors.newSingleThreadExecutor();
        URI uri;
        try (Database database = Database.open(settings);
                ImageApi api = ImageApi.start(KEY, Duration.ofMillis(1));
                WorkerLog log = new WorkerLog(console)) {
            JdbcSchema.migrate(database.dataSource());
            JobStore store = JdbcJobStore.of(database.dataSource());
            Stage stage = stage(settings, database, store, api, log);
            try (OpenHouse house = OpenHouse.of(settings, stage, database.dataSource(), console)) {
                uri = house.uri();
                assertThat(output()).contains("仪表盘：" + uri);
                Future<?> running = studio.submit(() -> {
                    house.stayOpen(Worker.of(store, processors(stage).registry())
                            .name("studio")
                            .pollInterval(Duration.ofMillis(50))
                            .limits(StudioJobs.imageLimit(settings.imageAllowance())));
                    return null;
                });
                await().atMost(Duration.ofMinutes(1))
                        .untilAsserted(() -> assertThat(page(uri.resolve("jobs?status=completed&lang=zh")))
                                .contains("<html lang=\"zh\">")
                                .contains("asset_image_generation")
                                .contains(OpenHouse.GUEST));
                studio.shutdownNow();
                running.get(1, TimeUnit.MINUTES);
                assertThat(store.workers()).isEmpty();
            }
        }
        assertThat(output()).contains("工作室正在关闭。");
        assertThatThrownBy(() -> page(uri)).isInstanceOf(ConnectException.class);
    }

    @Test
    @DisplayName("is there only if it is asked for, at a port that can be chosen")
    void asked_for() {
        assertThat(Settings.of(properties()).dashboardPort()).isNull();
        assertThat(Settings.of(properties("dashboard", "false")).dashboardPort())
                .isNull();
        assertThat(Settings.of(properties("dashboard", "true")).dashboardPort()).isZero();
        assertThat(Settings.of(properties("dashboard", "")).dashboardPort()).isZero();
        assertThat(Settings.of(properties("dashboard", "8080")).dashboardPort()).isEqualTo(8080);
        assertThatThrownBy(() -> Settings.of(properties("dashboard", "70000")))
                .hasMessage("-Ddashboard=70000 is not known; it may be a port, 0 to 65535, or nothing for a free one");
    }

    private static Stage stage(Settings settings, Database database, JobStore store, ImageApi api, WorkerLog log)
            throws Exception {
        Texts texts = Texts.in(settings.language());
        Storyboard storyboard = Storyboard.shipped();
        CreditLedger credits = new CreditLedger(database.dataSource(), texts);
        credits.createTables();
        credits.open(Stage.BOB, 3);
        return new Stage(
                "lake",
                JobClient.of(store),
                new JobRows(database.dataSource()),
                log,
                credits,
                api,
                storyboard,
                new VideoConfigs(storyboard.videoConfigs()),
                new FilmFolder(settings.folder()),
                texts);
    }

    private static StudioProcessors processors(Stage stage) {
        return new StudioProcessors(
                stage.storyboard(),
                stage.configs(),
                stage.folder(),
                stage.credits(),
                new ImageClient(stage.api().uri(), KEY, stage.texts()),
                stage.texts());
    }

    private static String page(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
        properties.setProperty("studio.dir", folder.toString());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.setProperty(keysAndValues[i], keysAndValues[i + 1]);
        }
        return properties;
    }
}
