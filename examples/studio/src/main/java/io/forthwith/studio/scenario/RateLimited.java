package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.time.Duration;
import java.util.List;

/** A: an image while the image service limits the rate, and says when to try again. */
final class RateLimited implements Scenario {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    /** The due time in the row counts from the moment at which the store wrote the row. */
    private static final double TOLERANCE_SECONDS = 0.01;

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        Shot shot = stage.storyboard().shot("dawn").orElseThrow();
        AccountStatement before = stage.credits().statement(Stage.ADA);
        stage.api().limitRate(shot.prompt(), RETRY_AFTER);

        JobRows.Row row = stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA));

        stage.checkLog(checks, row, List.of("▶️", "❌", "🔄", "▶️", "✅"));
        checks.same("status", "completed", row.status());
        checks.same("attempt", 2, row.attempt());
        stage.checkFailures(checks, row, 1);
        double seconds = stage.rows().secondsFromFailureToRetry(row.id());
        checks.that(
                Math.abs(seconds - RETRY_AFTER.toSeconds()) < TOLERANCE_SECONDS,
                "run_at",
                stage.texts().say("run_at_value", "%.3f".formatted(seconds)),
                RETRY_AFTER.toSeconds() + " s");
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
    }
}
