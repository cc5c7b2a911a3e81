package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.util.List;

/** 4: a video whose configuration does not exist. */
final class MissingVideoConfig implements Scenario {
    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.ADA);

        JobRows.Row row = stage.play(stage.job(StudioJobs.SHOT_VIDEO, new ShotVideo("dawn", "fly-over"), Stage.ADA));

        String message = stage.texts().say("video_config_missing");
        stage.checkFailedAtOnce(checks, row, message, List.of("▶️", "❌", "📝"));
        stage.checkCredits(checks, before, 0, 0);
    }
}
