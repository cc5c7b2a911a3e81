package io.forthwith.worker.internal.attempt;

import io.forthwith.internal.AttemptUndos;
import io.forthwith.worker.internal.report.JobLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that runs one attempt, or the attempts of a batch: when it may be interrupted, and whether it has lost its slot. The thread of a
 * batch is interrupted when the last of its attempts should end, and loses its slot when nothing of any of them counts. Thread-safe.
 *
 * <p>The thread is interrupted only under the monitor of this object, and {@link #leave} removes it under the same
 * monitor. So an interrupt never reaches the next job on that thread.
 */
final class AttemptThread {
    private final AttemptUndos undos;
    /** The jobs of a batch; none for an attempt that has the thread to itself. */
    private List<RunningJob> together;
    /** Counted down when the attempt should end. */
    private final CountDownLatch over = new CountDownLatch(1);

    private @Nullable Thread thread;
    private boolean abandoned;
    /** How many calls run that must not be interrupted, and whether an interrupt waits for their end. */
    private int shields;

    private boolean interruptLater;

    AttemptThread(AttemptUndos undos) {
        this.undos = undos;
        this.together = List.of();
    }

    /** The thread of a batch. Its undo actions run within {@link #shielded}. */
    AttemptThread(List<RunningJob> together) {
        this.undos = new AttemptUndos();
        this.together = together;
    }

    /** Of the jobs of the batch, only these have begun. */
    synchronized void runs(List<RunningJob> begun) {
        together = List.copyOf(begun);
        if (isEachOver()) {
            interrupt();
        }
    }

    /** The current thread begins to run the attempt. */
    synchronized void enter() {
        thread = Thread.currentThread();
    }

    /** The current thread has run the attempt. Clears its interrupt flag, which may have been set for this attempt. */
    synchronized void leave() {
        thread = null;
        Thread.interrupted();
    }

    /** Whether a thread is running the attempt. */
    synchronized boolean isPresent() {
        return thread != null;
    }

    /** Takes the slot away from a thread that does not return; false if it has just returned, or has no slot. */
    synchronized boolean abandon() {
        if (thread == null || abandoned || !together.stream().allMatch(RunningJob::isGivenUp)) {
            return false;
        }
        abandoned = true;
        return true;
    }

    synchronized boolean isAbandoned() {
        return abandoned;
    }

    /**
     * An attempt should end. A thread that is shielded is interrupted when the last shield is lowered.
     *
     * <p>Two attempts of a batch may get their reasons to end at the same moment, on two threads. Each has stored its own before it calls this,
     * so the one that comes second sees both.
     */
    synchronized void interrupt() {
        if (!isEachOver()) {
            return;
        }
        over.countDown();
        if (shields > 0) {
            interruptLater = true;
        } else if (thread != null) {
            interrupt(thread);
        }
    }

    private boolean isEachOver() {
        return together.stream().allMatch(run -> run.hasReasonToEnd() || !run.isOpen());
    }

    /** The thread belongs to the application. What it throws must not keep other jobs from being told. */
    private void interrupt(Thread running) {
        try {
            undos.interruptUnlessRunning(running);
        } catch (Throwable broken) {
            JobLog.hostThrew(broken, "[Worker] Could not interrupt the thread of a job");
        }
    }

    /** Whether {@link #interrupt} was called. */
    boolean isOver() {
        return over.getCount() == 0;
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

    /** From now on interrupts wait. Clears the interrupt flag of the current thread, and returns it. */
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
}
