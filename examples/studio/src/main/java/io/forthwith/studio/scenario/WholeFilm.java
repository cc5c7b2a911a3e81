package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/** 6c: an episode whose jobs all succeed. They are enqueued in one call, and no job polls for another one. */
final class WholeFilm implements Scenario {
    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        Storyboard storyboard = stage.storyboard();
        EpisodeView episode = EpisodeView.of(stage, storyboard.title(), storyboard.shots());

        stage.jobs().enqueueAll(episode.jobs().all());

        JobRows.Row parent = episode.ended();
        stage.checkLog(checks, episode.film(), List.of("▶️", "✅"));
        episode.checkCompleted(checks, parent);
        checkOrder(stage, checks, episode);
        episode.checkFilmRan(checks, 1);
        checks.same("attempt", 1, episode.film().attempt());
        checks.same(
                "postponements",
                0,
                episode.rows(episode.jobs().children()).stream()
                        .mapToInt(JobRows.Row::postponements)
                        .sum());
        episode.checkGif(checks);
        int price = AssetImageProcessor.PRICE + ShotVideoProcessor.PRICE;
        stage.checkCredits(checks, before, price * storyboard.shots().size(), 0);
    }

    private static void checkOrder(Stage stage, Checks checks, EpisodeView episode) throws SQLException {
        List<JobRows.Row> images = episode.rows(episode.jobs().images());
        List<JobRows.Row> videos = episode.rows(episode.jobs().videos());
        JobRows.Row film = episode.film();
        double videoAfter = IntStream.range(0, videos.size())
                .mapToDouble(i -> secondsBetween(images.get(i), videos.get(i)))
                .min()
                .orElse(Double.NaN);
        double filmAfter = videos.stream()
                .mapToDouble(video -> secondsBetween(video, film))
                .min()
                .orElse(Double.NaN);
        checks.that(
                videoAfter >= 0 && filmAfter >= 0,
                stage.texts().say("order"),
                stage.texts().say("order_value", Math.round(videoAfter * 1000), Math.round(filmAfter * 1000)),
                ">= 0");
    }

    /** The time from the end of one job to the start of another. */
    private static double secondsBetween(JobRows.Row one, JobRows.Row other) {
        Double end = one.endedAt();
        Double start = other.startedAt();
        return end == null || start == null ? Double.NaN : start - end;
    }
}
