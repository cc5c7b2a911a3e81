package io.forthwith.studio;

import io.forthwith.JobException;
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
import io.forthwith.studio.images.ImageRequest;
import io.forthwith.studio.images.Palette;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioProcessors;
import io.forthwith.studio.process.WorkerProcesses;
import io.forthwith.studio.scenario.JobRows;
import io.forthwith.studio.scenario.Programme;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.LiveProgress;
import io.forthwith.studio.show.WorkerLog;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * The studio makes a short film with background jobs. It makes some of them fail on purpose, and checks that each ends
 * as expected. {@link Settings} lists its options.
 */
public final class Studio {
    private static final Duration IMAGE_LATENCY = Duration.ofMillis(300);
    /**
     * A worker learns of a cancellation at its next heartbeat at the latest, which comes every quarter of the lease.
     */
    private static final Duration LEASE = Duration.ofSeconds(4);

    private final Settings settings;
    private final Console console;
    private final Texts texts;

    /** A studio that prints what it does to {@code console}. */
    public Studio(Settings settings, Console console) {
        this.settings = settings;
        this.console = console;
        this.texts = Texts.in(settings.language());
    }

    /** Runs the studio. Throws if a scenario fails its checks, so that Maven fails too. */
    public static void main(String[] args) throws Exception {
        System.setProperty("java.awt.headless", "true");
        Settings settings = Settings.of(System.getProperties());
        Studio studio = new Studio(settings, Console.standard());
        if (settings.dashboardPort() == null) {
            studio.run();
        } else {
            UntilStopped.run(studio::run);
        }
    }

    /**
     * Runs all scenarios and prints the report. With a dashboard, then goes on until its thread is interrupted.
     *
     * @throws IllegalStateException if one of them fails its checks
     */
    public void run() throws Exception {
        long start = System.nanoTime();
        FilmFolder.deleteAll(settings.folder());
        try (Database database = Database.open(settings);
                ImageApi api = ImageApi.start(Stage.API_KEY, IMAGE_LATENCY);
                WorkerLog log = new WorkerLog(console)) {
            console.line(console.bold("Forthwith studio") + " · " + database.describe());
            JdbcSchema.migrate(database.dataSource());
            warmUp(api);
            api.allowEachKey(settings.imageAllowance());
            JobStore store = JdbcJobStore.of(database.dataSource());
            Storyboard storyboard = Storyboard.shipped();
            Stage stage = new Stage(
                    "lake-" + UUID.randomUUID(),
                    JobClient.of(store).locale(texts.locale()),
                    new JobRows(database.dataSource()),
                    log,
                    credits(database.dataSource()),
                    api,
                    storyboard,
                    new VideoConfigs(storyboard.videoConfigs()),
                    new FilmFolder(settings.folder()),
                    texts);
            Programme programme = programme(database, stage);
            try (OpenHouse house = OpenHouse.of(settings, stage, database.dataSource(), console)) {
                run(programme, stage, store, database, start);
                house.stayOpen(worker(stage, store));
            }
        }
    }

    /** The first call of a process loads classes for a second on a busy machine, and a scenario measures how soon a failure is recorded. */
    private void warmUp(ImageApi api) throws IOException, InterruptedException {
        try {
            new ImageClient(api.uri(), "no-key", texts)
                    .paint(new ImageRequest("", new Palette("#000000", "#000000", "#000000", List.of())));
        } catch (JobException refused) {
            // As expected: the key is none.
        }
    }

    private void run(Programme programme, Stage stage, JobStore store, Database database, long start) throws Exception {
        int wrong = play(programme, stage, store);
        if (!database.isShared()) {
            console.line("");
            for (String number : Programme.OF_TWO_PROCESSES) {
                console.line(number + "  " + texts.say("not_played", texts.say("title_" + number)));
            }
        }
        Report report = new Report(console, texts);
        report.jobs(stage.rows().all(stage.projectId()));
        report.files(settings.folder());
        boolean balanced = report.credits(stage.credits().statements());
        report.conclusion(wrong, programme.size(), balanced, (System.nanoTime() - start) / 1e9);
    }

    private Programme programme(Database database, Stage stage) {
        // Each has a store of its own, so that they know of each other only what the database says.
        Supplier<WorkerBuilder> workers = () -> worker(stage, JdbcJobStore.of(database.dataSource()));
        return database.isShared()
                ? Programme.full(
                        workers,
                        settings.imageAllowance(),
                        new WorkerProcesses(
                                database.shared(settings), stage.api().uri(), stage.log()))
                : Programme.ofOneProcess(workers, settings.imageAllowance());
    }

    /** The worker runs in this process, like the rest of the application. */
    private int play(Programme programme, Stage stage, JobStore store) throws InterruptedException {
        try (Worker worker = worker(stage, store).start();
                LiveProgress progress = new LiveProgress(stage.jobs(), stage.projectId(), console)) {
            return programme.play(stage, console);
        }
    }

    private WorkerBuilder worker(Stage stage, JobStore store) {
        return Worker.of(store, processors(stage))
                .name("studio")
                .concurrency(4)
                .pollInterval(Duration.ofMillis(200))
                .lease(LEASE)
                .limits(StudioJobs.imageLimit(settings.imageAllowance()))
                .locale(texts.locale());
    }

    private ProcessorRegistry processors(Stage stage) {
        ImageClient images = new ImageClient(stage.api().uri(), Stage.API_KEY, texts);
        return new StudioProcessors(stage.storyboard(), stage.configs(), stage.folder(), stage.credits(), images, texts)
                .registry();
    }

    private CreditLedger credits(DataSource dataSource) throws SQLException {
        CreditLedger credits = new CreditLedger(dataSource, texts);
        credits.createTables();
        credits.open(Stage.ADA, 200);
        credits.open(Stage.BOB, 3);
        return credits;
    }
}
