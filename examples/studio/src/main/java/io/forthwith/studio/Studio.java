package io.forthwith.studio;

import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.JobStore;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.FinalVideoProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import io.forthwith.studio.scenario.JobRows;
import io.forthwith.studio.scenario.Programme;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.studio.show.LiveProgress;
import io.forthwith.studio.show.WorkerLog;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.UUID;

/**
 * The studio: makes a short film out of background jobs, lets some of them fail on purpose, and checks that each comes out
 * as it must. {@link Settings} says what it can be told.
 */
public final class Studio {
    private static final Duration IMAGE_LATENCY = Duration.ofMillis(400);

    private final Settings settings;
    private final Console console;
    private final Texts texts;

    /** A studio that shows what it does on {@code console}. */
    public Studio(Settings settings, Console console) {
        this.settings = settings;
        this.console = console;
        this.texts = Texts.in(settings.language());
    }

    /** Runs the studio; throws if a scenario did not come out right, so that Maven fails as well. */
    public static void main(String[] args) throws Exception {
        System.setProperty("java.awt.headless", "true");
        new Studio(Settings.of(System.getProperties()), Console.standard()).run();
    }

    /**
     * Plays all scenarios and reports.
     *
     * @throws IllegalStateException if one of them did not come out right
     */
    public void run() throws Exception {
        long start = System.nanoTime();
        FilmFolder.deleteAll(settings.folder());
        try (Database database = Database.open(settings);
                ImageApi api = ImageApi.start(Stage.API_KEY, IMAGE_LATENCY)) {
            console.line(console.bold("Forthwith studio") + " · " + database.describe());
            CreditLedger credits = new CreditLedger(database.dataSource(), texts);
            credits.createTables();
            credits.open(Stage.ADA, 200);
            credits.open(Stage.BOB, 3);

            String projectId = "lake-" + UUID.randomUUID();
            JobRows rows = new JobRows(database.dataSource());
            Programme programme = new Programme();
            int wrong = play(programme, projectId, database, credits, api, rows);
            Report report = new Report(console, texts);
            report.jobs(rows.all(projectId));
            report.files(settings.folder());
            boolean balanced = report.credits(credits.statements());
            report.conclusion(wrong, programme.size(), balanced, (System.nanoTime() - start) / 1e9);
        }
    }

    private int play(
            Programme programme, String projectId, Database database, CreditLedger credits, ImageApi api, JobRows rows)
            throws Exception {
        JdbcSchema.migrate(database.dataSource());
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient jobs = JobClient.of(store).locale(texts.locale());
        Storyboard storyboard = Storyboard.shipped();
        FilmFolder folder = new FilmFolder(settings.folder());
        try (WorkerLog log = new WorkerLog(console);
                Worker worker = Worker.of(store, processors(storyboard, folder, credits, api))
                        .name("studio")
                        .concurrency(4)
                        .pollInterval(Duration.ofMillis(200))
                        .locale(texts.locale())
                        .start();
                LiveProgress progress = new LiveProgress(jobs, projectId, console)) {
            return programme.play(
                    new Stage(projectId, jobs, rows, log, credits, api, storyboard, folder, texts), console);
        }
    }

    private ProcessorRegistry processors(Storyboard storyboard, FilmFolder folder, CreditLedger credits, ImageApi api) {
        ImageClient images = new ImageClient(api.uri(), Stage.API_KEY, texts);
        return ProcessorRegistry.of(
                new AssetImageProcessor(storyboard, folder, credits, images, texts),
                new ShotVideoProcessor(storyboard, folder, credits, texts),
                new FinalVideoProcessor(storyboard, folder, texts));
    }
}
