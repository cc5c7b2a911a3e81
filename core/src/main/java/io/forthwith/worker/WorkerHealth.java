package io.forthwith.worker;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The health of a worker at one moment. After an outage of the store it is {@code UP} within a second of the store's
 * first answer, unless some calls go on failing. Immutable.
 */
public final class WorkerHealth {
    /** The state of a worker. */
    public enum Status {
        /** The worker is running, and nothing is wrong. */
        UP,
        /**
         * The worker is running, but something is wrong, with it or with jobs that no worker takes. It goes on, and recovers by itself
         * where it can.
         */
        DEGRADED,
        /** The worker has not started, is stopping, or has stopped. */
        DOWN
    }

    private final Status status;
    private final List<String> reasons;

    /** The library makes it. */
    @SuppressWarnings("exports") // so that only the library can call it
    public WorkerHealth(LibraryOnly by, Status status, List<String> reasons) {
        Objects.requireNonNull(by, "by");
        this.status = status;
        this.reasons = List.copyOf(reasons);
    }

    /** A health with these reasons, for programs that start and stop workers, and for tests. */
    public static WorkerHealth of(Status status, List<String> reasons) {
        NullRules.require(status, "status", "give UP, DEGRADED or DOWN");
        NullRules.requireAll(reasons, "reasons", "give an empty list if nothing is wrong");
        return new WorkerHealth(LibraryOnly.KEY, status, reasons);
    }

    /** The state in one word. */
    public Status status() {
        return status;
    }

    /** What is wrong, for the operators; empty if nothing is. */
    public List<String> reasons() {
        return reasons;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WorkerHealth that
                && Objects.equals(status, that.status)
                && Objects.equals(reasons, that.reasons);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, reasons);
    }

    @Override
    public String toString() {
        return "WorkerHealth[status=" + status + ", reasons=" + reasons + "]";
    }
}
