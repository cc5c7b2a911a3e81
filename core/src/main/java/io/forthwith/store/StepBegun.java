package io.forthwith.store;

import io.forthwith.JobStep;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of a step that was to be begun. Immutable.
 *
 * @param outcome {@code APPLIED}: it is noted down now. {@code ALREADY_APPLIED}: it had been begun before. {@code LOST}: the
 *     claim no longer holds. {@code CANCELLED}: the job is to be cancelled, or was; nothing new is begun
 * @param begun the step as it stands, with its result if it has been finished; null for the last two outcomes
 */
public record StepBegun(Settled outcome, @Nullable JobStep begun) {
    /** Checks that the two agree. */
    public StepBegun {
        Objects.requireNonNull(outcome, "outcome");
        boolean stands = outcome == Settled.APPLIED || outcome == Settled.ALREADY_APPLIED;
        if (stands != (begun != null)) {
            throw new IllegalArgumentException("A step is there if, and only if, it could be begun: " + outcome);
        }
    }

    /** A step that was not begun. */
    public static StepBegun refused(Settled outcome) {
        return new StepBegun(outcome, null);
    }

    /** The step as it stands, if it could be begun. */
    public Optional<JobStep> step() {
        return Optional.ofNullable(begun);
    }
}
