package io.forthwith.studio.scenario;

import io.forthwith.studio.process.WorkerProcess;
import io.forthwith.studio.process.WorkerProcesses;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Two worker processes, the only ones that serve a queue. Either can get a job; when it is killed, the other one gets
 * the job. (The worker of the studio may take the job over from the dead worker, but does not serve that queue, so it
 * cannot run the job.)
 */
final class TwoWorkers implements AutoCloseable {
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration TAKEN_OVER_WITHIN = LEASE.plusSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Stage stage;
    private final Checks checks;
    private final String queue;
    private final WorkerProcess one;
    private final WorkerProcess two;

    private TwoWorkers(Stage stage, Checks checks, String queue, WorkerProcess one, WorkerProcess two) {
        this.stage = stage;
        this.checks = checks;
        this.queue = queue;
        this.one = one;
        this.two = two;
    }

    /** Starts both workers. Both are ready when this returns. */
    static TwoWorkers start(WorkerProcesses processes, Stage stage, Checks checks) throws Exception {
        String queue = "two-workers-" + UUID.randomUUID().toString().substring(0, 8);
        WorkerProcess one = processes.start("worker-1", queue, LEASE);
        WorkerProcess two = processes.start("worker-2", queue, LEASE);
        TwoWorkers workers = new TwoWorkers(stage, checks, queue, one, two);
        try {
            for (WorkerProcess process : List.of(one, two)) {
                until(process, () -> stage.rows().isWorker(process.pid()), there -> there);
            }
            return workers;
        } catch (Throwable failed) {
            workers.close();
            throw failed;
        }
    }

    /** The queue that they serve. */
    String queue() {
        return queue;
    }

    /** Waits until a job is as {@code wanted}, kills the process that runs it, and returns what that process left behind. */
    Left killAt(UUID id, Moment wanted) throws Exception {
        JobRows.Held held = until(one, () -> stage.rows().held(id), job -> isHeld(job) && wanted.hasCome(job));
        WorkerProcess victim = held.isBy(one) ? one : two;
        double killedAt = stage.rows().now();
        victim.kill();
        JobRows.Held left = stage.rows().held(id);
        checks.that(
                left.isBy(victim) && left.progress() < 100,
                stage.texts().say("killed"),
                stage.texts().say("killed_value", victim.name(), left.progress(), left.message()),
                victim.name());
        return new Left(id, left, held.isBy(one) ? two : one, killedAt);
    }

    /** Checks that the other worker takes the job over in time. */
    void checkTakenOver(Left left) throws Exception {
        WorkerProcess heir = left.heir();
        JobRows.Held inherited = until(
                heir,
                () -> stage.rows().held(left.id()),
                job -> job.startedAt() > left.held().startedAt());
        boolean hasEndedAlready = inherited.pid() == null;
        double seconds = inherited.startedAt() - left.killedAt();
        checks.that(
                (inherited.isBy(heir) || hasEndedAlready) && Checks.inTime(seconds <= TAKEN_OVER_WITHIN.toSeconds()),
                stage.texts().say("taken_over"),
                stage.texts().say("taken_over_value", heir.name(), "%.1f".formatted(seconds)),
                "<= " + TAKEN_OVER_WITHIN.toSeconds() + " s");
    }

    /** Checks that the job completes as if nothing had happened. */
    void checkNothingLost(Left left) throws Exception {
        JobRows.Row row = stage.ended(left.id());
        JobRows.Held held = stage.rows().held(left.id());
        stage.checkLog(checks, row, List.of("▶️", "▶️", "✅"));
        checks.same("status", "completed", row.status());
        checks.same("progress", 100, row.progress());
        checks.same("attempt", 1, row.attempt());
        checks.same("lost_workers", 1, held.lostWorkers());
        long claim = left.held().claim();
        checks.that(held.claim() > claim, "claim", claim + " → " + held.claim(), "> " + claim);
        stage.checkFailures(checks, row, 0);
        checkSteps(left.id(), "charge ✓, paint ✓");
    }

    /** Checks which durable steps the job has begun, and which of them have a result. */
    void checkSteps(UUID id, String expected) throws Exception {
        checks.same("job_step", expected, String.join(", ", stage.rows().steps(id)));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        try (WorkerProcess first = one;
                WorkerProcess second = two) {
            // Close the second worker even if closing the first one throws.
        }
    }

    private boolean isHeld(JobRows.Held job) {
        return job.isBy(one) || job.isBy(two);
    }

    /** Polls until the wanted state is reached. Between two polls it waits on a process that must not end. */
    private static <T> T until(WorkerProcess process, Look<T> look, Wanted<T> wanted) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        T seen = look.look();
        while (!wanted.isThere(seen)) {
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

    /**
     * What a killed worker has left behind.
     *
     * @param id of the job
     * @param held its row right after the kill
     * @param heir the other worker
     * @param killedAt when it was killed, by the clock of the database, in seconds since 1970
     */
    record Left(UUID id, JobRows.Held held, WorkerProcess heir, double killedAt) {}

    /** A moment in the life of a job. */
    @FunctionalInterface
    interface Moment {
        boolean hasCome(JobRows.Held job) throws Exception;
    }

    @FunctionalInterface
    private interface Look<T> {
        T look() throws Exception;
    }

    @FunctionalInterface
    private interface Wanted<T> {
        boolean isThere(T seen) throws Exception;
    }
}
