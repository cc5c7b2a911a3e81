package io.forthwith.studio.scenario;

import io.forthwith.ActResult;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.VideoConfig;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An episode of three shots, one of which cannot be filmed until its user fixes the cause. */
final class BrokenEpisode {
    private static final String MISSING_CONFIG = "fly-over";
    /** The limit of the API key may hold the image up. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private @Nullable EpisodeView episode;

    /**
     * 6a: the episode fails in the transaction in which the shot fails, while another image is still being painted.
     * Jobs that have not failed go on.
     */
    void fails(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        List<Shot> shots = Stream.of("dawn", "noon", "dusk")
                .map(id -> stage.storyboard().shot(id).orElseThrow())
                .map(shot -> shot.id().equals("noon") ? shot.filmedBy(MISSING_CONFIG) : shot)
                .toList();
        EpisodeView failing = EpisodeView.of(stage, "A Day Too Short", shots);
        ImageApi.Held dusk = stage.api().hold(shots.get(2).prompt());
        stage.jobs().enqueueAll(failing.jobs().all());

        JobRows.Row noon = stage.ended(failing.video("noon"));
        JobRows.Row parent = stage.ended(failing.id());
        stage.ended(failing.video("dawn"));
        dusk.came().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        failing.checkGraph(
                checks,
                List.of("completed", "completed", "processing"),
                List.of("completed", "failed", "waiting"),
                "cancelled");
        stage.checkFailedAtOnce(checks, noon, stage.texts().say("video_config_missing"), List.of("▶️", "❌", "📝"));
        checks.same(stage.texts().say("episode"), "failed", parent.status());
        checks.same("error_message", message(stage.texts()), parent.errorMessage());
        checkSameTransaction(stage, checks, noon, parent, failing.film());
        failing.checkFilmRan(checks, 0);

        dusk.release();
        failing.ended();
        failing.checkGraph(
                checks,
                List.of("completed", "completed", "completed"),
                List.of("completed", "failed", "completed"),
                "cancelled");
        stage.checkCredits(checks, before, 3 * AssetImageProcessor.PRICE + 2 * ShotVideoProcessor.PRICE, 0);
        episode = failing;
    }

    /**
     * 6b: the user adds the missing configuration and retries the episode. Completed jobs neither run nor charge again.
     */
    void isRetried(Stage stage, Checks checks) throws Exception {
        EpisodeView retried = Objects.requireNonNull(episode, "The episode has not failed as it should");
        AccountStatement before = stage.credits().statement(Stage.ADA);
        int askedBefore = retried.asked();
        List<JobRows.Row> rowsBefore = retried.rows(retried.jobs().children());
        stage.configs().add(new VideoConfig(MISSING_CONFIG, VideoConfig.Effect.ZOOM_OUT, 16, 10, 400, 225));

        ActResult answer = stage.jobs().retry(retried.id());

        checks.same("retry", "DONE", answer.outcome().name());
        JobRows.Row parent = retried.ended();
        retried.checkCompleted(checks, parent);
        checks.same("error_message", "null", String.valueOf(parent.errorMessage()));
        checks.same(
                stage.texts().say("ran"),
                StudioJobs.SHOT_VIDEO.name() + ", " + StudioJobs.FINAL_VIDEO.name(),
                String.join(", ", claimedSince(rowsBefore, retried)));
        checks.same(
                stage.texts().say("asked"),
                stage.texts().say("asked_value", 0),
                stage.texts().say("asked_value", retried.asked() - askedBefore));
        retried.checkGif(checks);
        stage.checkCredits(checks, before, ShotVideoProcessor.PRICE, 0);
    }

    /** The types of the jobs that a worker has claimed since then. */
    private static List<String> claimedSince(List<JobRows.Row> before, EpisodeView episode) throws SQLException {
        List<JobRows.Row> now = episode.rows(episode.jobs().children());
        return IntStream.range(0, now.size())
                .filter(i -> now.get(i).claim() > before.get(i).claim())
                .mapToObj(i -> now.get(i).type())
                .toList();
    }

    /** The database gives everything that one transaction writes the same time, to the microsecond. */
    private static void checkSameTransaction(Stage stage, Checks checks, JobRows.Row... rows) {
        List<Double> times = Stream.of(rows)
                .map(JobRows.Row::endedAt)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        double apart = times.stream()
                .mapToDouble(time -> time - times.get(0))
                .map(Math::abs)
                .max()
                .orElse(Double.NaN);
        checks.that(
                apart == 0,
                stage.texts().say("same_moment"),
                stage.texts().say("same_moment_value", Math.round(apart * 1_000_000)),
                "0");
    }

    /** The message of the library, with the numbers of the shots and images. */
    private static String message(Texts texts) {
        String cause = texts.say("video_config_missing");
        return texts.locale().equals(Locale.CHINESE)
                ? "6 个子任务中有 1 个失败: " + cause
                : "1 of 6 child jobs failed: " + cause;
    }
}
