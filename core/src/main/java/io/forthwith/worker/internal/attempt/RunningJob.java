package io.forthwith.worker.internal.attempt;

import io.forthwith.AttemptUndos;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.JobsToSpawn;
import io.forthwith.Step;
import io.forthwith.TransactionalCompletion;
import io.forthwith.internal.LocalizedMessages;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job that this worker has claimed, from the claim until the store has answered its settlement. It is also the
 * context of its processor. Thread-safe.
 *
 * <p>The thread that runs the job is interrupted only under the monitor of this object, and {@link #end} removes the
 * thread under the same monitor. So an interrupt never reaches the next job on that thread.
 */
public final class RunningJob implements JobContext {
    private final Job job;
    private final Claim claim;
    private final JobServices services;
    private final Locale locale;
    private final long claimedNanos;
    private final SpawnBuffer spawning;
    private final AttemptUndos undos = new AttemptUndos();
    private final AtomicBoolean settled = new AtomicBoolean();
    private final AtomicReference<@Nullable JobProgress> unreported = new AtomicReference<>();
    private volatile JobProgress progress;
    /** Counted down when the attempt should end. */
    private final CountDownLatch over = new CountDownLatch(1);

    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean mayHaveUndo;
    private volatile boolean mayHaveSteps;
    private volatile @Nullable Settlement completed;
    private volatile boolean cancelled;
    private volatile long cancelledNanos;
    private volatile boolean leaseLost;
    private volatile boolean stopped;
    private volatile boolean givenUp;
    private volatile long givenUpNanos;
    private volatile long startedNanos;
    private volatile long tookNanos = -1;
    private @Nullable Thread thread;
    private boolean abandoned;
    /** How many calls to the store are running for the processor, and whether an interrupt waits for their end. */
    private int shields;

    private boolean interruptLater;

    public RunningJob(Job job, JobServices services, Locale locale, long claimedNanos) {
        this.job = job;
        this.claim = Claim.of(job);
        this.services = services;
        this.locale = locale;
        this.spawning = new SpawnBuffer(job, services.codec());
        this.mayHaveUndo = job.hasUndo();
        this.claimedNanos = claimedNanos;
        this.progress = job.progress();
    }

    @Override
    public Job job() {
        return job;
    }

    @Override
    public <T> T input(Class<T> type) {
        return services.codec().decode(job.input(), type);
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

    @Override
    public JobsToSpawn spawned() {
        return spawning.spawned();
    }

    public SpawnBuffer spawning() {
        return spawning;
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
    public <T> Optional<T> resultOf(Job other, Class<T> type) {
        return services.codec().decodeResult(other, type);
    }

    @Override
    public TransactionalCompletion completion() {
        return new CompletionInTransaction(this, services.codec());
    }

    /** Gives back the right to settle, because nothing was written. */
    void unsettle() {
        settled.set(false);
    }

    /** A transaction of the processor has completed the job. Nothing is left to write. */
    public void completed(@Nullable String result) {
        undos.forget();
        completed = Settlement.complete(claim, result);
    }

    /** Claims the right to report that completion; true once. */
    public boolean tryTell() {
        return told.compareAndSet(false, true);
    }

    /** The settlement that a transaction of the processor has written; null if there is none. */
    @Nullable
    public Settlement completed() {
        return completed;
    }

    @Override
    public <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception {
        return services.steps().run(this, step, part, action);
    }

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
     * Runs a call to the store without interrupts, because some drivers close the database when they are interrupted.
     * An interrupt is delivered after the call.
     */
    <T extends @Nullable Object> T shielded(Supplier<T> call) {
        boolean interrupted = raiseShield();
        try {
            return call.get();
        } finally {
            lowerShield();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    synchronized boolean raiseShield() {
        shields++;
        return Thread.interrupted();
    }

    synchronized void lowerShield() {
        shields--;
        if (shields == 0 && interruptLater) {
            interruptLater = false;
            interrupt();
        }
    }

    /**
     * Waits without being interrupted. If the attempt is not over, the wait ends early as soon as it is. Called within
     * {@link #shielded}.
     */
    void rest(Duration pause) {
        CountDownLatch never = new CountDownLatch(1);
        try {
            (isOver() ? never : over).await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException byTheHost) {
            interruptLater();
        }
    }

    private synchronized void interruptLater() {
        interruptLater = true;
    }

    /**
     * The failure of an attempt whose result, or whose step result, cannot be stored. Its message is in the language of
     * the user.
     */
    JobException unstorable(RuntimeException why) {
        return JobException.permanent(
                "result_unstorable", LocalizedMessages.in(locale).resultUnstorable(), why);
    }

    /**
     * Whether the attempt should end: it was cancelled, its time limit has passed, its lease is lost, or the worker
     * stops.
     */
    boolean isOver() {
        return over.getCount() == 0;
    }

    @Override
    public AttemptUndos undos() {
        return undos;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public boolean isLeaseLost() {
        return leaseLost;
    }

    public Claim claim() {
        return claim;
    }

    public long claimedNanos() {
        return claimedNanos;
    }

    /** Removes and returns the latest progress that has not been written; null if there is none. */
    @Nullable
    public JobProgress takeUnreported() {
        return unreported.getAndSet(null);
    }

    /** Called by the thread that is about to run the job; false if the job must not run any more. */
    public synchronized boolean begin(long nowNanos) {
        if (cancelled || leaseLost || stopped) {
            return false;
        }
        thread = Thread.currentThread();
        startedNanos = nowNanos;
        return true;
    }

    /** Called by the thread that has run the job. Clears its interrupt flag, which may have been set for this job. */
    public synchronized void end(long nowNanos) {
        thread = null;
        tookNanos = nowNanos - startedNanos;
        Thread.interrupted();
    }

    /** Takes the slot away from a thread that does not return; false if it has just returned. */
    public synchronized boolean abandon() {
        if (thread == null || abandoned) {
            return false;
        }
        abandoned = true;
        return true;
    }

    /** Whether the thread that ran the job still has its slot and may run other jobs. */
    public synchronized boolean keepsSlot() {
        return !abandoned;
    }

    public synchronized boolean isAbandoned() {
        return abandoned;
    }

    /** Whether a thread is running the job. */
    public synchronized boolean isRunning() {
        return thread != null;
    }

    /** How long the job has been running, or how long it took. */
    public Duration took(long nowNanos) {
        long nanos = tookNanos;
        return Duration.ofNanos(nanos >= 0 ? nanos : Math.max(0, nowNanos - startedNanos));
    }

    /** Claims the right to settle the job; true once, because a worker makes one settlement for each claim. */
    public boolean trySettle() {
        return settled.compareAndSet(false, true);
    }

    public boolean isSettled() {
        return settled.get();
    }

    /** Synchronized, so that a hint and a heartbeat at the same moment do not interrupt twice. */
    public synchronized void requestCancel(long nowNanos) {
        if (!cancelled) {
            cancelledNanos = nowNanos;
            cancelled = true;
            interrupt();
        }
    }

    public long cancelledNanos() {
        return cancelledNanos;
    }

    public void loseLease(long nowNanos) {
        leaseLost = true;
        giveUp(nowNanos);
    }

    /** Interrupts the attempt because the worker stops. */
    public void requestStop() {
        stopped = true;
        interrupt();
    }

    public boolean isStopped() {
        return stopped;
    }

    /**
     * The job is settled, and nothing that its thread still does counts. The thread is interrupted so that it returns.
     */
    public void giveUp(long nowNanos) {
        if (!givenUp) {
            givenUpNanos = nowNanos;
            givenUp = true;
        }
        interrupt();
    }

    public boolean isGivenUp() {
        return givenUp;
    }

    public long givenUpNanos() {
        return givenUpNanos;
    }

    private synchronized void interrupt() {
        over.countDown();
        if (shields > 0) {
            interruptLater = true;
        } else if (thread != null) {
            undos.interruptUnlessRunning(thread);
        }
    }

    private void report(JobProgress next) {
        progress = next;
        if (unreported.getAndSet(next) == null) {
            services.progressed().accept(this);
        }
    }
}
