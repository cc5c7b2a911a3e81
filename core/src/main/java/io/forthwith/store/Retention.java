package io.forthwith.store;

import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How long ended jobs are kept, counted from their end. Immutable.
 *
 * @param completed completed and cancelled jobs; by default 7 days. With zero a job is deleted when it completes, unless something depends on
 *     it ({@link Settlement.Complete#deletes})
 * @param failed failed jobs; by default 30 days
 * @param types the times of single types, in place of these; by default none, and at most 100
 */
public record Retention(Duration completed, Duration failed, Map<String, Retention> types) {
    /** 7 days, and 30 for failed jobs. */
    public static final Retention DEFAULT = new Retention(Duration.ofDays(7), Duration.ofDays(30));

    private static final int MOST_TYPES = 100;

    /** Checks the durations and the names of types. */
    public Retention {
        NullRules.require(completed, "completed", "7 days are the default; to keep jobs for ever, give a long time");
        NullRules.require(failed, "failed", "30 days are the default; to keep jobs for ever, give a long time");
        types = Map.copyOf(NullRules.require(types, "types", "give an empty map if all types are kept alike"));
        if (completed.isNegative() || failed.isNegative()) {
            throw new IllegalArgumentException(
                    "Retention must not be negative: completed " + completed + ", failed " + failed);
        }
        if (types.size() > MOST_TYPES) {
            throw new IllegalArgumentException("Retention names " + types.size() + " types, at most " + MOST_TYPES
                    + ": give the times of most types as the general ones");
        }
        types.forEach((type, kept) -> {
            NameRules.require("Job type", type);
            if (!kept.types.isEmpty()) {
                throw new IllegalArgumentException(
                        "The retention of type " + type + " has types itself: give two times only");
            }
        });
    }

    /** The same times for all types. */
    public Retention(Duration completed, Duration failed) {
        this(completed, failed, Map.of());
    }

    /**
     * The same, with other times for one type.
     *
     * @param completed how long its completed and cancelled jobs are kept
     * @param failed how long its failed jobs are kept
     */
    public Retention type(String type, Duration completed, Duration failed) {
        NullRules.require(type, "type", "give the name of a job type");
        Map<String, Retention> more = new HashMap<>(types);
        more.put(type, new Retention(completed, failed));
        return new Retention(this.completed, this.failed, more);
    }

    /** The times of one type. */
    public Retention of(String type) {
        return types.getOrDefault(NullRules.require(type, "type", "give the name of a job type"), this);
    }

    /** Whether a job is deleted when it completes, and not kept for a while. */
    public boolean deletesCompleted() {
        return completed.isZero();
    }
}
