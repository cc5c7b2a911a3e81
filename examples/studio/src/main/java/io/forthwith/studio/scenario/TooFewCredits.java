package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import java.util.List;

/** 1: a video for a user who has too few credits. */
final class TooFewCredits implements Scenario {
    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        AccountStatement before = stage.credits().statement(Stage.BOB);

        JobRows.Row row = stage.play(stage.job(StudioJobs.SHOT_VIDEO, new ShotVideo("dawn", "pan-right"), Stage.BOB));

        String message = stage.texts().say("insufficient_credits");
        stage.checkFailedAtOnce(checks, row, message, List.of("▶️", "❌", "📝"));
        stage.checkCredits(checks, before, 0, 0);
    }
}
