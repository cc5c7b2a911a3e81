package io.forthwith.store;

import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.RunningJob;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * How a job stands among the others, as the store sees it. What {@link Diagnosis} rests on. Immutable.
 *
 * @param now the time of the store's own clock
 * @param openChildren how many of its first {@link #MOST_CHILDREN} children are open, its finisher included
 * @param children how many children it has, its finisher included, up to {@link #MOST_CHILDREN}
 * @param ahead how many due jobs of its queue a claim without ageing takes before it, up to {@link #MOST}; 0 unless it is pending
 * @param running the jobs that are processing, those that began first at the front, up to {@link #MOST}; empty unless it is pending
 * @param hasTypeLimit whether a limit is declared for its type; false if the store has no limits
 * @param isLocked whether another transaction has locked its row at this moment; false unless it is pending and has been due for two seconds
 */
public record JobSituation(
        Instant now,
        int openChildren,
        int children,
        int ahead,
        List<RunningJob> running,
        boolean hasTypeLimit,
        boolean isLocked) {
    /** Where counting stops, except that of children. */
    public static final int MOST = 1_000;

    /** The most children that are looked at. */
    public static final int MOST_CHILDREN = 5_000;

    /** Copies. */
    public JobSituation {
        Objects.requireNonNull(now, "now");
        running = List.copyOf(running);
    }
}
