package io.forthwith;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt has to give back if it fails: run in reverse order, each at most once. Thread-safe. It lives in
 * memory and dies with the process.
 */
public final class Undos {
    private final Deque<JobContext.Undo> undos = new ArrayDeque<>();

    /** No undos. */
    public Undos() {}

    /** Registers one more. */
    public synchronized void add(JobContext.Undo undo) {
        undos.push(Objects.requireNonNull(undo, "undo"));
    }

    /**
     * Runs what is registered, the latest first, and forgets it: a second call runs only what was added since. An undo
     * that throws does not keep the others from running; what it threw is added to {@code failure} as suppressed.
     */
    public void run(Throwable failure) {
        for (JobContext.Undo undo = take(); undo != null; undo = take()) {
            try {
                undo.run();
            } catch (Throwable broken) {
                if (broken != failure) {
                    failure.addSuppressed(broken);
                }
                if (broken instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Whether nothing is registered. */
    public synchronized boolean isEmpty() {
        return undos.isEmpty();
    }

    private synchronized JobContext.@Nullable Undo take() {
        return undos.poll();
    }
}
