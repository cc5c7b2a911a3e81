package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.process.WorkerProcesses;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Future;

/**
 * 7: an image whose worker is killed while it waits for the image service. The charge has a stored receipt, so the
 * other worker does not charge again. The image is not stored, so the other worker requests it again.
 */
final class KilledWorker implements Scenario {
    /** Long enough that the kill always comes first. The second request is answered without delay. */
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(8);

    private final WorkerProcesses processes;

    KilledWorker(WorkerProcesses processes) {
        this.processes = processes;
    }

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        try (TwoWorkers workers = TwoWorkers.start(processes, stage, checks)) {
            AccountStatement before = stage.credits().statement(Stage.ADA);
            Shot shot = stage.storyboard().shots().get(0);
            int askedBefore = stage.api().asked(shot.prompt());
            Future<?> asked = stage.api().beSlow(shot.prompt(), SLOW_ANSWER);
            UUID id = stage.jobs()
                    .enqueue(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA)
                            .queue(workers.queue()))
                    .id();

            TwoWorkers.Left left = workers.killAt(id, job -> job.progress() > 0 && asked.isDone());

            workers.checkSteps(id, "charge ✓, paint …");
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
            workers.checkTakenOver(left);
            workers.checkNothingLost(left);
            stage.checkAsked(checks, shot, askedBefore, 2);
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
        }
    }
}
