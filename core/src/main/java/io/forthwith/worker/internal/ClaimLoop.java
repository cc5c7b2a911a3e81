package io.forthwith.worker.internal;

import io.forthwith.Job;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.JobServices;
import io.forthwith.worker.internal.attempt.PendingSettlement;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.TextFootprint;
import io.forthwith.worker.internal.loop.ClaimedTextAmount;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.JobRateMeter;
import io.forthwith.worker.internal.loop.LeftToOthers;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.PollBackOff;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.UnsettledTextAmount;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs: as many as have a free slot, plus as many as will probably end before the next claim is answered, minus
 * those in the buffer. Jobs that run in batches get {@linkplain BatchCompany company}. A job that has been in the buffer for too long is given back, so that fast jobs do not wait
 * behind slow ones. It claims fewer jobs if their inputs are large, and none while too many results, or too large
 * ones, wait for the store. Jobs of types that it does not know are {@linkplain LeftToOthers left to others} that serve them.
 *
 * <p>Now and then it compares what it holds with what the store says, and gives back claims that it does not know: the answer of a claim may be
 * lost, and the store may forget that a job has ended. It also ends its runs of jobs that it does not hold any more. It does so at once when the store answers again after a
 * failure or says that its server may have changed, since another server may know less, and when the store gives out a job that the worker still has.
 */
public final class ClaimLoop implements LoopRound {

    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long BUFFER_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RECONCILE_NANOS = TimeUnit.MINUTES.toNanos(1);
    /**
     * How many jobs, apart from those in slots, may be claimed without a confirmed settlement. With more, the store is
     * too slow to take more.
     */
    static final int MAX_BACKLOG = 5_000;

    private final WorkerSettings config;
    private final JobStore store;
    private final RegisteredProcessors processors;
    private final OwnLease lease;
    private final HeldJobs held;
    private final JobSlots slots;
    private final CancellationHandler cancelling;
    private final JobRunner runner;
    private final SettleLoop settling;
    private final UnsettledTextAmount unsettledText;
    private final JobRateMeter rate;
    private final ClaimedTextAmount claimedText = new ClaimedTextAmount();
    private final DueAgainTimes dueTimes;
    private final @Nullable LimitStore limits;
    private final LimitDeclaring declaring;
    private final PollBackOff pace;
    private final JobServices services;
    private final StoreBackOff guard;
    /** Null if no type of job runs in batches. */
    private final @Nullable BatchCompany company;

    private final LeftToOthers left;

    private long reconcileAtNanos;
    /** True after a claim whose answer was lost: the store may have given jobs to this worker that it does not know. */
    private boolean isUnsure;
    /** True after a claim that shows that the store has forgotten its last commits, until the worker has looked at what it holds. */
    private boolean isForgotten;

    private int comebacksSeen;
    /** Whether another server may answer since the worker has last looked at what it holds. */
    private volatile boolean isServerNew;

    private @Nullable Throwable lastFailure;
    private int lastClaimed;
    private int lastLeft;
    /** Whether the last claim found as many jobs as it wanted, company not counted. */
    private boolean foundAll;

    ClaimLoop(
            WorkerSettings config,
            JobStore store,
            RegisteredProcessors processors,
            OwnLease lease,
            HeldJobs held,
            JobSlots slots,
            CancellationHandler cancelling,
            JobRunner runner,
            SettleLoop settling,
            UnsettledTextAmount unsettledText,
            JobRateMeter rate,
            DueAgainTimes dueTimes,
            JobServices services,
            StoreBackOff guard) {
        this.config = config;
        this.store = store;
        this.processors = processors;
        this.lease = lease;
        this.held = held;
        this.slots = slots;
        this.cancelling = cancelling;
        this.runner = runner;
        this.settling = settling;
        this.unsettledText = unsettledText;
        this.rate = rate;
        this.dueTimes = dueTimes;
        this.limits = store.limits().orElse(null);
        this.declaring = new LimitDeclaring(store, limits, config);
        this.pace = new PollBackOff(config.pollInterval());
        this.services = services;
        this.guard = guard;
        this.left = new LeftToOthers(store, processors.types(), !config.onlyRegisteredTypes(), config.ticker());
        this.company = processors.haveBatches() ? new BatchCompany(config, store, processors, slots) : null;
        this.reconcileAtNanos = config.ticker().nanos() + RECONCILE_NANOS;
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }

    @Override
    public Duration run() {
        // Before it counts the free slots: none may become free unnoticed.
        slots.lookBegins();
        try {
            return look();
        } finally {
            slots.lookEnds();
        }
    }

    private Duration look() {
        lastClaimed = 0;
        lastLeft = 0;
        lastFailure = null;
        foundAll = false;
        long now = config.ticker().nanos();
        slots.serveRipe();
        slots.takeClaimedBefore(now - BUFFER_PATIENCE_NANOS).forEach(runner::giveBack);
        if (!guard.pauseLeft().isZero()) {
            return withinPatience(guard.pauseLeft(), now);
        }
        UUID workerId = lease.workerId();
        if (workerId == null || !lease.isGood(now)) {
            return nextLook(now);
        }
        int wanted = wanted(now);
        boolean reconciles = isServerNew || now - reconcileAtNanos >= 0 || guard.comebacks() != comebacksSeen;
        guard.takeProbe();
        try {
            if (reconciles) {
                reconcile(workerId, now);
            }
            if (wanted > 0) {
                declaring.declare(now);
                claim(workerId, wanted);
            }
        } catch (Throwable failure) {
            isUnsure = true;
            reconcileAtNanos = now;
            lastFailure = failure;
            return withinPatience(guard.failed(failure), now);
        }
        if (reconciles || wanted > 0) {
            guard.succeeded();
        }
        boolean more = wanted > 0 && foundAll;
        if (more && wanted(config.ticker().nanos()) > 0) {
            return Duration.ZERO;
        }
        Duration untilStart = limits == null ? null : limits.untilNextStart();
        // A worker that can take no job does not claim, so for it that time would never be over.
        boolean isOver = wanted == 0 && Duration.ZERO.equals(untilStart);
        // Nor does it ask then.
        Duration untilAsk = wanted == 0 ? null : left.untilAsk();
        return shorter(isOver ? null : untilStart, shorter(untilAsk, nextLook(now)));
    }

    private int wanted(long now) {
        // Rounded down: a fraction of a job does not justify taking one from an idle worker.
        int inAdvance = (int) Math.min(rate.expectedWithin(WINDOW_NANOS, now), claimedText.fit());
        if (unsettledText.isFull()) {
            return 0;
        }
        int soon = slots.spare() + inAdvance;
        return Math.min(Math.min(soon, room()), Math.min(ClaimRequest.MOST_JOBS, claimedText.fit()));
    }

    private int room() {
        return config.concurrency() + slots.company() + MAX_BACKLOG - held.size();
    }

    private void claim(UUID workerId, int wanted) {
        held.beforeClaim();
        List<Job> jobs = store.claim(new ClaimRequest(
                workerId,
                config.queues(),
                wanted,
                processors.types(),
                ClaimRequest.LOST_WORKERS_CAP,
                config.onlyRegisteredTypes(),
                config.ageing(),
                left.left(workerId)));
        foundAll = jobs.size() == wanted;
        // Before they run: they may end at once, and the store tells of what their settlements make ready.
        if (!foundAll && store.hearsOthers()) {
            slots.sated();
        }
        if (company == null) {
            claimed(workerId, jobs);
            return;
        }
        // Before company is claimed: what leads it says how large it may be.
        claimedText.claimed(jobs.size(), text(jobs));
        List<Job> together = new ArrayList<>(jobs);
        try {
            company.join(together, workerId, Math.min(room(), claimedText.fit()) - jobs.size());
        } finally {
            claimed(workerId, together);
        }
    }

    private void claimed(UUID workerId, List<Job> jobs) {
        lastClaimed = jobs.size();
        claimedText.claimed(jobs.size(), text(jobs));
        if (jobs.isEmpty()) {
            return;
        }
        long now = config.ticker().nanos();
        pace.found(now);
        List<RunningJob> runs = jobs.stream()
                .map(job -> new RunningJob(job, services, job.localeOr(config.locale()), now))
                .toList();
        List<RunningJob> forgotten =
                runs.stream().map(held::forgotten).filter(Objects::nonNull).toList();
        List<RunningJob> unknown =
                runs.stream().filter(run -> left.isUnknown(run.job())).toList();
        if (unknown.isEmpty()) {
            take(runs, workerId).forEach(cancelling::cancel);
        } else {
            take(runs.stream().filter(run -> !left.isUnknown(run.job())).toList(), workerId)
                    .forEach(cancelling::cancel);
            takeUnlessServed(unknown, workerId);
        }
        if (!forgotten.isEmpty()) {
            lose(forgotten);
            reconcile(workerId, now);
        }
    }

    /**
     * Of jobs whose type has no processor here, takes those that nobody serves, to fail them, and gives back the others. If the store does not say, it gives back all: a failure
     * would be for good.
     */
    private void takeUnlessServed(List<RunningJob> unknown, UUID workerId) {
        Map<QueuedType, List<RunningJob>> met = unknown.stream()
                .collect(Collectors.groupingBy(
                        run -> new QueuedType(run.job().queue(), run.job().type())));
        Set<QueuedType> served = met.keySet();
        try {
            served = left.served(workerId, met.keySet());
        } finally {
            Set<QueuedType> toLeave = served;
            met.forEach((jobs, runs) -> {
                if (toLeave.contains(jobs)) {
                    lastLeft += runs.size();
                    hold(runs, workerId, ignored -> false).forEach(cancelling::cancel);
                } else {
                    take(runs, workerId).forEach(cancelling::cancel);
                }
            });
        }
    }

    private static long text(List<Job> jobs) {
        return jobs.stream().mapToLong(TextFootprint::of).sum();
    }

    private void lose(List<RunningJob> forgotten) {
        forgotten.forEach(cancelling::lose);
        if (!isForgotten) {
            isForgotten = true;
            LOG.warn(
                    "[Worker] The store has given {} of the jobs out again that {} still has, for example job {} (claim {}): it has"
                            + " forgotten its last commits, as after a failover. What their earlier runs end with is refused",
                    forgotten.size(),
                    config.name(),
                    forgotten.get(0).job().id(),
                    forgotten.get(0).claim().number());
        }
    }

    /** Holds the claimed jobs and puts them into the buffer. Returns those whose cancellation was requested meanwhile. */
    private List<RunningJob> take(List<RunningJob> runs, UUID workerId) {
        return hold(runs, workerId, slots::offer);
    }

    /** The same; if {@code taking} answers false, it gives them back. */
    private List<RunningJob> hold(List<RunningJob> runs, UUID workerId, Predicate<List<RunningJob>> taking) {
        boolean isTaken = false;
        try {
            List<RunningJob> cancelled = runs.stream().filter(held::add).toList();
            // If the worker was declared dead before the answer arrived, these jobs belong to others by now.
            if (workerId.equals(lease.workerId())) {
                isTaken = true;
                if (!taking.test(runs)) {
                    runs.forEach(runner::giveBack);
                }
            }
            return cancelled;
        } finally {
            if (!isTaken) {
                runs.forEach(run -> held.remove(run.claim()));
            }
        }
    }

    /** Another server may answer: the next round compares what this worker runs with what the store says. Called by other threads. */
    void serverMayBeNew() {
        isServerNew = true;
    }

    /**
     * Gives back the claims that this worker holds in the store without knowing them, and ends its runs of jobs that it does not hold. A claim that is settled after the store
     * has answered is given back too, which the store refuses.
     */
    private void reconcile(UUID workerId, long now) {
        int comebacks = guard.comebacks();
        isServerNew = false;
        List<RunningJob> open = held.open();
        Set<Claim> stored = Set.copyOf(store.held(workerId));
        for (Claim claim : stored) {
            if (held.addStray(claim)) {
                settling.submit(
                        PendingSettlement.stray(Settlement.giveBack(claim).in(config.locale())));
            }
        }
        List<RunningJob> gone = open.stream()
                .filter(run -> run.isOpen() && !run.hasLostLease() && !stored.contains(run.claim()))
                .toList();
        gone.forEach(cancelling::lose);
        gone.forEach(run -> JobLog.leaseLost(run.job()));
        isUnsure = false;
        isForgotten = false;
        comebacksSeen = comebacks;
        reconcileAtNanos = now + RECONCILE_NANOS;
    }

    /**
     * After a claim whose answer was lost, and after any failure of the store, gives back what this worker does not know. Throws nothing if
     * the store cannot be reached.
     */
    void giveBackUnknown() {
        UUID workerId = lease.workerId();
        boolean isSure = !isUnsure && !isServerNew && guard.comebacks() == comebacksSeen;
        if (isSure || workerId == null) {
            return;
        }
        try {
            reconcile(workerId, config.ticker().nanos());
        } catch (Throwable unreachable) {
            guard.failed(unreachable);
        }
    }

    private Duration nextLook(long now) {
        Duration pause = store.hearsOthers() ? config.pollInterval() : pace.pause(now);
        return withinPatience(dueTimes.untilNext(now, StoreBackOff.jitter(pause, config.random())), now);
    }

    /** Shortens a pause, so that buffered jobs are given back in time. */
    private Duration withinPatience(Duration pause, long now) {
        return shorter(slots.untilStale(now, BUFFER_PATIENCE_NANOS), pause);
    }

    private static Duration shorter(@Nullable Duration one, Duration other) {
        return one != null && one.compareTo(other) < 0 ? one : other;
    }

    /** How many jobs the last round claimed. */
    int lastClaimed() {
        return lastClaimed;
    }

    /** How many of them it has given back at once, since other workers serve them. */
    int lastLeft() {
        return lastLeft;
    }

    /** Why the last round failed; null if it did not. */
    @Nullable
    Throwable lastFailure() {
        return lastFailure;
    }
}
