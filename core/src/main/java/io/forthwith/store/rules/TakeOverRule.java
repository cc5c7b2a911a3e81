package io.forthwith.store.rules;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What becomes of a job whose worker is dead. A pure function of the locked row and of the next random number. */
public final class TakeOverRule {
    private TakeOverRule() {}

    /**
     * What the store has to do.
     *
     * @param answer the answer to the caller
     * @param taken what the job becomes, to be put by {@link Cascade#move}
     * @param failure the failed attempt to be added to the history of the job, before the job moves; empty unless the job fails
     */
    public record Verdict(TakenOver answer, Job taken, Optional<FailedAttempt> failure) {}

    /**
     * Decides about one job.
     *
     * @param job a job that is processing under a worker that is dead or does not exist
     * @param random draws the delay after which the job is due again, so that not all jobs come back at the same time
     */
    public static Verdict decide(Job job, TakeOverRequest request, RandomGenerator random, JobMoves moves) {
        long mostMicros = request.maxDelay().toNanos() / 1_000;
        Duration delay = Duration.of(random.nextLong(mostMicros + 1), ChronoUnit.MICROS);
        Job taken = moves.takeOver(job, request, delay);
        return new Verdict(
                new TakenOver(job.id(), taken.status(), job.workerId()),
                taken,
                taken.status() == JobStatus.FAILED
                        ? Optional.of(moves.failure(job, JobMoves.workerLost(taken, request)))
                        : Optional.empty());
    }
}
