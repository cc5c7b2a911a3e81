package io.forthwith.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The undo actions that one attempt has registered. If the attempt fails, they run in reverse order, each at most once.
 * They are kept in memory and lost if the process dies. Thread-safe.
 */
public final class AttemptUndos {
    /** Undoes one thing. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /** What to do if no undo action is given. */
    public static final String NONE_GIVEN = "give the action that takes back what the attempt has done";

    private final Deque<Action> undos = new ArrayDeque<>();
    private boolean running;

    /** Without undo actions. For workers and {@code FakeJobContext}. */
    public AttemptUndos() {}

    /** Registers an undo action. */
    public synchronized void add(Action undo) {
        undos.push(NullRules.require(undo, "undo", NONE_GIVEN));
    }

    /**
     * Runs and removes the registered undo actions, the last one first. A second call runs only those that were added
     * after the first. If one throws, the others still run, and its exception is added to {@code failure} as
     * suppressed.
     *
     * <p>The interrupt flag of the thread is cleared while they run, because it would make their first blocking call
     * fail. It is set again afterwards.
     */
    public void run(Throwable failure) {
        boolean interrupted = begin();
        try {
            for (Action undo = take(); undo != null; undo = take()) {
                interrupted |= run(undo, failure);
            }
        } finally {
            end();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs one undo action; true if the thread was interrupted meanwhile. */
    private static boolean run(Action undo, Throwable failure) {
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

    /** Removes all undo actions without running them: the attempt has succeeded. */
    public synchronized void forget() {
        undos.clear();
    }

    /** Whether there is no undo action. */
    public synchronized boolean isEmpty() {
        return undos.isEmpty();
    }

    /**
     * Interrupts {@code thread}, unless it is running undo actions: what made them necessary must not break them off.
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

    private synchronized @Nullable Action take() {
        return undos.poll();
    }
}
