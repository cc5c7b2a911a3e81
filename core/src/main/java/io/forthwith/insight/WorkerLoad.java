package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How busy a worker is, as it says with each heartbeat. Immutable.
 */
public final class WorkerLoad {
    /** A worker that has just registered has this load. */
    public static final WorkerLoad NONE = new WorkerLoad(LibraryOnly.KEY, 0, false, false);

    private final int running;
    private final boolean isStopping;
    private final boolean isDegraded;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public WorkerLoad(LibraryOnly by, int running, boolean isStopping, boolean isDegraded) {
        Objects.requireNonNull(by, "by");
        if (running < 0) {
            throw new IllegalArgumentException("A worker cannot hold " + running + " jobs: give 0 or more");
        }
        this.running = running;
        this.isStopping = isStopping;
        this.isDegraded = isDegraded;
    }

    /** How many jobs it holds: those that run, those that it has claimed to run next, and those whose end is not stored yet; the jobs of one call of a batch count as one. */
    public int running() {
        return running;
    }

    /** Whether it is about to stop: it takes no more jobs and lets those that run come to their end. */
    public boolean isStopping() {
        return isStopping;
    }

    /** Whether something is wrong with it: threads that are stuck, results that the store does not take, an error of the JVM, calls to the store that fail. */
    public boolean isDegraded() {
        return isDegraded;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WorkerLoad that
                && running == that.running
                && isStopping == that.isStopping
                && isDegraded == that.isDegraded;
    }

    @Override
    public int hashCode() {
        return Objects.hash(running, isStopping, isDegraded);
    }

    @Override
    public String toString() {
        return "WorkerLoad[running=" + running + ", isStopping=" + isStopping + ", isDegraded=" + isDegraded + "]";
    }
}
