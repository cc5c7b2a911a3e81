package io.forthwith;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt has to give back if it fails: run in reverse order, each at most once. Thread-safe. It lives in
 * memory and dies with the process.
 */
public final class UndoActions {
    private final Deque<JobContext.Undo> undos = new ArrayDeque<>();
    private boolean running;

    /** No undos. */
    public UndoActions() {}

    /** Registers one more. */
    public synchronized void add(JobContext.Undo undo) {
        undos.push(Objects.requireNonNull(undo, "undo"));
    }

    /**
     * Runs what is registered, the latest first, and forgets it: a second call runs only what was added since. An undo
     * that throws does not keep the others from running; what it threw is added to {@code failure} as suppressed.
     *
     * <p>The undos run without the thread's interrupt flag, which would fail their first blocking call; it is restored when
     * they are done.
     */
    public void run(Throwable failure) {
        boolean interrupted = begin();
        try {
            for (JobContext.Undo undo = take(); undo != null; undo = take()) {
                interrupted |= run(undo, failure);
            }
        } finally {
            end();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs one and says whether it left or ended with an interrupt. */
    private static boolean run(JobContext.Undo undo, Throwable failure) {
        boolean interrupted = false;
        try {
            undo.run();
        } catch (Throwable broken) {
            interrupted = broken instanceof InterruptedException;
            if (broken != failure) {
                failure.addSuppressed(broken);
            }
        }
        return Thread.interrupted() || interrupted;
    }

    /** Forgets everything: what was taken is to be kept. */
    public synchronized void forget() {
        undos.clear();
    }

    /** Whether nothing is registered. */
    public synchronized boolean isEmpty() {
        return undos.isEmpty();
    }

    /**
     * Interrupts {@code thread}, unless it is running undos: they must not be broken off for the reason that made them
     * necessary.
     */
    public synchronized void interruptUnlessRunning(Thread thread) {
        if (!running) {
            thread.interrupt();
        }
    }

    private synchronized boolean begin() {
        running = true;
        return Thread.interrupted();
    }

    private synchronized void end() {
        running = false;
    }

    private synchronized JobContext.@Nullable Undo take() {
        return undos.poll();
    }
}
