package io.forthwith.studio;

import io.forthwith.NewJob;
import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardServer;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.schedule.Schedule;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.EpisodeJobs;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.Digest;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import io.forthwith.studio.scenario.Stage;
import io.forthwith.studio.show.Console;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard of the studio, and a few jobs now and then, so that there is something to see on it. Without a port for a dashboard it does nothing.
 */
final class OpenHouse implements AutoCloseable {
    /** The user of the jobs that are enqueued for show. */
    static final String GUEST = "guest";

    private static final int PLENTY = 10_000_000;
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofSeconds(3);
    private static final int BROKE_EVERY = 5;
    private static final int BUSY_EVERY = 7;
    /** An episode leaves seven megabytes of frames, so it comes every five minutes. */
    private static final int EPISODE_EVERY = 100;

    private final Stage stage;
    private final Console console;
    private final @Nullable DashboardServer server;

    private OpenHouse(Stage stage, Console console, @Nullable DashboardServer server) {
        this.stage = stage;
        this.console = console;
        this.server = server;
    }

    /** Serves the dashboard, if the settings want one, on the loopback address, and prints where it is. */
    static OpenHouse of(Settings settings, Stage stage, DataSource database, Console console) {
        Integer port = settings.dashboardPort();
        if (port == null) {
            return new OpenHouse(stage, console, null);
        }
        Dashboard dashboard = Dashboard.of(JdbcJobStore.of(database).queryTimeout(LONGEST_STATEMENT))
                .name(stage.texts().say("dashboard_name"))
                .access(request -> Access.view(GUEST).payloads().actOnJobs().actOnQueues());
        OpenHouse house = new OpenHouse(
                stage, console, DashboardServer.of(dashboard).port(port).start());
        console.line(stage.texts().say("dashboard", house.uri()));
        return house;
    }

    /** Where the dashboard is, in the language of the studio. */
    URI uri() {
        if (server == null) {
            throw new IllegalStateException("There is no dashboard: -Ddashboard serves one");
        }
        return server.uri().resolve("?lang=" + stage.texts().locale().getLanguage());
    }

    /** Enqueues jobs, and runs them, until the thread is interrupted. Returns at once if there is no dashboard. */
    void stayOpen(WorkerBuilder builder) throws SQLException {
        if (server == null) {
            return;
        }
        console.line(stage.texts().say("dashboard_stays", uri()));
        stage.credits().open(GUEST, PLENTY);
        try (Worker worker = builder.start()) {
            stage.jobs()
                    .schedules()
                    .put(Schedule.of(
                                    "digest",
                                    StudioJobs.DIGEST,
                                    new Digest(stage.storyboard().title()))
                            .every(Duration.ofMinutes(1))
                            .job(job -> owned(job, GUEST)));
            for (int round = 1; ; round++) {
                play(round);
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (InterruptedException stopped) {
            console.line(stage.texts().say("dashboard_ends"));
        }
    }

    /** What a visitor orders: most of it works out. */
    private void play(int round) {
        List<Shot> shots = stage.storyboard().shots();
        Shot shot = shots.get(round % shots.size());
        if (round % EPISODE_EVERY == 1) {
            stage.jobs()
                    .enqueueAll(EpisodeJobs.of(stage.storyboard().title(), shots, job -> owned(job, GUEST))
                            .all());
        } else if (round % BUSY_EVERY == 0) {
            stage.api().beBusy(shot.prompt(), 1);
        }
        stage.jobs().enqueue(owned(NewJob.of(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id())), GUEST));
        if (round % BROKE_EVERY == 0) {
            ShotVideo video = new ShotVideo(shot.id(), shot.videoConfigId());
            stage.jobs().enqueue(owned(NewJob.of(StudioJobs.SHOT_VIDEO, video), Stage.BOB));
        }
    }

    private NewJob owned(NewJob job, String user) {
        return StudioJobs.limited(job.user(user).project(stage.projectId()), Stage.API_KEY);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
