package io.forthwith.studio.scenario;

import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;

/** T: an image with a time limit of one second, while the image service is slow. */
final class TimeLimit implements Scenario {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    /** Long enough that the time limit always comes first. */
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(8);

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        Shot shot = stage.storyboard().shot("dusk").orElseThrow();
        AccountStatement before = stage.credits().statement(Stage.ADA);
        Future<?> asked = stage.api().beSlow(shot.prompt(), SLOW_ANSWER);

        JobRows.Row row = stage.play(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA)
                .timeLimit(LIMIT));

        stage.checkLog(checks, row, List.of("▶️", "❌", "📝"));
        checks.same("status", "failed", row.status());
        checks.same("error_message", message(stage.texts()), row.errorMessage());
        Double seconds = row.seconds();
        checks.that(
                seconds != null && seconds >= LIMIT.toSeconds() && Checks.inTime(seconds < LIMIT.toSeconds() + 1),
                stage.texts().say("duration"),
                "%.3f s".formatted(seconds),
                LIMIT.toSeconds() + " s");
        stage.checkFailures(checks, row, 1);
        checks.that(
                asked.isDone(),
                stage.texts().say("asked"),
                stage.texts().say("asked_value", asked.isDone() ? 1 : 0),
                "1");
        stage.checkUndone(checks, row);
        stage.checkCredits(checks, before, AssetImageProcessor.PRICE, AssetImageProcessor.PRICE);
    }

    /** The message of the library. */
    private static String message(Texts texts) {
        return texts.locale().equals(Locale.CHINESE)
                ? "任务运行超过了 1 秒的时间限制"
                : "The job ran longer than its time limit of 1 s";
    }
}
