package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.util.List;

/** R: an image while the image service is overloaded; the third attempt gets through. */
final class BusyApi implements Scenario {
    private static final int REFUSALS = 2;

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        Shot shot = stage.storyboard().shot("dusk").orElseThrow();
        AccountStatement before = stage.credits().statement(Stage.ADA);
        stage.api().beBusy(shot.prompt(), REFUSALS);

        JobRows.Row row = stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA));

        stage.checkLog(checks, row, List.of("▶️", "❌", "🔄", "▶️", "❌", "🔄", "▶️", "✅"));
        checks.same("status", "completed", row.status());
        checks.same("attempt", REFUSALS + 1, row.attempt());
        stage.checkFailures(checks, row, REFUSALS);
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
    }
}
