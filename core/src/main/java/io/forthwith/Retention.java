package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How long ended jobs are kept, counted from their end. Immutable: each setting returns a new value.
 *
 * <pre>{@code
 * Retention kept = Retention.DEFAULT
 *         .completed(Duration.ofDays(1))
 *         .type("invoice", Retention.DEFAULT.completed(Duration.ofDays(400)).failed(Duration.ofDays(400)));
 * }</pre>
 */
@CheckReturnValue
public final class Retention {
    /** Completed and cancelled jobs for 7 days, failed ones for 30, of whatever type. */
    public static final Retention DEFAULT = new Retention(Duration.ofDays(7), Duration.ofDays(30), Map.of());

    private static final int MOST_TYPES = 100;

    private final Duration completed;
    private final Duration failed;
    private final Map<String, Retention> types;

    private Retention(Duration completed, Duration failed, Map<String, Retention> types) {
        this.completed = completed;
        this.failed = failed;
        this.types = types;
    }

    /** How long completed and cancelled jobs are kept. */
    public Duration completed() {
        return completed;
    }

    /** How long failed jobs are kept. */
    public Duration failed() {
        return failed;
    }

    /** What holds for single types in place of these times. */
    public Map<String, Retention> types() {
        return types;
    }

    /**
     * Keeps completed and cancelled jobs for so long. With zero a job is deleted when it completes, if it has nothing to do with other jobs and no durable steps.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Retention completed(Duration time) {
        return new Retention(
                positive(
                        "completed",
                        NullRules.require(
                                time, "completed", "7 days are the default; to keep jobs for ever, give a long time")),
                failed,
                types);
    }

    /**
     * Keeps failed jobs for so long.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Retention failed(Duration time) {
        return new Retention(
                completed,
                positive(
                        "failed",
                        NullRules.require(
                                time, "failed", "30 days are the default; to keep jobs for ever, give a long time")),
                types);
    }

    private static Duration positive(String name, Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("Retention must not be negative: " + name + " " + time);
        }
        return time;
    }

    /**
     * Keeps the jobs of one type for other times.
     *
     * @throws IllegalArgumentException if the name is not valid, the other times have types themselves, or it would be the 101st type
     */
    public Retention type(String type, Retention kept) {
        NameRules.require("Job type", NullRules.require(type, "type", "give the name of a job type"));
        NullRules.require(kept, "kept", "give Retention.DEFAULT with the times of this type");
        if (!kept.types.isEmpty()) {
            throw new IllegalArgumentException(
                    "The retention of type " + type + " has types itself: give two times only");
        }
        Map<String, Retention> more = new HashMap<>(types);
        more.put(type, kept);
        if (more.size() > MOST_TYPES) {
            throw new IllegalArgumentException("Retention names " + more.size() + " types, at most " + MOST_TYPES
                    + ": give the times of most types as the general ones");
        }
        return new Retention(completed, failed, Map.copyOf(more));
    }

    /** The times of one type. */
    public Retention of(String type) {
        return types.getOrDefault(NullRules.require(type, "type", "give the name of a job type"), this);
    }

    /** Whether a job is deleted when it completes, and not kept for a while. */
    public boolean deletesCompleted() {
        return completed.isZero();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Retention that
                && completed.equals(that.completed)
                && failed.equals(that.failed)
                && types.equals(that.types);
    }

    @Override
    public int hashCode() {
        return Objects.hash(completed, failed, types);
    }

    @Override
    public String toString() {
        return "Retention[completed=" + completed + ", failed=" + failed + (types.isEmpty() ? "" : ", types=" + types)
                + "]";
    }
}
