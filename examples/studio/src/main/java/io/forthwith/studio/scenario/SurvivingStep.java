package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.process.WorkerProcesses;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;

/**
 * S: an image whose worker is killed between the charge and the storing of the receipt. The store knows that the step
 * has begun, and its key, but not that the user has paid. The other worker charges again with that key, and the ledger,
 * which knows the key, charges nothing.
 */
final class SurvivingStep implements Scenario {
    /** The worker is killed in the second half, before it gets the receipt. */
    private static final Duration LATENCY = Duration.ofSeconds(3);

    private final WorkerProcesses processes;

    SurvivingStep(WorkerProcesses processes) {
        this.processes = processes.creditsLatency(LATENCY);
    }

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        try (TwoWorkers workers = TwoWorkers.start(processes, stage, checks)) {
            AccountStatement before = stage.credits().statement(Stage.ADA);
            Shot shot = stage.storyboard().shots().get(0);
            int askedBefore = stage.api().asked(shot.prompt());
            UUID id = stage.jobs()
                    .enqueue(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA)
                            .queue(workers.queue()))
                    .id();

            TwoWorkers.Left left = workers.killAt(id, job -> hasPaid(stage, before));

            workers.checkSteps(id, "charge …");
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
            workers.checkTakenOver(left);
            workers.checkNothingLost(left);
            stage.checkAsked(checks, shot, askedBefore, 1);
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
        }
    }

    private static boolean hasPaid(Stage stage, AccountStatement before) throws SQLException {
        return stage.credits().statement(Stage.ADA).charged() > before.charged();
    }
}
