package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.JobServices;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.PollBackOff;
import io.forthwith.worker.internal.loop.StoreBackOff;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs: as many as have a free slot, plus as many as will probably end before the next claim is answered, minus
 * those in the buffer. A job that has been in the buffer for too long is given back, so that fast jobs do not wait
 * behind slow ones.
 */
public final class ClaimLoop implements LoopRound {
    /** A job that has lost this many workers fails, because it may be what kills them. */
    public static final int LOST_WORKERS_CAP = 3;

    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long BUFFER_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RECONCILE_NANOS = TimeUnit.MINUTES.toNanos(1);
    /**
     * How many jobs, apart from those in slots, may be claimed without a confirmed settlement. With more, the store is
     * too slow to take more.
     */
    private static final int MAX_BACKLOG = 5_000;

    private final WorkerSettings config;
    private final JobStore store;
    private final RegisteredProcessors processors;
    private final OwnLease lease;
    private final HeldJobs held;
    private final JobSlots slots;
    private final CancellationHandler cancelling;
    private final JobRunner runner;
    private final SettleLoop settling;
    private final JobRateMeter rate;
    private final DueAgainTimes dueTimes;
    private final PollBackOff pace;
    private final JobServices services;
    private final StoreBackOff guard;
    private long reconcileAtNanos;
    /** True after a claim whose answer was lost: the store may have given jobs to this worker that it does not know. */
    private boolean isUnsure;

    private @Nullable Throwable lastFailure;
    private int lastClaimed;

    ClaimLoop(Engine engine, JobServices services, StoreBackOff guard) {
        this.config = engine.config;
        this.store = engine.store;
        this.processors = engine.processors;
        this.lease = engine.lease;
        this.held = engine.held;
        this.slots = engine.slots;
        this.cancelling = engine.cancelling;
        this.runner = engine.runner;
        this.settling = engine.settling;
        this.rate = engine.rate;
        this.dueTimes = engine.dueTimes;
        this.pace = new PollBackOff(config.pollInterval());
        this.services = services;
        this.guard = guard;
        this.reconcileAtNanos = config.ticker().nanos() + RECONCILE_NANOS;
    }

    @Override
    public Duration run() {
        lastClaimed = 0;
        lastFailure = null;
        long now = config.ticker().nanos();
        giveBack(slots.takeClaimedBefore(now - BUFFER_PATIENCE_NANOS));
        if (!guard.pauseLeft().isZero()) {
            return withinPatience(guard.pauseLeft(), now);
        }
        UUID workerId = lease.workerId();
        if (workerId == null || !lease.isGood(now)) {
            return nextLook(now);
        }
        int wanted = wanted(now);
        try {
            if (now - reconcileAtNanos >= 0) {
                reconcile(workerId, now);
            }
            if (wanted > 0) {
                claim(workerId, wanted);
            }
        } catch (Throwable failure) {
            isUnsure = true;
            reconcileAtNanos = now;
            lastFailure = failure;
            return withinPatience(guard.failed(failure), now);
        }
        guard.succeeded();
        boolean more = wanted > 0 && lastClaimed == wanted;
        return more && wanted(config.ticker().nanos()) > 0 ? Duration.ZERO : nextLook(now);
    }

    private int wanted(long now) {
        // Rounded down: a fraction of a job does not justify taking one from an idle worker.
        int soon = slots.free() + (int) rate.expectedWithin(WINDOW_NANOS, now) - slots.buffered();
        int room = config.concurrency() + MAX_BACKLOG - held.size();
        return Math.min(Math.min(soon, room), ClaimRequest.MAX_LIMIT);
    }

    private void claim(UUID workerId, int wanted) {
        held.beforeClaim();
        List<Job> jobs = store.claim(new ClaimRequest(
                workerId, config.queues(), wanted, processors.types(), LOST_WORKERS_CAP, config.onlyRegisteredTypes()));
        lastClaimed = jobs.size();
        if (jobs.isEmpty()) {
            return;
        }
        long now = config.ticker().nanos();
        pace.found(now);
        List<RunningJob> runs = jobs.stream()
                .map(job -> new RunningJob(job, services, job.localeOr(config.locale()), now))
                .toList();
        List<RunningJob> cancelled = runs.stream().filter(held::add).toList();
        if (!workerId.equals(lease.workerId())) {
            // The worker was declared dead before the answer arrived, so these jobs belong to others by now.
            runs.forEach(run -> held.remove(run.claim()));
        } else if (!slots.offer(runs)) {
            giveBack(runs);
        }
        cancelled.forEach(cancelling::cancel);
    }

    private void giveBack(List<RunningJob> unstarted) {
        unstarted.forEach(run -> runner.settle(run, AttemptOutcome.Unfinished.INSTANCE));
    }

    /** Gives back the claims that this worker holds in the store without knowing them. */
    private void reconcile(UUID workerId, long now) {
        for (Claim claim : store.held(workerId)) {
            if (held.addStray(claim)) {
                settling.submit(
                        PendingSettlement.stray(Settlement.giveBack(claim).in(config.locale())));
            }
        }
        isUnsure = false;
        reconcileAtNanos = now + RECONCILE_NANOS;
    }

    /**
     * After a claim whose answer was lost, gives back what it may have taken. Throws nothing if the store cannot be
     * reached.
     */
    void giveBackUnknown() {
        UUID workerId = lease.workerId();
        if (!isUnsure || workerId == null) {
            return;
        }
        try {
            reconcile(workerId, config.ticker().nanos());
        } catch (RuntimeException unreachable) {
            guard.failed(unreachable);
        }
    }

    private Duration nextLook(long now) {
        Duration pause = store.hearsOthers() ? config.pollInterval() : pace.pause(now);
        return withinPatience(dueTimes.untilNext(now, StoreBackOff.jitter(pause, config.random())), now);
    }

    /** Shortens a pause, so that buffered jobs are given back in time. */
    private Duration withinPatience(Duration pause, long now) {
        Duration patience = slots.untilStale(now, BUFFER_PATIENCE_NANOS);
        return patience.compareTo(pause) < 0 ? patience : pause;
    }

    /** How many jobs the last round claimed. */
    int lastClaimed() {
        return lastClaimed;
    }

    /** Why the last round failed; null if it did not. */
    @Nullable
    Throwable lastFailure() {
        return lastFailure;
    }
}
