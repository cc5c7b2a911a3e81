package io.forthwith.store;

import io.forthwith.JobStep;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@link StepLedger#beginStep}. Immutable.
 *
 * @param outcome {@code APPLIED}: the step is recorded now. {@code ALREADY_APPLIED}: it was begun before. {@code LOST}: the claim no
 *     longer holds. {@code CANCELLED}: the job is to be cancelled, or was; no new step is begun
 * @param begun the step as it stands, with its result if it has been finished; null for the last two outcomes
 */
public record StepBegun(Settled outcome, @Nullable JobStep begun) {
    /** Checks that both agree. */
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
