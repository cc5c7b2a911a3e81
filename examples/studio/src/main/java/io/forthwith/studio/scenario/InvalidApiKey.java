package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.util.List;

/** 2: an image while the image service does not accept the studio's API key. */
final class InvalidApiKey implements Scenario {
    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);
        stage.api().changeKey("studio-key-2");
        try {
            JobRows.Row row = stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage("dawn"), Stage.ADA));

            String message = stage.texts().say("image_key_refused");
            stage.checkFailedAtOnce(checks, row, message, List.of("▶️", "❌", "📝"));
            stage.checkUndone(checks, row);
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, AssetImageProcessor.PRICE);
        } finally {
            stage.api().changeKey(Stage.API_KEY);
        }
    }
}
