package io.forthwith.store.rules;

import io.forthwith.store.ClaimRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The order of the due jobs of a claim, but for their ids. Pure functions.
 *
 * <p>With {@link ClaimRequest#ageing} a job gains one priority for each step for which it has been due. At any moment that is the order of the due time
 * minus priority times step, which does not depend on the moment. Undo jobs come first.
 */
public final class ClaimOrderRule {
    private ClaimOrderRule() {}

    /**
     * The order of jobs, whatever they are kept in.
     *
     * @param ageing the step of ageing; null for an order strictly by priority
     */
    public static <J> Comparator<J> order(
            @Nullable Duration ageing, Predicate<J> isUndo, ToIntFunction<J> priority, Function<J, Instant> dueAt) {
        if (ageing == null) {
            return Comparator.comparingInt(priority).reversed().thenComparing(dueAt);
        }
        Function<J, Duration> rank = job -> rank(ageing, priority.applyAsInt(job), dueAt.apply(job));
        return Comparator.comparing((J job) -> !isUndo.test(job)).thenComparing(rank);
    }

    /** As a time since 1970: an instant would overflow if another program has written minus infinity. */
    private static Duration rank(Duration ageing, int priority, Instant dueAt) {
        return Duration.ofSeconds(dueAt.getEpochSecond(), dueAt.getNano()).minus(ageing.multipliedBy(priority));
    }
}
