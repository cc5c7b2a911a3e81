package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;

/** N: a video without an image. The image is enqueued a little later. Neither job is a predecessor of the other. */
final class NotReadyYet implements Scenario {
    private static final String SHOT = "noon";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        UUID video = stage.jobs()
                .enqueue(stage.job(StudioJobs.SHOT_VIDEO, new ShotVideo(SHOT, "zoom-in"), Stage.ADA))
                .id();

        String reason = stage.texts().say("image_missing", SHOT);
        checks.same(stage.texts().say("not_ready"), reason, message(stage, video));
        stage.checkCredits(checks, before, 0, 0);

        stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(SHOT), Stage.ADA));
        JobRows.Row row = stage.ended(video);
        checks.same("status", "completed", row.status());
        checks.same("attempt", 1, row.attempt());
        checks.that(row.postponements() > 0, "postponements", String.valueOf(row.postponements()), "> 0");
        stage.checkFailures(checks, row, 0);
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE + ShotVideoProcessor.PRICE, 0);
    }

    /** Its progress message after the first attempt, which found no image. */
    private static String message(Stage stage, UUID video) throws SQLException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        String message = "";
        while (message.isEmpty() && System.nanoTime() - end < 0) {
            stage.jobs().await(video, LOOK_EVERY);
            message = stage.rows().held(video).message();
        }
        return message;
    }
}
