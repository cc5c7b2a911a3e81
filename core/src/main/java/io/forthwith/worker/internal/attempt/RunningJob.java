package io.forthwith.worker.internal.attempt;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.TypeRef;
import io.forthwith.internal.AttemptUndos;
import io.forthwith.internal.AttemptWithEnd;
import io.forthwith.internal.CauseChain;
import io.forthwith.internal.MessagesToUser;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.report.FatalErrorsSeen;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job that this worker has claimed, from the claim until the store has answered its settlement. It is also the
 * context of its processor. Thread-safe.
 *
 * <p>The monitor of this object guards every change of {@link AttemptPhase} and {@link EndReason}. The
 * {@link AttemptThread} has a monitor of its own, which is taken after this one and never before it.
 */
public final class RunningJob implements JobContext, AttemptParts, AttemptWithEnd, SlotWork {
    private final Job job;
    private final Claim claim;
    private final JobServices services;
    private final Locale locale;
    private final long claimedNanos;
    private final SpawnBuffer spawning;
    private final AttemptUndos undos = new AttemptUndos();
    /** Replaced when the job begins as part of a batch. */
    private volatile AttemptThread thread = new AttemptThread(undos);

    private final AtomicReference<@Nullable JobProgress> unreported = new AtomicReference<>();
    private volatile JobProgress progress;
    private volatile AttemptPhase phase = AttemptPhase.CLAIMED;
    /** Each reason with the time at which it came. Replaced as a whole. */
    private volatile Map<EndReason, Long> reasons = Map.of();

    private volatile @Nullable Settlement completed;
    private volatile boolean mayHaveUndo;
    private volatile boolean mayHaveSteps;
    private volatile long startedNanos;
    private volatile boolean hasBegun;
    private volatile long tookNanos = -1;

    public RunningJob(Job job, JobServices services, Locale locale, long claimedNanos) {
        this.job = job;
        this.claim = Claim.of(job);
        this.services = services;
        this.locale = locale;
        this.spawning = new SpawnBuffer(job, services.json(), services.interceptor());
        this.mayHaveUndo = job.hasUndo();
        this.claimedNanos = claimedNanos;
        this.progress = job.progress();
    }

    // What the processor sees.

    @Override
    public Job job() {
        return job;
    }

    @Override
    public <T> T input(TypeRef<T> type) {
        return services.json().decodeInput(job, type);
    }

    @Override
    public void progress(int percent) {
        report(progress.withPercent(percent));
    }

    @Override
    public void progress(int percent, String message) {
        report(progress.withPercent(percent).withMessage(message));
    }

    @Override
    public void atStep(int current, int total, String message) {
        report(JobProgress.atStep(current, total, message));
    }

    private void report(JobProgress next) {
        progress = next;
        if (unreported.getAndSet(next) == null) {
            services.progressed().accept(this);
        }
    }

    @Override
    public JobsToSpawn jobsToSpawn() {
        return spawning.spawned();
    }

    @Override
    public void onFailure(Undo undo) {
        undos.add(NullRules.require(undo, "undo", AttemptUndos.NONE_GIVEN)::run);
    }

    @Override
    public void spawn(List<NewJob> children) {
        spawning.spawned().add(children);
    }

    @Override
    public void onChildFailure(ChildFailurePolicy policy) {
        spawning.spawned().onChildFailure(policy);
    }

    @Override
    public void cancelOtherChildren() {
        spawning.spawned().cancelOtherChildren();
    }

    @Override
    public Stream<Job> siblings() {
        return services.families().siblings(this);
    }

    @Override
    public List<Job> predecessors() {
        return services.families().predecessors(this);
    }

    @Override
    public <T> Optional<T> resultOf(Job other, TypeRef<T> type) {
        return services.json().decodeResult(other, type);
    }

    @Override
    public TransactionalCompletion completion() {
        return new RunningJobCompletion(this, services.json());
    }

    @Override
    public <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception {
        return services.steps().run(this, step, part, action);
    }

    @Override
    public AttemptUndos undoActions() {
        return undos;
    }

    @Override
    public boolean isCancelled() {
        return shouldEnd(EndReason.CANCELLED);
    }

    @Override
    public boolean isLeaseLost() {
        return leaseLeft().isZero();
    }

    @Override
    public Duration leaseLeft() {
        return hasLostLease() ? Duration.ZERO : services.leaseLeft().apply(claim.workerId());
    }

    // What the modules of the library see.

    @Override
    public boolean isCompletedByProcessor() {
        return completed != null;
    }

    @Override
    public boolean isGivenBackAfter(Throwable thrown) {
        // A job that is taken for lost and is not must not use up an attempt; of one that is lost, the store refuses
        // this.
        return (shouldEnd(EndReason.WORKER_STOPS) || hasLostLease() || isSilencedBy(thrown))
                && new AttemptOutcome.Threw(thrown).said() == null
                && FatalErrorsSeen.in(thrown) == null;
    }

    /** Whether this comes of the silence. What is thrown long after that is over does not, unless it says so. */
    private boolean isSilencedBy(Throwable thrown) {
        return shouldEnd(EndReason.SILENCE)
                && (isLeaseLost()
                        || CauseChain.of(thrown).stream()
                                .anyMatch(each -> each instanceof InterruptedException
                                        || each instanceof CancellationException
                                        || each instanceof ClosedByInterruptException));
    }

    // What the worker knows about the claim.

    public Claim claim() {
        return claim;
    }

    public long claimedNanos() {
        return claimedNanos;
    }

    public SpawnBuffer spawning() {
        return spawning;
    }

    /** Takes progress back that could not be written; false if there is newer progress, which is to be written instead. */
    public boolean isUnreportedAgain(JobProgress notWritten) {
        return unreported.compareAndSet(null, notWritten);
    }

    /** Removes and returns the latest progress that has not been written; null if there is none. */
    @Nullable
    public JobProgress takeUnreported() {
        return unreported.getAndSet(null);
    }

    /** How long the job has been running, or how long it took; zero if it has not begun. */
    public Duration took(long nowNanos) {
        if (!hasBegun) {
            return Duration.ZERO;
        }
        long nanos = tookNanos;
        return Duration.ofNanos(nanos >= 0 ? nanos : Math.max(0, nowNanos - startedNanos));
    }

    // The phases.

    /** Called by the thread that is about to run the job; false if the job must not run any more. */
    public synchronized boolean begin(long nowNanos) {
        if (!reasons.isEmpty() || phase != AttemptPhase.CLAIMED) {
            return false;
        }
        phase = AttemptPhase.RUNNING;
        startedNanos = nowNanos;
        hasBegun = true;
        thread.enter();
        return true;
    }

    /** As {@link #begin}, on a thread that also runs other jobs. */
    synchronized boolean beginOn(AttemptThread shared, long nowNanos) {
        AttemptThread alone = thread;
        thread = shared;
        boolean hasBegunNow = begin(nowNanos);
        if (!hasBegunNow) {
            thread = alone;
        }
        return hasBegunNow;
    }

    /** Called by the thread that has run the job. Clears its interrupt flag, which may have been set for this job. */
    public synchronized void end(long nowNanos) {
        thread.leave();
        tookNanos = nowNanos - startedNanos;
    }

    /** Whether the worker can still decide how the attempt ends. */
    public boolean isOpen() {
        return AttemptPhase.OPEN.contains(phase);
    }

    /**
     * Settles the job, unless that was done before: a worker makes one settlement for each claim. If {@code settling}
     * throws, the job is not settled.
     *
     * @return whether this call settled the job
     */
    public boolean settleOnce(Runnable settling) {
        return moveAfter(AttemptPhase.OPEN, settling);
    }

    /**
     * Reports that a transaction of the processor has completed the job, if it has and that was not reported before. If
     * {@code report} throws, it is not reported.
     */
    public void reportCompletedOnce(Runnable report) {
        moveAfter(Set.of(AttemptPhase.COMPLETED), report);
    }

    /** Moves to {@code SETTLED} and does the action; false, and nothing is done, from another phase. */
    private boolean moveAfter(Set<AttemptPhase> from, Runnable action) {
        AttemptPhase before = move(from, AttemptPhase.SETTLED);
        if (before == null) {
            return false;
        }
        boolean isDone = false;
        try {
            action.run();
            isDone = true;
        } finally {
            if (!isDone) {
                phase = before;
            }
        }
        return true;
    }

    /** Claims the right to complete the job in a transaction of the processor. */
    synchronized boolean tryComplete() {
        return !isCancelled() && !hasLostLease() && move(AttemptPhase.OPEN, AttemptPhase.COMPLETING) != null;
    }

    /** A transaction of the processor has completed the job. Nothing is left to write. */
    synchronized void completed(@Nullable String result) {
        undos.forget();
        completed = Settlement.complete(claim, result);
        phase = AttemptPhase.COMPLETED;
    }

    /** That transaction was rolled back, so the job can end in any way. */
    synchronized void notCompleted() {
        phase = AttemptPhase.RUNNING;
    }

    /** The settlement that a transaction of the processor has written; null if there is none. */
    @Nullable
    public Settlement completedByProcessor() {
        return completed;
    }

    /** Returns the phase before; null, and nothing changes, if it is none of {@code from}. */
    private synchronized @Nullable AttemptPhase move(Set<AttemptPhase> from, AttemptPhase to) {
        AttemptPhase before = phase;
        if (!from.contains(before)) {
            return null;
        }
        phase = to;
        return before;
    }

    // The reasons to end.

    public void cancel(long nowNanos) {
        endBecause(EndReason.CANCELLED, nowNanos);
    }

    public void loseLease(long nowNanos) {
        endBecause(EndReason.LEASE_LOST, nowNanos);
    }

    /** The lease has run out by the worker's own clock, and the processor wants to be interrupted then. */
    public void silence(long nowNanos) {
        endBecause(EndReason.SILENCE, nowNanos);
    }

    @Override
    public boolean hasLostLease() {
        return shouldEnd(EndReason.LEASE_LOST);
    }

    public void stop(long nowNanos) {
        endBecause(EndReason.WORKER_STOPS, nowNanos);
    }

    /** The job was settled without its thread, which is interrupted so that it returns. */
    public void settledAlready(long nowNanos) {
        endBecause(EndReason.SETTLED_ALREADY, nowNanos);
    }

    /** Each reason interrupts the thread once: a hint and a heartbeat may bring the same cancellation. */
    private synchronized void endBecause(EndReason reason, long nowNanos) {
        if (shouldEnd(reason)) {
            return;
        }
        Map<EndReason, Long> more = new EnumMap<>(EndReason.class);
        more.putAll(reasons);
        more.put(reason, nowNanos);
        reasons = Collections.unmodifiableMap(more);
        thread.interrupt();
    }

    /** Whether the attempt should end for this reason. */
    public boolean shouldEnd(EndReason reason) {
        return reasons.containsKey(reason);
    }

    /** When the attempt got this reason to end; null if it has not. */
    public @Nullable Long shouldEndSince(EndReason reason) {
        return reasons.get(reason);
    }

    /** When the job was settled without its thread, or its lease was lost; null if neither has happened. */
    public @Nullable Long givenUpSince() {
        Long settled = reasons.get(EndReason.SETTLED_ALREADY);
        return settled != null ? settled : reasons.get(EndReason.LEASE_LOST);
    }

    /** Whether nothing that the thread of the job still does counts. */
    public boolean isGivenUp() {
        return givenUpSince() != null;
    }

    /** Whether the attempt should end, for any reason. */
    boolean shouldEnd() {
        return thread.isOver() || hasReasonToEnd();
    }

    /** Whether the attempt should end although the database may answer again later. */
    boolean shouldEndSoon() {
        return hasReasonToEnd()
                ? reasons.keySet().stream().anyMatch(reason -> reason != EndReason.SILENCE)
                : thread.isOver();
    }

    boolean hasReasonToEnd() {
        return !reasons.isEmpty();
    }

    // The thread.

    /** Whether a thread is running the job. */
    public boolean hasThread() {
        return thread.isPresent();
    }

    /** Takes the slot away from a thread that does not return; false if it has just returned. */
    public boolean abandonThread() {
        return thread.abandon();
    }

    @Override
    public boolean isAbandoned() {
        return thread.isAbandoned();
    }

    AttemptThread thread() {
        return thread;
    }

    // Durable steps.

    /** Undoes the durable steps of the job for which this undo job was made. */
    public void undoSteps(Map<String, Step<?>> declared) throws Exception {
        services.steps().undo(this, Objects.requireNonNull(job.undoes(), "an undo job"), declared);
    }

    /** Whether there may be an undo job to claim after this job has ended. */
    public boolean hasPossibleUndo() {
        return mayHaveUndo;
    }

    void mayHaveUndo() {
        mayHaveUndo = true;
    }

    /**
     * Whether a durable step may have begun, or may begin now. If this is false when the job is settled, none can begin
     * later.
     */
    public boolean hasPossibleSteps() {
        return mayHaveSteps;
    }

    void mayHaveSteps() {
        mayHaveSteps = true;
    }

    /**
     * The failure of an attempt whose result, or whose step result, cannot be stored. Its message is in the language of
     * the user.
     */
    JobException unstorable(RuntimeException why) {
        return JobException.permanent(
                        SettlementDecision.RESULT_UNSTORABLE,
                        MessagesToUser.in(locale).resultUnstorable())
                .causedBy(why);
    }
}
