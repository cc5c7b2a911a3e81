package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** C: an image that its user cancels while the image service is painting it. */
final class CancelledImage implements Scenario {
    /** Long enough that the cancellation always comes first. */
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(8);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        Shot shot = stage.storyboard().shot("dusk").orElseThrow();
        AccountStatement before = stage.credits().statement(Stage.ADA);
        Future<?> asked = stage.api().beSlow(shot.prompt(), SLOW_ANSWER);
        UUID id = stage.jobs()
                .enqueue(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA))
                .id();
        asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        checks.same("cancel", "REQUESTED", stage.jobs().cancel(id).outcome().name());

        JobRows.Row row = stage.ended(id);
        stage.checkLog(checks, row, List.of("▶️"));
        checks.same("status", "cancelled", row.status());
        stage.checkFailures(checks, row, 0);
        stage.checkUndone(checks, row);
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE, AssetImageProcessor.PRICE);
    }
}
