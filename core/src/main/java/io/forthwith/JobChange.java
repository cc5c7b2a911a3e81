package io.forthwith;

import io.forthwith.internal.CanIgnoreReturnValue;
import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to change by hand about jobs that are there: when they are due, their priority, their queue. What is not set stays as it is. Immutable:
 * every setting returns a new value.
 *
 * <pre>{@code
 * jobs.change(id, JobChange.of().delay(Duration.ZERO));                                      // run it now
 * jobs.changeAll(JobQuery.all().queue("mail"), JobChange.of().queue("bulk").priority(1));
 * }</pre>
 */
@CheckReturnValue
public final class JobChange {
    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");
    private static final JobChange NOTHING = new JobChange(null, null, null, null);

    private final @Nullable Instant runAt;
    private final @Nullable Duration delay;
    private final @Nullable Integer priority;
    private final @Nullable String queue;

    private JobChange(
            @Nullable Instant runAt, @Nullable Duration delay, @Nullable Integer priority, @Nullable String queue) {
        if (runAt != null && !runAt.isBefore(LATEST)) {
            throw new IllegalArgumentException("Time " + runAt + " is out of range: give one before the year 2200");
        }
        if (delay != null) {
            DelayRules.require(delay);
        }
        if (priority != null && (priority < 0 || priority > NewJob.HIGHEST_PRIORITY)) {
            throw new IllegalArgumentException(
                    "Priority " + priority + " is out of range: 0 to " + NewJob.HIGHEST_PRIORITY + ", higher first");
        }
        if (queue != null) {
            NameRules.requireOwn("Queue", queue);
        }
        this.runAt = runAt;
        this.delay = delay;
        this.priority = priority;
        this.queue = queue;
    }

    /** When a job is due; null if that is not changed, or given by the delay. */
    public @Nullable Instant runAt() {
        return runAt;
    }

    /** After which a job is due, from the moment of the change by the clock of the store; null if that is not changed, or given by the time. */
    public @Nullable Duration delay() {
        return delay;
    }

    /** The priority, 0 to 9; null if it is not changed. */
    public @Nullable Integer priority() {
        return priority;
    }

    /** The queue; null if it is not changed. */
    public @Nullable String queue() {
        return queue;
    }

    /** A change to which settings are added. */
    public static JobChange of() {
        return NOTHING;
    }

    /**
     * The job is due at this time. One that has passed means now. It replaces a delay.
     *
     * @throws IllegalArgumentException unless it is before the year 2200
     */
    public JobChange runAt(Instant time) {
        NullRules.require(time, "runAt", "leave runAt() out if the time stays as it is");
        return new JobChange(time, null, priority, queue);
    }

    /**
     * The job is due after this delay, by the clock of the store; zero means now. It replaces a time.
     *
     * @throws IllegalArgumentException unless it is zero to 100 years
     */
    public JobChange delay(Duration fromNow) {
        NullRules.require(fromNow, "delay", "leave delay() out if the time stays as it is");
        return new JobChange(null, fromNow, priority, queue);
    }

    /**
     * The job has this priority, 0 to 9.
     *
     * @throws IllegalArgumentException if it is another number
     */
    public JobChange priority(int level) {
        return new JobChange(runAt, delay, level, queue);
    }

    /**
     * The job is in this queue.
     *
     * @throws IllegalArgumentException if the name is not valid, or begins with {@code undo:}
     */
    public JobChange queue(String name) {
        NullRules.require(name, "queue", "leave queue() out if the queue stays as it is");
        return new JobChange(runAt, delay, priority, name);
    }

    /** Whether it says when a job is due. */
    public boolean hasTime() {
        return runAt != null || delay != null;
    }

    /**
     * This change.
     *
     * @throws IllegalArgumentException if nothing is set
     */
    @CanIgnoreReturnValue
    public JobChange notEmpty() {
        if (equals(NOTHING)) {
            throw new IllegalArgumentException("The change is empty: set runAt, delay, priority or queue");
        }
        return this;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobChange that
                && Objects.equals(runAt, that.runAt)
                && Objects.equals(delay, that.delay)
                && Objects.equals(priority, that.priority)
                && Objects.equals(queue, that.queue);
    }

    @Override
    public int hashCode() {
        return Objects.hash(runAt, delay, priority, queue);
    }

    @Override
    public String toString() {
        return "JobChange[runAt=" + runAt + ", delay=" + delay + ", priority=" + priority + ", queue=" + queue + "]";
    }
}
