package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.util.List;

/** 5: an image that succeeds. */
final class Success implements Scenario {
    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);

        JobRows.Row row = stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage("dawn"), Stage.ADA));

        stage.checkLog(checks, row, List.of("▶️", "✅"));
        checks.same("status", "completed", row.status());
        checks.same("progress", 100, row.progress());
        String result = String.valueOf(row.result());
        checks.that(result.contains("dawn.png"), "result_data", result, "dawn.png");
        Double seconds = row.seconds();
        checks.that(
                seconds != null && seconds > 0, stage.texts().say("duration"), "%.3f s".formatted(seconds), "> 0 s");
        stage.checkFailures(checks, row, 0);
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
    }
}
