package io.forthwith.insight;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a queue stands. Immutable.
 *
 * @param queue its name
 * @param due how many pending jobs are due, up to {@link #MOST}
 * @param scheduled how many pending jobs are not due yet, up to {@link #MOST}
 * @param running how many jobs are processing, up to {@link #MOST} over all queues
 * @param oldestAge how long the job that has been due longest has waited, by the store's own clock; null if none is due
 * @param pause since when, by whom and why it is paused; null if it is not
 */
public record QueueState(
        String queue,
        int due,
        int scheduled,
        int running,
        @Nullable Duration oldestAge,
        @Nullable PausedQueue pause) {
    /** Where counting stops: the true number may be higher. */
    public static final int MOST = 1_000;

    /** Checks that all is there. */
    public QueueState {
        Objects.requireNonNull(queue, "queue");
    }
}
