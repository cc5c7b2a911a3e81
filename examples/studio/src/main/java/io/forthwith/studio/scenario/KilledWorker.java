package io.forthwith.studio.scenario;

import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.process.WorkerProcess;
import io.forthwith.studio.process.WorkerProcesses;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/**
 * 7: an image whose worker is killed while it waits for the image service. The job is in a queue that only two worker
 * processes serve. Which of them gets it is not known beforehand; the other one inherits it. (The studio's own worker may
 * free it from the dead one, but does not serve that queue.)
 *
 * <p>The killed attempt has paid, and its undo died with it. The job is nevertheless paid once: the ledger counts by job,
 * so the heir's charge finds it paid. Had the heir failed, its own undo would have given back what its predecessor took.
 * What nobody gives back is the price of a job that ends without an heir: failed by the store after it has killed one worker
 * after the other, or cancelled just when its worker died.
 */
final class KilledWorker implements Scenario {
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration TAKEN_OVER_WITHIN = LEASE.plusSeconds(5);
    /** So long that the kill always comes first. The second request is answered as fast as any. */
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(8);

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final WorkerProcesses processes;

    KilledWorker(WorkerProcesses processes) {
        this.processes = processes;
    }

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        String queue = "scenario-7-" + UUID.randomUUID().toString().substring(0, 8);
        try (WorkerProcess one = processes.start("worker-1", queue, LEASE);
                WorkerProcess two = processes.start("worker-2", queue, LEASE)) {
            for (WorkerProcess process : List.of(one, two)) {
                until(process, () -> stage.rows().isWorker(process.pid()), there -> there);
            }
            AccountStatement before = stage.credits().statement(Stage.ADA);
            Shot shot = stage.storyboard().shots().get(0);
            Future<?> asked = stage.api().beSlow(shot.prompt(), SLOW_ANSWER);
            UUID id = stage.jobs()
                    .enqueue(stage.job(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id()), Stage.ADA)
                            .queue(queue));
            JobRows.Held held = until(one, () -> stage.rows().held(id), job -> job.progress() > 0 && asked.isDone());
            WorkerProcess victim = held.isBy(one) ? one : two;
            WorkerProcess heir = held.isBy(one) ? two : one;

            double killedAt = stage.rows().now();
            victim.kill();

            JobRows.Held left = stage.rows().held(id);
            checkLeft(stage, checks, left, victim);
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
            JobRows.Held inherited =
                    until(heir, () -> stage.rows().held(id), job -> job.startedAt() > left.startedAt());
            checkTakenOver(stage, checks, inherited, heir, inherited.startedAt() - killedAt);
            checkNothingLost(stage, checks, id, left);
            stage.checkCredits(checks, before, AssetImageProcessor.PRICE, 0);
        }
    }

    /** Checks that the job was under way, and that its row says so still. */
    private static void checkLeft(Stage stage, Checks checks, JobRows.Held left, WorkerProcess victim) {
        checks.that(
                left.isBy(victim) && left.progress() > 0 && left.progress() < 100,
                stage.texts().say("killed"),
                stage.texts().say("killed_value", victim.name(), left.progress(), left.message()),
                victim.name());
    }

    private static void checkTakenOver(
            Stage stage, Checks checks, JobRows.Held inherited, WorkerProcess heir, double seconds) {
        boolean hasEndedAlready = inherited.pid() == null;
        checks.that(
                (inherited.isBy(heir) || hasEndedAlready) && seconds <= TAKEN_OVER_WITHIN.toSeconds(),
                stage.texts().say("taken_over"),
                stage.texts().say("taken_over_value", heir.name(), "%.1f".formatted(seconds)),
                "<= " + TAKEN_OVER_WITHIN.toSeconds() + " s");
    }

    private static void checkNothingLost(Stage stage, Checks checks, UUID id, JobRows.Held left) throws Exception {
        JobRows.Row row = stage.ended(id);
        JobRows.Held held = stage.rows().held(id);
        stage.checkLog(checks, row, List.of("▶️", "▶️", "✅"));
        checks.same("status", "completed", row.status());
        checks.same("progress", 100, row.progress());
        checks.same("attempt", 1, row.attempt());
        checks.same("lost_workers", 1, held.lostWorkers());
        checks.that(held.claim() > left.claim(), "claim", left.claim() + " → " + held.claim(), "> " + left.claim());
        stage.checkFailures(checks, row, 0);
    }

    /** Looks again and again until it sees what is wanted; in between it waits for a process that should not end. */
    private static <T> T until(WorkerProcess process, Look<T> look, Predicate<T> wanted) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        T seen = look.look();
        while (!wanted.test(seen)) {
            if (process.endsWithin(LOOK_EVERY)) {
                throw new IllegalStateException("The process of " + process.name() + " ended by itself");
            }
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("Nothing happened in " + PATIENCE.toSeconds() + " s: " + seen);
            }
            seen = look.look();
        }
        return seen;
    }

    @FunctionalInterface
    private interface Look<T> {
        T look() throws Exception;
    }
}
