package io.forthwith.studio.scenario;

import io.forthwith.NewJob;
import io.forthwith.studio.film.GifFacts;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.jobs.EpisodeJobs;
import io.forthwith.studio.jobs.StudioJobs.FilmFile;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * An episode as its viewers see it: the graph of its jobs, level by level, and the film.
 *
 * @param stage the stage on which it is made
 * @param shots of the film, in order
 * @param jobs that make it
 */
record EpisodeView(Stage stage, List<Shot> shots, EpisodeJobs jobs) {
    /** A new episode of these shots, for which Ada pays. */
    static EpisodeView of(Stage stage, String title, List<Shot> shots) {
        return new EpisodeView(stage, shots, EpisodeJobs.of(title, shots, job -> stage.owned(job, Stage.ADA)));
    }

    UUID id() {
        return jobs.episode().id();
    }

    /** The job that films a shot. */
    UUID video(String shotId) {
        return jobs.videos().get(indexOf(shotId)).id();
    }

    /** Waits until all its jobs have ended. */
    JobRows.Row ended() throws SQLException, InterruptedException {
        for (NewJob job : jobs.children()) {
            stage.ended(job.id());
        }
        return stage.ended(id());
    }

    /** The rows of these jobs, in the same order. */
    List<JobRows.Row> rows(List<NewJob> some) throws SQLException {
        List<JobRows.Row> rows = new ArrayList<>();
        for (NewJob job : some) {
            rows.add(stage.rows().find(job.id()));
        }
        return rows;
    }

    JobRows.Row film() throws SQLException {
        return stage.rows().find(jobs.film().id());
    }

    /** How often the image service was asked for its shots. */
    int asked() {
        return shots.stream().mapToInt(shot -> stage.api().asked(shot.prompt())).sum();
    }

    /** Checks how far the graph has come: a line for each of its levels, with a status for each shot. */
    void checkGraph(Checks checks, List<String> images, List<String> videos, String film) throws SQLException {
        checks.same(stage.texts().say("images"), line(images), line(statuses(jobs.images())));
        checks.same("→ " + stage.texts().say("shots"), line(videos), line(statuses(jobs.videos())));
        checks.same("→ " + stage.texts().say("film"), film, film().status());
    }

    /** Checks that everything has completed, and that the episode has got the film. */
    void checkCompleted(Checks checks, JobRows.Row episode) throws SQLException {
        List<String> all = shots.stream().map(shot -> "completed").toList();
        checkGraph(checks, all, all, "completed");
        checks.same(stage.texts().say("episode"), "completed", episode.status());
        checks.same("progress", 100, episode.progress());
        checks.same("result_data", String.valueOf(film().result()), episode.result());
    }

    /** Checks how often the film was cut. */
    void checkFilmRan(Checks checks, int expected) throws SQLException {
        checks.same(
                stage.texts().say("film_ran"),
                stage.texts().say("ran_value", expected),
                stage.texts().say("ran_value", film().claim()));
    }

    /** Reads the film as a viewer does. */
    void checkGif(Checks checks) throws Exception {
        FilmFile film =
                stage.jobs().awaitResult(id(), FilmFile.class, Duration.ZERO).orElseThrow();
        List<VideoConfig> configs = shots.stream()
                .map(shot -> stage.configs().find(shot.videoConfigId()).orElseThrow())
                .toList();
        VideoConfig first = configs.get(0);
        GifFacts expected = new GifFacts(
                configs.stream().mapToInt(VideoConfig::frames).sum(),
                first.width(),
                first.height(),
                first.frameMillis(),
                true);
        GifFacts seen = GifFacts.read(stage.folder().resolve(film.file()));
        checks.that(
                seen.equals(expected),
                stage.texts().say("gif"),
                stage.texts().say("gif_value", seen.frames(), seen.width(), seen.height(), seen.frameMillis()),
                expected.toString());
    }

    private List<String> statuses(List<NewJob> some) throws SQLException {
        return rows(some).stream().map(JobRows.Row::status).toList();
    }

    private String line(List<String> statuses) {
        return String.join(
                ", ",
                shots.stream()
                        .map(shot -> shot.id() + " " + statuses.get(indexOf(shot.id())))
                        .toList());
    }

    private int indexOf(String shotId) {
        return shots.stream().map(Shot::id).toList().indexOf(shotId);
    }
}
