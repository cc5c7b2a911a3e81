package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Pause;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a queue stands. Immutable.
 *
 * <p>Up to {@link #MOST} each, jobs are counted when the store is asked. Of more, the number is exact if they were counted within the last two minutes, as one
 * worker does each minute, or if they could be counted now in a short time; otherwise there are at least so many.
 */
public final class QueueState {
    /** Up to which number jobs are counted each time. */
    public static final int MOST = 1_000;

    /** Up to which number jobs are counted at all. */
    public static final int MOST_COUNTED = 100_000;

    private final String queue;
    private final BoundedCount due;
    private final BoundedCount scheduled;
    private final BoundedCount limited;
    private final BoundedCount running;
    private final @Nullable Duration oldestAge;
    private final @Nullable Pause pause;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public QueueState(
            LibraryOnly by,
            String queue,
            BoundedCount due,
            BoundedCount scheduled,
            BoundedCount limited,
            BoundedCount running,
            @Nullable Duration oldestAge,
            @Nullable Pause pause) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(due, "due");
        Objects.requireNonNull(scheduled, "scheduled");
        Objects.requireNonNull(limited, "limited");
        Objects.requireNonNull(running, "running");
        this.queue = queue;
        this.due = due;
        this.scheduled = scheduled;
        this.limited = limited;
        this.running = running;
        this.oldestAge = oldestAge;
        this.pause = pause;
    }

    /** Its name. */
    public String queue() {
        return queue;
    }

    /** How many pending jobs are due and wait for a worker, or for the turn of their key. */
    public BoundedCount due() {
        return due;
    }

    /** How many pending jobs are not due yet. */
    public BoundedCount scheduled() {
        return scheduled;
    }

    /** How many pending jobs a limit or a sequence holds up; a store that cannot tell counts them as due or scheduled. */
    public BoundedCount limited() {
        return limited;
    }

    /** How many jobs are processing. */
    public BoundedCount running() {
        return running;
    }

    /** How long the job that has been due longest has waited, by the store's own clock; null if none is due. */
    public @Nullable Duration oldestAge() {
        return oldestAge;
    }

    /** Since when, by whom and why it is paused; null if it is not. */
    public @Nullable Pause pause() {
        return pause;
    }

    /** A queue without jobs. */
    public static QueueState empty(String queue, @Nullable Pause pause) {
        return new QueueState(
                LibraryOnly.KEY,
                queue,
                BoundedCount.NONE,
                BoundedCount.NONE,
                BoundedCount.NONE,
                BoundedCount.NONE,
                null,
                pause);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof QueueState that
                && Objects.equals(queue, that.queue)
                && Objects.equals(due, that.due)
                && Objects.equals(scheduled, that.scheduled)
                && Objects.equals(limited, that.limited)
                && Objects.equals(running, that.running)
                && Objects.equals(oldestAge, that.oldestAge)
                && Objects.equals(pause, that.pause);
    }

    @Override
    public int hashCode() {
        return Objects.hash(queue, due, scheduled, limited, running, oldestAge, pause);
    }

    @Override
    public String toString() {
        return "QueueState[queue=" + queue + ", due=" + due + ", scheduled=" + scheduled + ", limited=" + limited
                + ", running=" + running + ", oldestAge=" + oldestAge + ", pause=" + pause + "]";
    }
}
