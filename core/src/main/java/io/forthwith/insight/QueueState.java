package io.forthwith.insight;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a queue stands. Immutable.
 *
 * <p>Up to {@link #MOST} each, jobs are counted when the store is asked. Of more, the number is exact if they were counted within the last two minutes, as one
 * worker does each minute, or if they could be counted now in a short time; otherwise there are at least so many.
 *
 * @param queue its name
 * @param due how many pending jobs are due and wait for a worker, or for the turn of their key
 * @param scheduled how many pending jobs are not due yet
 * @param limited how many pending jobs a limit or a sequence holds up; a store that cannot tell counts them as due or scheduled
 * @param running how many jobs are processing
 * @param oldestAge how long the job that has been due longest has waited, by the store's own clock; null if none is due
 * @param pause since when, by whom and why it is paused; null if it is not
 */
public record QueueState(
        String queue,
        JobCount due,
        JobCount scheduled,
        JobCount limited,
        JobCount running,
        @Nullable Duration oldestAge,
        @Nullable PausedQueue pause) {
    /** Up to which number jobs are counted each time. */
    public static final int MOST = 1_000;

    /** Up to which number jobs are counted at all. */
    public static final int MOST_COUNTED = 100_000;

    /** Checks that all is there. */
    public QueueState {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(due, "due");
        Objects.requireNonNull(scheduled, "scheduled");
        Objects.requireNonNull(limited, "limited");
        Objects.requireNonNull(running, "running");
    }

    /** A queue without jobs. */
    public static QueueState empty(String queue, @Nullable PausedQueue pause) {
        return new QueueState(queue, JobCount.NONE, JobCount.NONE, JobCount.NONE, JobCount.NONE, null, pause);
    }
}
